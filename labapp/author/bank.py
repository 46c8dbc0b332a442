"""The question bank as a notebook, made of its files: what links to a question's id lead to.

The room of interviews reads the same files, and its tests hold them to their form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labapp.author.claims import Claim
from labapp.author.pages import write_notebook
from labapp.grade.brief import QUESTIONS

if TYPE_CHECKING:
    from nbformat import NotebookNode

PLACE = Path(QUESTIONS)
FILES = Path("labapp/interview/questions")
OPENING = """# Question bank

98 questions that are asked in interviews about Celery, Redis and Flask. Answer aloud before you
unfold: what a good answer makes, a model answer, what is asked next, and the trap, an answer that
one hears and that is wrong. Below it stands where the running system shows what is true."""
TO_COME = "Its answer comes with the lesson on it."


def make_bank(root: Path, claims: Iterable[Claim]) -> bool:
    """Write the notebook where it differs from the bank; whether it did."""
    if not (root / FILES).is_dir():
        return False
    return write_notebook(root / PLACE, cells_of(root, claims))


def cells_of(root: Path, claims: Iterable[Claim]) -> list[NotebookNode]:
    """A heading for each question, so that `questions.ipynb#q024` is a link to one."""
    from nbformat.v4 import new_markdown_cell

    shown = {claim.id: claim for claim in claims}
    cells = [new_markdown_cell(OPENING, id="title")]
    for path in sorted((root / FILES).glob("[0-9][0-9]_*.toml")):
        topic = tomllib.loads(path.read_text("utf-8"))
        name = topic["topic"].replace("_", "-")
        cells.append(new_markdown_cell(f"## {topic['title']}", id=f"t{name}"))
        for question in topic["question"]:
            text = "\n\n".join(_entry(question, shown, root))
            cells.append(new_markdown_cell(text, id=question["id"]))
    return cells


def _entry(question: dict[str, Any], claims: dict[str, Claim], root: Path) -> Iterator[str]:
    yield f"### {question['id']}"
    yield f"**{question['ask']}** ({question['level']})"
    if "answer" in question:
        points = "\n".join(f"- {point}" for point in question["points"])
        more, trap = question["follow_up"], question["trap"]
        yield _folded("What a good answer makes", points)
        yield _folded("A model answer", question["answer"].strip())
        yield _folded("What is asked next", f"{more['ask']}\n\n{more['says']}")
        yield _folded("The trap", f"One hears: {trap['says']}\n\nTrue is: {trap['truth']}")
    else:
        yield TO_COME
    there = [link for proof in question["proof"] if (link := _proof(proof, claims, root))]
    if there:
        yield "Shown in: " + "; ".join(there) + "."


def _folded(summary: str, text: str) -> str:
    # The empty lines make Markdown of what stands inside.
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def _proof(proof: dict[str, str], claims: dict[str, Claim], root: Path) -> str:
    """A link to what is there; nothing for a lesson or an exercise that is to come."""
    claim = claims.get(proof.get("claim", ""))
    if claim is not None:
        # As JupyterLab and nbconvert make it of the heading: its text, without the marks of code.
        anchor = re.sub(r"[*`]", "", claim.section).replace(" ", "-")
        says = claim.says.rstrip(".")
        return f"[{says}](../{Path(claim.notebook).name}#{anchor})"
    exercise = f"exercises/{proof.get('exercise')}.ipynb"
    if "exercise" in proof and (root / exercise).is_file():
        return f"[exercise {proof['exercise']}](../../{exercise})"
    return ""
