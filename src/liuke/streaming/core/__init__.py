"""The core feed: what core systems deliver, as events on the same stream as those of the apps.

shape                 the columns every fact has here
moves                 transactions, complaints, contacts: facts in themselves
balances maturities   what a day's rows come to: told once per customer and day, per holding and day
heard                 which facts the rules listen to, and the tests they must meet
visible book          which rows of the lake are told by now, and where that is noted
feed                  one round: new rows → events → the intake log, each exactly once
"""
