"""In a real browser: a click on a row works, and without scripts the picture is whole."""

import re
import shutil
import subprocess
from html import unescape

import pytest

from grader.student.pictures import attention, causal_mask

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no Chromium here")]


def page(tmp_path, html, *options, script=""):
    """The page as the browser sees it, after its scripts have run."""
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}<script>{script}</script>", encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
               f"--user-data-dir={tmp_path / 'profile'}", *options, "--dump-dom", path.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    return unescape(done.stdout)


def faded(dom):
    """Rows that were made pale."""
    return re.findall(r'<g data-row="(\d+)"[^>]*opacity: 0\.13', dom)


def test_a_click_on_a_row_shows_it_alone_and_says_what_it_may_look_at(tmp_path):
    click = "document.querySelectorAll('svg g[data-row]')[2].dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    dom = page(tmp_path, causal_mask.draw("chat").html, script=click)
    assert faded(dom) == ["0", "1", "3"]
    assert re.search(r'data-said=""[^>]*>a \(3\) may look at: c, h, a\.<', dom)


def test_a_button_does_the_same_for_whoever_has_no_mouse(tmp_path):
    press = "document.querySelector('button[data-row=\"1\"]').click()"
    dom = page(
        tmp_path,
        attention.draw("abc", [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]).html,
        script=press,
    )
    assert set(faded(dom)) == {"0", "2"}
    assert re.search(r'aria-pressed="true"[^>]*>b<', dom)
    assert "b looks at a (0.50), b (0.50)" in dom


def test_two_pictures_on_a_page_do_not_disturb_each_other(tmp_path):
    html = causal_mask.draw("chat").html + causal_mask.draw("loup").html
    press = "document.querySelectorAll('[data-picture]')[1].querySelector('button[data-row=\"0\"]').click()"
    dom = page(tmp_path, html, script=press)
    assert faded(dom) == ["1", "2", "3"]


def test_without_scripts_nothing_is_hidden_and_no_dead_button_shows(tmp_path):
    policy = '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
    dom = page(tmp_path, policy + causal_mask.draw("chat").html)
    assert faded(dom) == [] and dom.count("−∞") >= 6
    assert re.search(r'data-scripted=""[^>]*hidden', dom)
