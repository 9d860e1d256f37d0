"""Measurements, one command each: ``python -m benchmarks.<name>``; results in RESULTS.md."""
