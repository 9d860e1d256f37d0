"""The pictures: complete without scripts, readable without eyes, and never markup of a student's making."""

import base64
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from grader.glue.markup import clean_html
from grader.student import Block, Stage, WrongUse, language, written
from grader.student.pictures import architecture, attention, bars, causal_mask, embeddings, loss_curve
from grader.student.tiny_model import zeros
from reference.pytorch.mini_gpt import TransformerDecoder
from tests.student.reading import SVG, read

EVIL = "</svg><script>alert('x')</script>&\"'\x00"
ROWS = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]
VECTORS = [[0.0, 1.0, 2.0], [1.0, 0.0, 0.5], [2.0, -1.0, 0.0]]


def gallery(labels=("a", "b", "c")):
    first, second, third = labels
    names = list(labels)
    return {
        "mask": causal_mask.draw(names),
        "mask given": causal_mask.draw(names, [[0, -math.inf, 1.0], [0, 0, math.nan], [-1e9, 0, math.inf]]),
        "attention": attention.draw(names, ROWS),
        "heads": attention.draw(names, [ROWS] * 3),
        "one asks": attention.draw(names, ROWS[2]),
        "bars": bars.draw({first: 0.5, second: 0.3, third: 0.2}),
        "loss": loss_curve.draw({"": [3.3, 2.0, 1.5]}, (math.log(27), first)),
        "losses": loss_curve.draw({first: [3.3, 2.0], second: [3.2]}),
        "no loss": loss_curve.draw({}),
        "map": embeddings.draw(VECTORS, names, {second: [first]}),
        "maps": embeddings.draw({first: VECTORS, second: VECTORS}, names),
        "model": architecture.draw(zeros()),
        "stages": architecture.draw([Stage(first, second, 3), Block((Stage(third, shortcut=True),), 2, 8)]),
    }


PICTURES = list(gallery())


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("spoken", ["en", "fr"])
def test_a_picture_is_well_formed_and_loads_nothing(name, spoken):
    language(spoken)
    html = gallery()[name].html
    tree = read(html)
    outside = r"""(?:src|href)\s*=(?!"data:image/svg\+xml;base64,)|@import|url\(|require|https?:(?!//www\.w3\.org/2000/svg)"""
    assert not re.findall(outside, html)
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PICTURES)
def test_a_screen_reader_hears_a_title_a_description_and_a_table(name):
    picture = gallery()[name]
    tree = read(picture.html)
    (svg,) = tree.iter(f"{SVG}svg")
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert svg.get("role") == "img" and title.text and description.text
    assert svg.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert name == "no loss" or len(list(tree.iter("td"))) + len(list(tree.iter("th"))) > 4


@pytest.mark.parametrize("name", PICTURES)
def test_where_svg_is_stripped_an_image_of_the_same_drawing_stands_in(name):
    tree = read(gallery((EVIL, "<b>", "c"))[name].html)
    (image,) = tree.iter("img")
    (svg,) = tree.iter(f"{SVG}svg")
    still = ElementTree.fromstring(
        base64.b64decode(image.get("src").removeprefix("data:image/svg+xml;base64,"))
    )
    assert len(list(still.iter())) == len(list(svg.iter())) and image.get("alt")
    # Without the style sheet the drawing is out of the way, so that its labels are no word soup.
    assert [e.get("style") for e in tree.iter("div") if e.get("class") == "drawn"] == ["display:none"]


def seen(element):
    """The text of an element, without what is not displayed."""
    if "display:none" in element.get("style", ""):
        return element.tail or ""
    return (element.text or "") + "".join(map(seen, element)) + (element.tail or "")


@pytest.mark.parametrize("name", PICTURES)
def test_a_feedback_page_shows_the_image_and_no_code(name):
    # Its filter makes text of every element that it does not know: style sheets, scripts, buttons, SVG.
    tree = read(re.sub(r"(<img[^>]*)>", r"\1/>", clean_html(gallery()[name].html)))
    (image,) = tree.iter("img")
    assert image.get("src").startswith("data:image/svg+xml;base64,")
    assert not re.search(r"[<>{}]|querySelector|data-", seen(tree))


@pytest.mark.parametrize("name", PICTURES)
def test_labels_of_a_student_are_never_markup(name):
    picture = gallery((EVIL, "<b>", "x" * 200))[name]
    tree = read(picture.html)
    assert [e for e in tree.iter("b")] == []
    assert picture.html.count("<script>") <= 1 and "alert('x')" not in picture.html
    assert "\x00" not in picture.html


@pytest.mark.parametrize("name", PICTURES)
def test_a_front_end_without_html_shows_the_same_as_text(name):
    bundle = gallery()[name]._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert len(bundle["text/plain"]) > 5 and "<" not in bundle["text/plain"]


@pytest.mark.parametrize("name", PICTURES)
def test_text_and_lines_take_the_colour_of_the_page(name):
    (svg,) = read(gallery()[name].html).iter(f"{SVG}svg")
    assert svg.get("fill") == "currentColor"
    for text in svg.iter(f"{SVG}text"):
        assert text.get("fill") in (None, "currentColor")


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_filled_with_a_guess_of_the_pages_background(name):
    (svg,) = read(gallery()[name].html).iter(f"{SVG}svg")
    fills = {e.get(key) for e in svg.iter() for key in ("fill", "stroke")} - {None}
    assert all(re.fullmatch(r"none|transparent|currentColor|#[0-9A-F]{6}", fill) for fill in fills), fills


@pytest.mark.parametrize("like", [list, tuple, np.array, torch.tensor, lambda x: torch.tensor(x, requires_grad=True),
                                  lambda x: torch.tensor(x, dtype=torch.bfloat16)])  # fmt: skip
def test_lists_arrays_and_tensors_make_the_same_picture(like):
    for draw in (lambda v: attention.draw("abc", v), lambda v: causal_mask.draw("abc", v)):
        assert (
            draw(like([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]])).text
            == draw([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]).text
        )
    assert bars.draw(like([0.5, 0.25, 0.25]), "abc").text == bars.draw([0.5, 0.25, 0.25], "abc").text


def test_the_mask_says_what_each_position_may_look_at():
    picture = causal_mask.draw("chat")
    said = [e.get("data-say") for e in read(picture.html).iter("button")]
    assert said[1:] == ["c (1) may look at: c.", "h (2) may look at: c, h.", "a (3) may look at: c, h, a.",
                        "t (4) may look at: c, h, a, t."]  # fmt: skip
    assert causal_mask.draw(4).text.splitlines()[2].split() == ["1", "✓", "·", "·", "·"]
    mask = torch.full((4, 4), -math.inf).triu(1)
    assert causal_mask.draw(mask).text == causal_mask.draw(4).text
    with pytest.raises(WrongUse, match="a row and a column for each token, here 4; yours is 1 × 1"):
        causal_mask.draw("chat", [[0.0]])


def test_attention_lines_are_as_thick_as_their_weights_and_can_all_be_seen():
    tree = read(attention.draw("abc", [[ROWS, ROWS]]).html)
    widths, opacities = (
        [float(p.get(name)) for p in tree.iter(f"{SVG}path")] for name in ("stroke-width", "stroke-opacity")
    )
    assert len(widths) == 12  # weights of 0 have no line
    assert widths == pytest.approx([5.0, 3.2, 3.2, 2.12, 2.48, 3.2] * 2)
    assert opacities == pytest.approx([1.0, 0.65, 0.65, 0.44, 0.51, 0.65] * 2)
    weak = [[1.0, 0.0, 0.0], [0.99, 0.01, 0.0], [0.996, 0.004, 0.0]]
    drawn = list(read(attention.draw("abc", weak).html).iter(f"{SVG}path"))
    assert [p.find(f"{SVG}title").text[-4:] for p in drawn] == ["1.00", "0.99", "0.01", "1.00"], "0.00: none"
    assert all(float(p.get("stroke-opacity")) >= 0.3 for p in drawn)
    for bad in ([[1.0]], [[2.0] * 3] * 3, [[math.nan] * 3] * 3):
        with pytest.raises(ValueError, match="show_attention"):
            attention.draw("abc", bad)


def test_bars_show_the_likeliest_first():
    picture = bars.draw([0.1, 0.6, 0.3], {0: "a", 1: "b", 2: "c"}, top=2)
    assert [line.split()[0] for line in picture.text.splitlines()[1:]] == ["b", "c"]
    assert "60.0%" in picture.html
    with pytest.raises(ValueError, match="softmax"):
        bars.draw([-1.0, 2.0])


def test_a_long_or_broken_curve_is_still_drawn():
    long = loss_curve.draw({"": [math.exp(-i / 1000) for i in range(10_000)]})
    assert len(long.html) < 40_000
    assert "nan" in loss_curve.draw({"": [1.0, math.nan, 0.5, math.inf]}).text
    read(loss_curve.draw({"": [math.nan]}).html)
    read(loss_curve.draw({"": [-5.0, -7.0]}).html)


def test_a_curve_may_begin_before_the_first_epoch():
    picture = loss_curve.draw({"": [3.0, 2.5, 2.0]}, first=0)
    assert "from 3.000 to 2.000 in 2 epochs" in picture.text
    assert [line.split()[0] for line in picture.text.splitlines()[2:5]] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("first", "count", "told"),
    [
        (1, 1, [1]),
        (1, 10, [1, 2, 4, 6, 8, 10]),
        (0, 11, [0, 2, 4, 6, 8, 10]),
        (1, 53, [1, 10, 20, 30, 40, 53]),
    ],
)
def test_epochs_are_told_at_round_numbers(first, count, told):
    html = loss_curve.draw({"": [2.0] * count}, first=first).html
    below = re.findall(r'<text[^>]*y="(\d+)"[^>]*font-size="12"[^>]*>(\d+)</text>', html)
    lowest = max(int(y) for y, _ in below)
    assert [int(epoch) for y, epoch in below if int(y) == lowest] == told


def test_bars_of_several_pictures_compare_where_they_have_one_scale():
    def widths(probs, **more):
        return [float(x) for x in re.findall(r'<rect[^>]* width="([\d.]+)"', bars.draw(probs, **more).html)]

    unsure, sure = {"a": 0.05, "b": 0.04}, {"a": 0.9, "b": 0.1}
    assert widths(unsure)[0] == widths(sure)[0]
    assert widths(unsure, full=1.0)[0] * 18 == pytest.approx(widths(sure, full=1.0)[0])
    assert widths({"a": 0.9}, full=0.5) == widths({"a": 0.9}), "no bar leaves the picture"


def test_one_epoch_is_no_epochs():
    assert loss_curve.draw({"": [3.0]}).text.endswith("from 3.000 to 3.000 in 1 epoch")
    language("fr")
    assert loss_curve.draw({"": [3.0, 2.0]}, first=0).text.endswith("de 3,000 à 2,000 en 1 époque")


def test_the_legend_stands_above_the_plot():
    losses = {
        "training": [3.2, 2.0],
        "validation": [3.3, 2.5],
        **{f"a long name {i}": [3.0, 2.0] for i in range(5)},
    }
    (svg,) = read(loss_curve.draw(losses, 3.3).html).iter(f"{SVG}svg")
    names = {
        t.text: (float(t.get("x")), float(t.get("y"))) for t in svg.iter(f"{SVG}text") if t.text in losses
    }
    grid = min(float(line.get("y1")) for line in svg.iter(f"{SVG}line") if line.get("stroke-opacity"))
    assert set(names) == set(losses) and len(set(names.values())) == len(losses)
    assert max(y for _, y in names.values()) < grid
    assert max(x + 8 * len(name) for name, (x, _) in names.items()) <= loss_curve.WIDE


def test_french_sets_a_space_before_a_semicolon():
    for spoken, stop in (("en", "; "), ("fr", "\u00a0; ")):
        language(spoken)
        assert f"{stop}b " in loss_curve.draw({"a": [3.0, 2.0], "b": [3.1]}).text
        described = read(attention.draw("ab", [[[1.0, 0.0], [0.5, 0.5]]] * 2).html).iter(f"{SVG}desc")
        assert f"){stop}" in next(described).text


def test_a_click_is_asked_for_in_good_french():
    language("fr")
    assert "Qui demande\u00a0?" in causal_mask.draw("chat").html


def test_french_numbers_have_a_comma():
    language("fr")
    for picture in (
        loss_curve.draw({"": [3.25, 0.5]}, 1.5),
        attention.draw("ab", [0.25, 0.75]),
        bars.draw([0.25, 0.75], "ab"),
    ):
        assert re.search(r"\d,\d", picture.text) and not re.search(r"\d\.\d", picture.text), picture.text
        shown = " ".join(t.text or "" for t in read(picture.html).iter(f"{SVG}text"))
        assert not re.search(r"\d\.\d", shown), shown


def test_a_number_is_written_as_the_language_does():
    forms = [
        (2832, ","),
        (3.25, ".2f"),
        (-0.5, "+.1f"),
        (0.125, ".1%"),
        (0.5, ""),
        (2, ""),
        (math.nan, ".2f"),
    ]
    assert [written(*pair) for pair in forms] == ["2,832", "3.25", "-0.5", "12.5%", "0.5", "2", "nan"]
    language("fr")
    assert [written(*pair) for pair in forms] == [
        "2\u202f832",
        "3,25",
        "-0,5",
        "12,5\u00a0%",
        "0,5",
        "2",
        "nan",
    ]


def test_nan_is_called_by_its_name():
    for draw in (lambda: bars.draw([0.5, math.nan]), lambda: attention.draw("ab", [0.5, math.nan])):
        with pytest.raises(ValueError, match="is nan"):
            draw()


def test_bars_with_a_title_are_not_called_next_tokens():
    assert "next" not in bars.draw({"7": 0.5, "8": 0.5}, title="Lengths of names").html
    assert "next" in bars.draw({"a": 0.5, "b": 0.5}).html


def test_the_map_is_what_numpy_says_the_principal_components_are():
    rows = np.random.default_rng(3).normal(size=(20, 8)) * [5, 3, 1, 1, 1, 1, 1, 1]
    seen = np.array(embeddings.flat(rows.tolist()))
    centred = rows - rows.mean(0)
    _, _, axes = np.linalg.svd(centred)
    for k in range(2):
        assert abs(np.corrcoef(seen[:, k], centred @ axes[k])[0, 1]) > 0.9999
    assert embeddings.flat([[1.0, 2.0], [3.0, 4.0]]) == [(1.0, 2.0), (3.0, 4.0)]
    assert embeddings.flat([[1.0] * 5] * 3) == [(0.0, 0.0)] * 3


def letters_and_leaders(picture):
    (svg,) = read(picture.html).iter(f"{SVG}svg")
    parts = [e for e in svg.iter() if e.tag in (f"{SVG}text", f"{SVG}circle", f"{SVG}rect")]
    last = max(i for i, e in enumerate(parts) if e.tag != f"{SVG}text")
    assert all(e.tag == f"{SVG}text" for e in parts[last + 1 :]), "letters above shapes"
    places = [(float(e.get("x")), float(e.get("y"))) for e in parts if e.tag == f"{SVG}text"]
    return places, list(svg.iter(f"{SVG}line"))


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.05, 0.2, 1.0])
def test_letters_of_a_map_do_not_cover_each_other(spread):
    rows = np.random.default_rng(1).normal(size=(27, 2)) * spread
    rows[0], rows[1] = (-2.0, 0.0), (2.0, 0.0)  # two far out, the others in a heap
    places, leaders = letters_and_leaders(embeddings.draw(rows, ".abcdefghijklmnopqrstuvwxyz"))
    for i, (x, y) in enumerate(places):
        assert 0 < x < embeddings.SIDE and 0 < y < embeddings.SIDE
        for u, v in places[:i]:
            assert abs(x - u) >= 9 or abs(y - v) >= 12, "a letter is about 9 wide and 12 high"
    assert len(leaders) >= 20 if spread < 0.1 else len(leaders) < 25
    apart = [[float(i % 6), float(i // 6)] for i in range(27)]
    assert letters_and_leaders(embeddings.draw(apart, ".abcdefghijklmnopqrstuvwxyz"))[1] == []


def test_an_unknown_model_has_no_empty_column():
    class Known(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.out = torch.nn.GRU(4, 8), torch.nn.Linear(8, 10)

    assert architecture.draw(Known()).text.splitlines()[1].split() == ["part", "size", "parameters"]
    assert "10 × 8" in architecture.draw(Known()).text
    bare = torch.nn.Sequential(torch.nn.GRU(4, 8))
    assert architecture.draw(bare).text.splitlines()[1:] == ["   part  parameters", "0 (GRU)         336"]


def test_the_architecture_counts_what_the_model_has():
    assert "2,832 parameters" in architecture.draw(zeros()).html
    model = TransformerDecoder(61, 64, 4, 3)
    total = sum(p.numel() for p in model.parameters())
    picture = architecture.draw(model)
    assert (
        f"{total:,} parameters" in picture.html and "× 3" in picture.html and "4 heads × 16" in picture.html
    )
    assert picture.html.count(">shortcut<") == 2 and "64 → 256 → 64" in picture.html
    lesson3 = {"embeddings": [[0.0] * 8] * 27, "W": [[0.0] * 27] * 24, "b": [0.0] * 27}
    assert "3 letters × 8 numbers = 24" in architecture.draw(lesson3).text
    with pytest.raises(WrongUse, match="a model was expected"):
        architecture.draw(3)
