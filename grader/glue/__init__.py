"""What plugs into nbgrader.

`settings` reads ``c.Grading`` from ``nbgrader_config.py``; `restore` is a sanitize preprocessor,
`execute` the Execute replacement, `save` writes scores in one transaction; `intake` looks at a
submission before anything is parsed; `classwide` grades a whole class at once.
"""
