"""A simulated class for `grader demo`.

`roster` says who hands in what and what the grader must find; `attacks` are the cells of the hostile
ones; `handing_in` writes the files; `course` makes and recognises the throw-away course; `outcome`
reads what grading found; `verdict` compares the two.  Nothing here grades: that is done by the same
commands an instructor types.
"""
