"""autoregrade: grading of hand-built language models that the student's code cannot reach.

Rooms of the package (imports run downwards only; `tests/unit/test_structure.py` checks it)::

    cli           the `grader` command
    glue          what plugs into nbgrader: the Execute replacement, a whole class at once
    batch         tasks, worker processes
    engine        one notebook: run its cells, hand each test cell to pytest, write scores
    pytest_plugin markers, fixtures and scoring of hidden tests
    checks        assertions that know the usual misconceptions
    bridge        trusted end of the wire to the student's namespace
    sandbox       builds boxes and starts kernels in them (a kernel provisioner)
    wire          the closed value codec, shared by both ends
    inside        UNTRUSTED: all that runs beside student code
    student       what students import
"""

__version__ = "0.1.0"
