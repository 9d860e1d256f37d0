"""Reference implementations of the course: what a right answer computes.

Trusted side only. The grader compares a student's values with the values of these functions; the
package is neither in the wheel nor in a sandbox. One lesson, one file, meant to be read.
"""
