"""Trusted end of the bridge: hidden tests call the student's functions through it.

`channel` sends one request and reads one reply, bounded in time and size; `student` offers the
student's names to a test; `answer` is what comes back; `oracle` computes what stands in for an exercise
that failed.
"""

from grader.bridge.answer import Answer, NoAnswer, StudentError
from grader.bridge.channel import Channel
from grader.bridge.student import Student

__all__ = ["Answer", "Channel", "NoAnswer", "Student", "StudentError"]
