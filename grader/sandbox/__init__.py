"""Trusted: builds a box for each submission and starts its kernel there (a Jupyter kernel provisioner).

``provisioner``     what Jupyter calls: starts, watches, interrupts and ends one kernel in one box
``kernel_manager``  the same for our own engine, with limits, staged files and bounded sockets
``zygote``          starts and addresses the warm process from which kernels are forked
``run_folder``      its private folder
``running``         a kernel that runs, and why it died
``layout``          which part of the Python environment zygote and boxes see, and where
``unprivileged``    for root: binds that environment to a neutral place and drops to a plain user
``box``             bubblewrap's arguments and the resource limits of one box
``syscall_filter``  the seccomp filter
``cgroup``          finds a folder of the control-group file system that can be handed to the zygote
``staging``         packs files into an archive for the box's home
``cards``           NVIDIA cards of this machine, and what a kernel may have of one
``card_watch``      ends a kernel that takes more of a card than its share
``doctor``          which of these layers hold on this machine
"""
