"""The report as one HTML file without scripts or anything to load; light and dark.

Each exercise is a table, a wrong answer a row and a hidden test a column.  Marks differ by shape and by colour
(blue and orange, which the colour-blind tell apart), each says in hidden text what it means, and the caption says
the whole in words.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from grader.audit.matrix import MEANING, SIGNS, Mark, in_words, let_through, mark, outcome_of
from grader.audit.report import ERRORS, TITLES, AuditReport, ExerciseAudit, Flaw, Verdict, figures

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #595959; --page: #fff; --card: #f4f4f2;
  --line: #d0d0cc; --named: #0072b2; --named-ink: #fff; --caught: #b34700; --good: #0a7d55; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #b0b0b0; --page: #16181a;
  --card: #222527; --line: #44484b; --named: #56b4e9; --named-ink: #10202b; --caught: #f0a040; --good: #4fc99a; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0 0 .25rem; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 2px solid var(--line); }
h3 { margin: 2rem 0 .25rem; font-family: ui-monospace, monospace; }
code, .id { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.cards { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1.1rem; }
.cards b { display: block; font-size: 1.8rem; line-height: 1.3; }
.bad { color: var(--caught); font-weight: 600; } .good { color: var(--good); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
caption { text-align: left; padding: .3rem 0 .6rem; color: var(--soft); max-width: 60rem; }
th, td { padding: .2rem .55rem; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } tbody th { font-weight: 400; }
th.up { vertical-align: bottom; height: 9.5rem; padding: .3rem .1rem; font-weight: 400; }
th.up span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
td.m { text-align: center; width: 2.1rem; padding: .12rem .15rem; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.right { text-align: right; } thead th { vertical-align: bottom; }
.mark { display: inline-block; width: 1.5rem; height: 1.5rem; line-height: 1.4rem; border-radius: 4px;
  border: 2px solid transparent; font-weight: 700; }
.named { background: var(--named); color: var(--named-ink); border-color: var(--named); }
.caught { border-color: var(--caught); color: var(--caught); border-radius: 50%; }
.passed, .absent { color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; padding: 0; list-style: none; }
.legend li { display: flex; gap: .5rem; align-items: center; } .legend .mark { text-align: center; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
details { margin: .5rem 0; } summary { cursor: pointer; } .flaws li { margin: .2rem 0; }
"""


def as_page(report: AuditReport, language: str = "en") -> str:
    """The whole report.

    Parameters
    ----------
    report : AuditReport
    language : {"en", "fr"}
        Of the messages to students that it quotes.
    """
    title = "Audit of " + (", ".join(report.assignments) or "nothing")
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">Every known right and wrong answer, graded by the hidden tests '
        f"{'in a box of its own' if report.boxed else 'WITHOUT a box'} in {report.seconds:.0f} s; "
        f"inputs from the seed <code>{escape(report.seed)}</code>.</p>",
        _cards(report),
        _verdict_line(report),
        _flaws(report.flaws),
        _overview(report),
        _legend(),
    ]
    for assignment, exercises in groupby(report.exercises, key=lambda e: e.assignment):
        body.append(f"<h2>{escape(assignment)}</h2>")
        body += [_exercise(e, language) for e in exercises]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _cards(report: AuditReport) -> str:
    f = report.figures
    rows = [
        ("right answers accepted", f.accepted, f.right),
        ("misconceptions caught", f.caught, f.wrong),
        ("misconceptions named", f.named, f.wrong),
    ]
    cards = "".join(f"<li><b>{n} of {of}</b> {what}</li>" for what, n, of in rows)
    return f'<ul class="cards">{cards}</ul>'


def _verdict_line(report: AuditReport) -> str:
    if report.failed:
        return '<p class="bad">✗ The audit failed.</p>'
    if report.flaws:
        good = "✓ Every right answer passes and every wrong one loses points."
        return f'<p><span class="good">{good}</span> There is more to see to.</p>'
    return '<p class="good">✓ The audit is clean.</p>'


def _flaws(flaws: tuple[Flaw, ...]) -> str:
    parts = []
    for kind, title in TITLES.items():
        found = [f for f in flaws if f.kind == kind]
        if not found:
            continue
        name = f'<span class="bad">✗ {title}</span>' if kind in ERRORS else f"⚠ {title}"
        items = "".join(
            f"<li><code>{escape(f.assignment)}/{escape(f.exercise)}</code>: {escape(f.text)}</li>"
            for f in found
        )
        parts.append(f"<h3>{name} ({len(found)})</h3><ul class='flaws'>{items}</ul>")
    return "".join(parts)


def _overview(report: AuditReport) -> str:
    rows = []
    for e in report.exercises:
        f = figures([e])
        dead = sum(not e.kills(t.name) for t in e.tests)
        numbers = [(f.accepted, f.right), (f.caught, f.wrong), (f.named, f.wrong)]
        cells = "".join(f'<td class="n{" bad" if n < of else ""}">{n} of {of}</td>' for n, of in numbers)
        rows.append(
            f'<tr><th scope="row"><a href="#{_anchor(e)}">{escape(e.assignment)} / {escape(e.exercise)}</a></th>'
            f'{cells}<td class="n">{len(e.tests)}</td><td class="n{" bad" if dead else ""}">{dead}</td>'
            f'<td class="n">{len(let_through(e))}</td></tr>'
        )
    heads = (
        "exercise", "right accepted", "wrong caught", "named", "hidden tests", "that catch nothing",
        "wrong that the visible check lets through",
    )  # fmt: skip
    return (
        '<div class="wide"><table><caption>All exercises</caption><thead><tr>'
        + "".join(f'<th scope="col"{" class=right" if n else ""}>{h}</th>' for n, h in enumerate(heads))
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _legend() -> str:
    shown: tuple[Mark, ...] = ("named", "caught", "passed")
    items = "".join(f"<li>{_sign(m)} the test {MEANING[m]}</li>" for m in shown)
    items += (
        "<li>✗ and · under “visible check”: the notebook's own test cell refuses it, or lets it pass</li>"
    )
    return f'<ul class="legend">{items}</ul>'


def _sign(m: Mark) -> str:
    return f'<span class="mark {m}" aria-hidden="true">{SIGNS[m].strip() or "&nbsp;"}</span>'


def _anchor(e: ExerciseAudit) -> str:
    return escape(f"{e.assignment}-{e.exercise}", quote=True)


def _exercise(e: ExerciseAudit, language: str) -> str:
    heads = "".join(
        f'<th scope="col" class="up"><span>{escape(t.name.removeprefix("test_"))} ({e.worth(t):.3g})</span></th>'
        for t in e.tests
    )
    rows = "".join(_row(e, v) for v in e.wrong)
    foot = "".join(
        f'<tr><th scope="row" colspan="2">{name}</th>'
        + "".join(f'<td class="m">{len(count(t.name))}</td>' for t in e.tests)
        + "<td></td><td></td></tr>"
        for name, count in (("catches", e.kills), ("no other test catches", e.alone))
    )
    return (
        f'<section id="{_anchor(e)}"><h3>{escape(e.exercise)} <span class="soft">{e.points:g} points</span></h3>'
        f'<div class="wide"><table><caption>Wrong answers by hidden test (points in brackets). {escape(in_words(e))}'
        f'</caption><thead><tr><th scope="col">wrong answer</th><th scope="col">its misconception</th>{heads}'
        '<th scope="col" class="up"><span>visible check</span></th><th scope="col">told</th></tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table></div>"
        f"{_right(e)}{_messages(e, language)}</section>"
    )


def _row(e: ExerciseAudit, v: Verdict) -> str:
    marks = "".join(_mark_cell(v, t.name) for t in e.tests)
    if v.trouble:
        told = f'<span class="bad">✗ {escape(v.trouble)}</span>'
    elif not v.caught:
        told = '<span class="bad">✗ keeps its points</span>'
    elif v.told:
        told = '<span class="good">✓ its name</span>'
    else:
        told = f'<span class="bad">⚠ {escape(v.named or "no name")}</span>'
    seen = {"passed": "lets it pass", "failed": "refuses it"}.get(v.check, "did not run")
    sign = {"passed": "·", "failed": "✗"}.get(v.check, "")
    return (
        f'<tr><th scope="row" class="id">{escape(v.solution.name)}</th>'
        f'<td class="id">{escape(v.solution.misconception)}</td>{marks}'
        f'<td class="m"><span aria-hidden="true">{sign}</span><span class="sr">{seen}</span></td><td>{told}</td></tr>'
    )


def _mark_cell(v: Verdict, test: str) -> str:
    m = mark(v, test)
    outcome = outcome_of(v, test)
    said = outcome.finding.text["en"] if outcome and outcome.finding else MEANING[m]
    tip = escape(f"{test}: {said}", quote=True)
    return f'<td class="m" title="{tip}">{_sign(m)}<span class="sr">{MEANING[m]}</span></td>'


def _right(e: ExerciseAudit) -> str:
    def line(v: Verdict) -> str:
        sign = (
            '<span class="good">✓ accepted</span>'
            if v.full
            else f'<span class="bad">✗ {v.score:g} of {v.maximum:g}</span>'
        )
        remark = f" <span class='soft'>{escape(v.solution.remark)}</span>" if v.solution.remark else ""
        return f'<li>{sign} <span class="id">{escape(v.solution.name)}</span>{remark}</li>'

    accepted = sum(v.full for v in e.right)
    summary = f"{accepted} of {len(e.right)} right answers accepted"
    opened = "" if accepted == len(e.right) else " open"
    return f"<details{opened}><summary>{summary}</summary><ul>{''.join(map(line, e.right))}</ul></details>"


def _messages(e: ExerciseAudit, language: str) -> str:
    rows = []
    for v in (*e.right, *e.wrong):
        failed = [o for o in v.outcomes if o.finding is not None]
        for o in failed:
            assert o.finding is not None
            rows.append(
                f'<tr><th scope="row" class="id">{escape(v.solution.kind)}/{escape(v.solution.name)}</th>'
                f'<td class="id">{escape(o.test)}</td><td class="id">{escape(o.finding.misconception or "–")}</td>'
                f"<td>{escape(o.finding.text[language])}</td></tr>"
            )
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col">{h}</th>' for h in ("answer", "hidden test", "names", "the student reads")
    )
    return (
        "<details><summary>What students read</summary><div class='wide'><table><thead><tr>"
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )
