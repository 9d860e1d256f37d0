"""Assertions for hidden tests: they compare values, and say which misconception they saw.

`verdict` is how a check fails, `expect` reads one answer (its type, shape, values), `diagnose`
asks which wrong reference reproduces it, `sampling` judges draws by an exact test.
"""

from grader.checks.expect import expect
from grader.checks.verdict import Misunderstood, fail

__all__ = ["Misunderstood", "expect", "fail"]
