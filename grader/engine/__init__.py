"""Grades one notebook: runs its cells in a box, hands each test cell to pytest, writes the scores.

`result` holds the plain values, `runner` runs cells and survives dead kernels, `notebook` is the
whole of it, `score` turns test outcomes into a cell's points, `feedback` into what a student reads.
"""
