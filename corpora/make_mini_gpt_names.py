"""Build the corpus of Mini-GPT: `source/mini_gpt/names.txt`, 6,000 Celtic and fantasy names.

Two sources, both ours to ship:

1. `celtic_given_names.txt` beside this file: some 850 given names of history and legend.
2. Names invented here by a small grammar. Each people has beginnings, middles and endings; a name
   is a beginning, at most two middles and an ending, sometimes with a byname before or after it.

The result depends on the seed alone. Only `Random.random()` is used, the one method whose sequence
Python promises to keep between versions, so the file can be rebuilt to the byte:

    python corpora/make_mini_gpt_names.py           # writes the file
    python corpora/make_mini_gpt_names.py --check   # only compares, exit code 1 on a difference
"""

import argparse
import random
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TRADITIONAL = HERE / "celtic_given_names.txt"
NAMES = HERE.parent / "source" / "mini_gpt" / "names.txt"

TOTAL = 6000
SEED = 1706
LONGEST = 18


@dataclass(frozen=True)
class People:
    """Sounds of one invented people; the parts are joined as they stand."""

    share: float  # of the invented names
    beginnings: str  # separated by blanks, like the next two
    middles: str
    endings: str
    before: Sequence[str] = ()  # bynames put in front, with their hyphen, space or apostrophe
    after: Sequence[str] = ()  # bynames put behind


PEOPLES = (
    People(  # the people of the coast: Breton and Cornish sounds
        0.28,
        (
            "Ael Arz Az Bleu Bran Brie Bud Eder Elo Eno Er Ewe Gael Gour Gwen Gwil Her Jos Kad Kel "
            "Ker Kon Lan Len Mael Mal Mar Mel Mor Nev Nol Pen Per Riw Ron Roz Ster Sul Tan Tre Tud "
            "Wen Yan You"
        ),
        "a e o ai ae el en er ig ou we wi ti na le lo ri va",
        (
            "an ann az ed ec eg el elle en enn ez iad ic ig iou llec nan oc ou ouan rec rig rin ven "
            "wal wan wen wenn wyn zel"
        ),
        before=("Ker-", "Yann-", "Mari-"),
        after=("-Ann", "-Lou", "-Wenn", " ar Mor", " ar Gall", " Coz", " an Aod"),
    ),
    People(  # the people of the hills: Welsh sounds
        0.26,
        (
            "Aer An Ar Ber Bled Bry Cad Car Cer Cyn Dil Dwyn Eil Ein Elu Em Ffi Ger Gla Gru Gwy Haf "
            "Heu Hyw Id Ior Llew Lly Mad Mei Mer Myr Ner Ow Pry Rhi Rho Rhy Sel Tal Teg Tud Uth Wyn"
        ),
        "a an ar dd e edd el en er fa ho i la le li ll no o ri ro wa y yr",
        (
            "ach ad aith an anwen ar ed edd eira en eth fyn gan ian id ion is lan lyn on or rys wedd "
            "wen wyn ydd yn ys"
        ),
        after=(" ap Rhys", " ap Llyr", " ferch Nest", " Goch", " Ddu", " Wyn"),
    ),
    People(  # the people of the west: Gaelic sounds, long vowels accented
        0.24,
        (
            "Aed Ail Aod Bai Bea Brí Bró Cai Cao Cia Col Con Cór Dai Dia Dón Éa Eo Ér Fao Fea Fia Fló "
            "Gar Gor Lao Lea Lor Lú Mai Mao Mur Nia Ói Ór Rón Rua Sao Sío Sor Tai Tia Tuá Úil"
        ),
        "bh cha dh da fe gha la le li ma mha na ne ra rbh ri ru the",
        (
            "acht aidh aigh all án ann arn as bhe each eann édh en én gal gan ín ire is lan lín mac "
            "na nait nán óg oin ra rán us"
        ),
        before=("O'", "Mac ", "Ní "),
        after=(" Óg", " Rua", " Mór"),
    ),
    People(  # the people of the woods: what fantasy novels call elves
        0.14,
        "Ae Alu Cele Ela Eli Fae Fin Gala Ili Isi Lia Lo Lúa Mie Nae Nim Sae Sil Syl Tha Vae Yli",
        "dri fa lan le li lo mi na nu ra ri ro sa the va",
        "diel driel dris ël iel ien ion las lith mir nor riel rion sse ssil thil wë wyn",
        before=("L'", "Y'"),
    ),
    People(  # the people under the mountain: what fantasy novels call dwarves
        0.08,
        "Bal Bom Brok Dor Drum Dur Far Glor Grim Gun Kaz Kor Mor Nor Skal Stor Thor Thra Ulf Var",
        "a da gar gi gra ka li mo ri u",
        "bur dan dri drik grim gun in li lin mund nar ni ri rik rin rok run",
        after=(" Stonehand", " Ironfoot", "-Dûn", " Redbeard"),
    ),
)


def pick(rng: random.Random, things: Sequence[str]) -> str:
    return things[int(rng.random() * len(things))]


def invent(rng: random.Random, people: People) -> str:
    """Invent one name; it may be ugly, see `pronounceable`."""
    middles = int(rng.random() * 2.4)  # 0, 1 or, less often, 2
    name = pick(rng, people.beginnings.split()) + "".join(
        pick(rng, people.middles.split()) for _ in range(middles)
    )
    name += pick(rng, people.endings.split())
    chance = rng.random()
    if people.before and chance < 0.06:
        name = pick(rng, people.before) + name
    elif people.after and chance > 0.93:
        name += pick(rng, people.after)
    return name


def pronounceable(name: str) -> bool:
    """Neither too long nor too short, no heap of vowels or consonants, no letter three times in a row."""
    plain = unicodedata.normalize("NFD", name.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if not 3 <= len(name) <= LONGEST:
        return False
    return not re.search(
        r"[aeiou]{4}|[^aeiouwy '-]{4}|(.)\1\1|[aeiou][aeiou](?:aa|ii|uu|ee)|aa|ii|uu|yy|ww", plain
    )


def traditional_names() -> list[str]:
    lines = TRADITIONAL.read_text(encoding="utf-8").splitlines()
    return [name for line in lines if not line.startswith("#") for name in line.split()]


def build() -> list[str]:
    """Return `TOTAL` distinct names in alphabetical order."""
    rng = random.Random(SEED)
    found = set(traditional_names())
    invented = TOTAL - len(found)
    for people in PEOPLES:
        goal = len(found) + round(people.share * invented)
        while len(found) < goal:
            name = unicodedata.normalize("NFC", invent(rng, people))
            if pronounceable(name):
                found.add(name)
    while len(found) < TOTAL:  # what rounding left over
        name = invent(rng, PEOPLES[0])
        if pronounceable(name):
            found.add(name)
    return sorted(found)[:TOTAL]


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
    print(f"{NAMES}: {TOTAL} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
