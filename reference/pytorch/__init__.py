"""Reference implementations that use PyTorch."""
