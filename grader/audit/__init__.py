"""Tests the tests: every hidden test on every known right and wrong answer, through the real engine.

Beside the hidden tests of an assignment lie answers that somebody wrote down: right ones in many styles, wrong
ones with one misconception each.  An audit grades all of them as if students had handed them in, each in a box
of its own, and asks what an instructor wants to know before a class comes: is any right answer marked down, does
any wrong one get away, which test catches which mistake, and is the mistake called by its name?

`solutions` reads the answers, `shortened` cuts the source notebook down to what one exercise needs, `collected`
lists the hidden tests, `points` compares points, `grading` makes the tasks and reads what came back, `report`
holds the findings as plain values, `matrix` is the picture, `page` and `as_json` write it down.
"""
