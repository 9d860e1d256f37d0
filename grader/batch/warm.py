"""Imported once by multiprocessing's fork server, so that workers are forked with everything loaded."""

from grader.startup import without_url_grammar

without_url_grammar()

import torch  # noqa: E402, F401

import grader.batch.worker  # noqa: E402
import grader.engine.notebook  # noqa: E402, F401
