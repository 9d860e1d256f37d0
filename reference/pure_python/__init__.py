"""Reference implementations in pure Python: lists of floats, `math` and `random`, nothing else."""
