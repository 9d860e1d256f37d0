"""Many tasks at once.  A task is plain values in, a graded notebook out (`worker.grade_task`).

`warm` is what workers are forked with.  `local` runs tasks in worker processes of this machine: one process
a slot, so that a worker that
dies takes only its own task along.
"""
