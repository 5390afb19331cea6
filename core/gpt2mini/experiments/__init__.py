"""Matched experiments: the same seed, the same batches and the same first weights, with one thing changed.

`arms` says what is compared, `matched` trains it, `measure` reads the logs, `statistics` and `findings` say what the
numbers allow to be said. Only `matched` needs torch.
"""
