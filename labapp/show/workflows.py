"""Which tasks belong together: chains, groups and chords, by what events say of their kin."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from labapp.live.told import Told


def workflows(tasks: Sequence[Told]) -> dict[str, str]:
    """A letter for each task that belongs to others among these; the same for those of one kin.

    Tasks are kin by their group, by the task that sent them, or by the first of them all.
    """
    kin: dict[str, str] = {}

    def eldest(key: str) -> str:
        while kin.setdefault(key, key) != key:
            key = kin[key]
        return key

    for told in tasks:
        for other in (told.group, told.parent, told.root):
            if other:
                kin[eldest(told.id)] = eldest(other)
    families: dict[str, list[str]] = {}
    for told in tasks:
        families.setdefault(eldest(told.id), []).append(told.id)
    letters = iter(ascii_uppercase)
    found: dict[str, str] = {}
    for members in families.values():
        if len(members) > 1:
            letter = next(letters, "*")
            found.update(dict.fromkeys(members, letter))
    return found
