"""UNTRUSTED room: everything here runs beside student code, or becomes the process that does.

``zygote``  the warm process from which kernels are forked (it runs no student code itself)
``holder``  starts bubblewrap, which builds a box
``enter``   joins a box and gives every right away, one system call after the other
``group``   memory and process limits of one box, by control group or by watching
``kernel``  turns the process, now inside its box, into a Jupyter kernel
``application``  the kernel on sockets that the trusted side bound
``probe``   answers the trusted side's questions about the student's namespace

Nothing here may import another room of the package except ``grader.wire``: boxes see only these two
(and ``grader.student``), copied to a neutral place.
"""
