"""Imported once by multiprocessing's fork server, so that workers are forked with the engine loaded.

Nothing of a course: its hidden tests and reference are loaded by the workers.  What tests of neural networks
import is in `grader.batch.warm_checks`.
"""

import gc
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer, also while we import
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see `grader.batch.local.begin_fork_server`

from grader.startup import without_url_grammar  # noqa: E402

without_url_grammar()

import grader.batch.worker  # noqa: E402
import grader.engine.notebook  # noqa: E402
import grader.pytest_plugin.suite  # noqa: E402, F401

gc.collect()
gc.freeze()  # objects that stay: each full collection in a worker would go through them all
