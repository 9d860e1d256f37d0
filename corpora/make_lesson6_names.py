"""Build the corpus of lesson 6: `source/lesson6_training/names.txt`, given names in plain letters.

One source: `given_names.txt` beside this file, typed by hand. Each name loses its accents and its
capital letter; what still holds another sign than a to z, or is too short or too long, is left
out, and so is every repetition. The result is in alphabetical order:

    python corpora/make_lesson6_names.py           # writes the file
    python corpora/make_lesson6_names.py --check   # only compares, exit code 1 on a difference
"""

import argparse
import re
import sys
import unicodedata
from pathlib import Path

HERE = Path(__file__).parent
TYPED = HERE / "given_names.txt"
NAMES = HERE.parent / "source" / "lesson6_training" / "names.txt"

SHORTEST, LONGEST = 3, 11


def plain(name: str) -> str:
    """Small letters without accents: "Zoé" to "zoe"."""
    decomposed = unicodedata.normalize("NFD", name.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def build() -> list[str]:
    """Return the distinct names in alphabetical order."""
    lines = TYPED.read_text(encoding="utf-8").splitlines()
    names = {plain(name) for line in lines if not line.startswith("#") for name in line.split()}
    fit = re.compile(f"[a-z]{{{SHORTEST},{LONGEST}}}")
    return sorted(name for name in names if fit.fullmatch(name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the shipped file, write nothing")
    check = parser.parse_args().check
    text = "\n".join(build()) + "\n"
    if check:
        same = NAMES.read_text(encoding="utf-8") == text
        print(f"{NAMES.name}: {'as built' if same else 'differs from what this script builds'}")
        return 0 if same else 1
    NAMES.write_text(text, encoding="utf-8")
    print(f"{NAMES}: {len(build())} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
