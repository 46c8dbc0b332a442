"""A verdict as text and as a table; everything in it may come from a learner's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labapp.display import Html, clean, escape, table

if TYPE_CHECKING:
    from labapp.grade.verdict import Requirement, Verdict

#: The mark stands beside the word: neither it nor its colour is the only signal.
MARKS = {True: "✓ passed", False: "✗ failed"}
COLOURS = {"passed": "#1a7f37", "failed": "#b35900", "stopped": "#b35900", "broken": "#b3261e"}


def as_text(verdict: Verdict) -> str:
    """Lines that two true runs have in common: counts, states, codes, and no more."""
    lines = [verdict.summary]
    for one in verdict.requirements:
        lines.append(f"  {MARKS[one.passed]}: {one.says}")
        if not one.passed:
            lines.append(f"      expected {one.expected}; seen {one.seen}")
    if not verdict.passed and verdict.diagnosis:
        lines.append(f"  {verdict.diagnosis}: {clean(verdict.advice)}")
    return "\n".join(lines)


def as_html(verdict: Verdict) -> str:
    """A table that needs no script, no style sheet and no colour to be understood."""
    rows = [_row(one) for one in verdict.requirements]
    colour = COLOURS[verdict.status]
    head = (
        f'<p style="border-left: 4px solid {colour}; padding-left: 8px">'
        f"<strong>{escape(verdict.summary)}</strong></p>"
    )
    wrong_path = ""
    if not verdict.passed and verdict.diagnosis:
        wrong_path = (
            f"<p><strong>{escape(verdict.diagnosis)}</strong>: {_prose(verdict.advice)}</p>"
        )
    grid = table(["outcome", "what must hold", "expected", "seen"], rows) if rows else ""
    return f"<div>{head}{grid}{wrong_path}{_logs(verdict)}{_foot(verdict)}</div>"


def _row(one: Requirement) -> list[object]:
    seen = escape(one.seen)
    if one.detail and not one.passed:
        seen += f"<br><small>{escape(one.detail)}</small>"
    mark = Html(MARKS[one.passed].replace(" ", "&nbsp;"))
    return [mark, one.says, one.expected, Html(seen)]


def _prose(text: str) -> str:
    """A sentence of the kit, its `code` shown as such."""
    pieces = escape(text, 2000).split("`")
    return "".join(f"<code>{p}</code>" if odd % 2 else p for odd, p in enumerate(pieces))


def _logs(verdict: Verdict) -> str:
    if verdict.passed or not verdict.logs:
        return ""
    said = "".join(
        f"<p>{escape(part)}</p><pre>" + "\n".join(escape(line, 300) for line in lines) + "</pre>"
        for part, lines in verdict.logs.items()
        if lines
    )
    return (
        f"<details><summary>The last words of each part</summary>{said}</details>" if said else ""
    )


def _foot(verdict: Verdict) -> str:
    if verdict.passed or not verdict.seed:
        return ""
    return f"<p><small>Inputs drawn with seed {verdict.seed}.</small></p>"
