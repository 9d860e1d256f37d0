"""Fixtures of the hidden tests of lesson 4, and what stands in for the exercises that they rely on."""

import random
from dataclasses import dataclass

import pytest


@dataclass
class Draw:
    """Random inputs, with few digits so that a message can quote them."""

    rng: random.Random

    def vector(self, n: int, scale: float = 1.0) -> list[float]:
        """(n,) numbers from N(0, scale²), no two equal, none 0."""
        found: list[float] = []
        while len(found) < n:
            x = round(self.rng.gauss(0.0, scale), 2)
            if x and x not in found:
                found.append(x)
        return found

    def matrix(self, rows: int, columns: int, scale: float = 1.0) -> list[list[float]]:
        """(rows, columns) numbers from N(0, scale²)."""
        return [self.vector(columns, scale) for _ in range(rows)]


@pytest.fixture
def draw(rng):
    """Source of random inputs of this test."""
    return Draw(rng)
