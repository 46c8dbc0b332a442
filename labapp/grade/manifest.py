"""What an exercise is: one folder of the catalogue, with exercise.toml and the broken system."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from labapp.grade.common import COMMON
from labapp.grade.errors import ManifestError
from labapp.lab.spec import HIDING

CATALOGUE = Path(__file__).parent / "catalogue"
CHECKS = Path(__file__).parent / "checks"
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
Level = Literal["beginner", "intermediate", "advanced"]


class Hint(BaseModel):
    """One step of help, in Markdown."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: str = Field(min_length=1)


class Manifest(BaseModel):
    """One exercise as its exercise.toml has it; texts are Markdown.

    `worker` and `web` are `module:attribute`. `untouched` is the diagnosis that the files get as
    they are. `lab` holds further options of the Lab that runs it. An operational one is judged in
    the learner's running lab: there the answer is the lab, not the files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^\d\d_[a-z0-9_]+$")
    title: str = Field(min_length=1)
    minutes: int = Field(ge=1, le=60)
    level: Level
    teaches: str = Field(min_length=1)
    lesson: int = Field(ge=0, le=99)
    questions: tuple[str, ...]
    files: tuple[str, ...] = Field(min_length=1)
    worker: str | None = None
    web: str | None = None
    workers: int = Field(default=1, ge=0, le=8)
    operational: bool = False
    lab: dict[str, Any] = {}
    untouched: str
    story: str = ""
    task: str = ""
    explain: str = Field(min_length=1)
    hint: tuple[Hint, ...] = Field(min_length=2)
    diagnoses: dict[str, str] = Field(min_length=4)

    @property
    def word(self) -> str:
        """The id without its number: the name of the check's module."""
        return self.id.partition("_")[2]

    @property
    def number(self) -> int:
        return int(self.id[:2])

    @property
    def broken(self) -> Path:
        """The folder with the broken system."""
        return CATALOGUE / self.id / "broken"

    @property
    def check(self) -> str:
        """The path of the check's module."""
        return f"labapp.grade.checks.{self.word}"

    @property
    def known(self) -> list[str]:
        """Every diagnosis that its check may give: its own, and those that any exercise has."""
        return sorted({*self.diagnoses, *COMMON})

    def told(self, diagnosis: str) -> str:
        """The sentence of a diagnosis: what is wrong, and the next step."""
        return self.diagnoses.get(diagnosis) or COMMON.get(diagnosis, "")

    def stack_options(self) -> dict[str, Any]:
        """What a Stack of this exercise is made with, its folder aside: stock, REDIS_URL alone."""
        apps = {"worker": self.worker, "web": self.web, "workers": self.workers}
        return apps | {"stock": True, "celery_env": False} | self.lab

    @field_validator("questions")
    @classmethod
    def _are_questions(cls, questions: tuple[str, ...]) -> tuple[str, ...]:
        for one in questions:
            if not re.fullmatch(r"q\d{3}", one) or not 1 <= int(one[1:]) <= 98:
                raise ValueError(f"{one!r} is none of q001 to q098")
        return questions

    @field_validator("files")
    @classmethod
    def _are_files(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for one in files:
            if one.removesuffix(".py") in HIDING:
                raise ValueError(f"{one!r} hides a library; name the file after the story")
            if Path(one).is_absolute() or ".." in Path(one).parts:
                raise ValueError(f"{one!r} does not stay in the exercise's folder")
        return files

    @field_validator("diagnoses")
    @classmethod
    def _are_diagnoses(cls, diagnoses: dict[str, str]) -> dict[str, str]:
        for name, told in diagnoses.items():
            if not KEBAB.match(name):
                raise ValueError(f"{name!r} is not in words-with-hyphens")
            if not told.strip().endswith((".", "`", "?")):
                raise ValueError(f"{name!r} is not told in a sentence")
        return diagnoses

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Manifest:
        if self.untouched not in self.known:
            raise ValueError(f"untouched = {self.untouched!r} is none of its diagnoses")
        return self


def read_manifest(folder: Path) -> Manifest:
    """Read one exercise; ManifestError names the file, the field and what is wrong with it."""
    path = folder / "exercise.toml"
    try:
        manifest = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ManifestError(f"{folder.name} has no exercise.toml. {_HOW}") from None
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{_name(path)} is not TOML: {error}. {_HOW}") from None
    except ValidationError as error:
        wrong = "; ".join(_fault(one) for one in error.errors())
        raise ManifestError(f"{_name(path)}: {wrong}. {_HOW}") from None
    if manifest.id != folder.name:
        raise ManifestError(f"{_name(path)}: id = {manifest.id!r} is not the folder's name.")
    for name in manifest.files:
        if not (folder / "broken" / name).is_file():
            raise ManifestError(f"{_name(path)}: files names {name!r}; broken/ has no such file.")
    return manifest


@cache
def catalogue() -> dict[str, Manifest]:
    """Every exercise by its id, in order."""
    folders = sorted(path.parent for path in CATALOGUE.glob("*/exercise.toml"))
    return {folder.name: read_manifest(folder) for folder in folders}


def find(asked: str) -> Manifest:
    """The exercise that is meant: by its id, its number, or its name without the number."""
    known = catalogue()
    for manifest in known.values():
        if asked in (manifest.id, manifest.word, manifest.id[:2], str(manifest.number)):
            return manifest
    near = get_close_matches(asked, [*known, *(m.word for m in known.values())], n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ManifestError(f"There is no exercise {asked!r:.60}.{hint} There are: {', '.join(known)}.")


_HOW = "docs/new-exercise.md says what belongs there"


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _fault(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    told = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {told}" if where else told
