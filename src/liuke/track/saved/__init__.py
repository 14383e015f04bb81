"""What the bank saved, and what that cost: by source, branch and RM, over the year, each with its interval.

units       one row per customer and source, with arm, outcome, weight and cost   (ir.Table)
sums        addable sums of them by any column                                    (ir.Table → ArmSums)
reading     two arms' sums → differences, saves, AUM, cost per save, return        (Reading)
overlap     the sources' sum, with customers who stand in several counted for what they are
everybody   the whole bank against the global hold-out: the last word
board       all of it together
"""
