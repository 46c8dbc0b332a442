"""`labapp reset NOTEBOOK`: the kit's own version back in the learner's folder, theirs beside it."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from labapp.author.committed import notebooks_of
from labapp.desk.copies import TREES, lay_copies
from labapp.desk.place import DeskError, find_checkout, my_folder


def run_reset(notebook: str, *, checkout: Path | None = None) -> int:
    """Restore one notebook and say where the learner's version went; 0 when it is as the kit's."""
    root = checkout or find_checkout()
    my = my_folder(root)
    name = find_notebook(notebook, root, my)
    mine, original = my / name, root / name
    if mine.is_file() and mine.read_bytes() == original.read_bytes():
        print(f"{name} is as the kit has it; nothing to restore.")
        return 0
    kept = set_aside(mine) if mine.exists() else None
    lay_copies(root, my)
    print(f"{name} is restored." + (f" Yours is kept beside it: {kept.name}" if kept else ""))
    print("Where it is open in JupyterLab: File, Reload Notebook from Disk.")
    return 0


def find_notebook(asked: str, root: Path, my: Path) -> str:
    """The notebook's path below the checkout, from a number, a name or a path.

    Raises DeskError that names what there is when none or several fit.
    """
    known = sorted(_notebooks(root))
    wanted = _below(asked, root, my)
    stem = Path(wanted).name.removesuffix(".ipynb")
    found = [name for name in known if wanted in (name, name.removesuffix(".ipynb"))]
    found = found or [name for name in known if Path(name).stem == stem]
    number = stem.zfill(2)
    found = found or [name for name in known if stem and Path(name).stem.split("_")[0] == number]
    if len(found) == 1:
        return found[0]
    if found:
        raise DeskError(f"{asked!r} fits {', '.join(found)}. Name one of them with its folder.")
    near = get_close_matches(stem, [Path(name).stem for name in known], n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise DeskError(f"There is no notebook {asked!r}.{hint} The kit has: {', '.join(known)}.")


def set_aside(path: Path) -> Path:
    """Rename a file to a free name beside it: `NAME-mine-1.ipynb`, then 2, and so on."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-mine-{number}{path.suffix}")).exists():
        number += 1
    return path.rename(kept)


def _notebooks(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in notebooks_of(root, TREES)]


def _below(asked: str, root: Path, my: Path) -> str:
    """A path that leads into the checkout or the learner's folder, relative to it."""
    path = Path(asked).expanduser().absolute()
    for folder in (my, root):
        if path.is_relative_to(folder.absolute()):
            return path.relative_to(folder.absolute()).as_posix()
    return asked
