"""Imported by the fork server after `grader.batch.warm`, where hidden tests want PyTorch and the checks: two seconds."""

import gc

import scipy.stats  # noqa: F401
import torch  # noqa: F401

import grader.checks
import grader.checks.context_model  # noqa: F401

gc.collect()
gc.freeze()  # a million objects
