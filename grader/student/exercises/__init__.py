"""The public checks of the course, one module a notebook; `grader.student.lessons` tells how to add one."""
