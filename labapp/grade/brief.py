"""The head of an exercise: what it is about, what to do, which files, and where to read on."""

from __future__ import annotations

from pathlib import Path

from labapp.grade.manifest import Manifest

QUESTIONS = "notebooks/interview/questions.ipynb"


def brief(manifest: Manifest, folder: Path) -> str:
    """The exercise as a page of Markdown: story, task, files."""
    where = f"answers/{folder.name}"
    files = ", ".join(f"`{where}/{name}`" for name in manifest.files)
    parts = [
        # No heading: it is shown in a cell's output, at whatever level of headings that stands.
        f"**{manifest.title}**",
        f"*{manifest.minutes} minutes, {manifest.level}.* {manifest.teaches}",
        manifest.story.strip(),
        manifest.task.strip(),
        f"Your files: {files}. `task.reset()` brings the first ones back, and keeps yours.",
    ]
    return "\n\n".join(part for part in parts if part)


def links(manifest: Manifest, beside: Path) -> str:
    """Where to read on: the solution, the lesson if there is one, the interview's questions."""
    told = [f"- The solution: [{manifest.title}](../solutions/{manifest.id}.ipynb)"]
    told += [
        f"- The lesson: [{path.stem}](../notebooks/{path.name})"
        for path in sorted((beside.parent / "notebooks").glob(f"{manifest.lesson:02d}_*.ipynb"))
    ]
    if manifest.questions:
        asked = (f"[{one}](../{QUESTIONS}#{one})" for one in manifest.questions)
        told.append(f"- Asked in interviews: {', '.join(asked)}")
    return "\n".join(told)
