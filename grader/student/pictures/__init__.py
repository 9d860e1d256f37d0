"""The pictures of the course, one file each: `draw` makes a `Picture`, `show_...` displays it."""
