"""Learning from examples: a matrix, names and labels in, a calibrated model with exact contributions out.

Knows nothing of banks, tables or engines: `data.Examples` in, `train.train`, `model.Model`, `artefact.save` out.
"""
