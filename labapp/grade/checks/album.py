"""What the check of 01 uploads, and what must have come of each upload.

Sizes and owners are drawn for each lab and stand nowhere but in its messages: who throws a message
away cannot write by hand what its task would have left.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labapp.grade.looking import fields, listed

if TYPE_CHECKING:
    from labapp.lab.stack import Stack

MEMBERS = {"wedding.jpg": "Kim", "lake.jpg": "Ana", "goat.jpg": "Jo"}
SIDES = range(400, 4001)


@dataclass(frozen=True)
class Photo:
    """One picture as a member uploads it."""

    name: str
    width: int
    height: int
    owner: str

    @property
    def small(self) -> str:
        """Its size in the album."""
        factor = min(320 / self.width, 240 / self.height, 1)
        return f"{round(self.width * factor)}x{round(self.height * factor)}"

    @property
    def mail(self) -> str:
        return f"{self.owner}{told_of(self.name)}"


@dataclass
class Story:
    """The pictures of one lab, and the ids that the web app gave for them."""

    photos: list[Photo]
    sent: dict[str, Photo] = field(default_factory=dict)


#: By the lab's folder: each start makes a new one, and a new start is a new story.
_STORIES: dict[Path, Story] = {}


def prepare(lab: Stack) -> None:
    """Upload the pictures of the story: they wait, since nobody takes them."""
    story = _STORIES.setdefault(lab.folder_path, Story([_draw(name) for name in MEMBERS]))
    for photo in story.photos:
        answer = lab.post("/photos", json=vars(photo))
        if answer.status_code == 202:
            story.sent[answer.json()["task_id"]] = photo


def sent_to(lab: Stack) -> dict[str, Photo]:
    """The pictures that `prepare` uploaded to this lab since its start, by task id."""
    story = _STORIES.get(lab.folder_path)
    return dict(story.sent) if story else {}


def told_of(name: str) -> str:
    """How a mail about a picture ends."""
    return f": {name} is in the album"


def shown(redis: Any, names: dict[str, str], sent: dict[str, Photo]) -> int:
    """How many uploads stand in the album, with their owner told.

    Those that `prepare` sent are held to their size and owner. The album keeps one size a name: of
    a name that the learner has uploaded too, any.
    """
    album, mails = fields(redis, "album"), listed(redis, "mails")
    others = {name for task_id, name in names.items() if task_id not in sent}
    told = {photo.mail: mails.count(photo.mail) for photo in sent.values()}
    many = 0
    for task_id, name in names.items():
        photo = sent.get(task_id)
        if photo is None:
            many += name in album and any(mail.endswith(told_of(name)) for mail in mails)
            continue
        told[photo.mail] -= 1
        sized = name in others or album.get(name) == photo.small
        many += name in album and sized and told[photo.mail] >= 0
    return many


def _draw(name: str) -> Photo:
    owner = f"{MEMBERS[name]}, member {secrets.randbelow(9000) + 1000}"
    return Photo(name, secrets.choice(SIDES), secrets.choice(SIDES), owner)
