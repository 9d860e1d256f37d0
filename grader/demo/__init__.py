"""Simulated classes for `grader demo`.

`submission` says what a simulated student is made of; `class_lessons` and `class_mini_gpt` are the classes: who
hands in what, and what the grader must find; `roster` puts them in the order of the course; `attacks` are
the cells of the hostile ones.  `handing_in` writes the files; `course` makes and recognises the throw-away
course; `steps` are the commands; `outcome` reads what grading found; `verdict` compares the two.  Nothing
here grades: that is done by the same commands an instructor types.
"""
