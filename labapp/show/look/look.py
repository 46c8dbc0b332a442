"""`queue()`: what lies in the broker and the result store at this moment."""

from __future__ import annotations

from typing import Any

from labapp.show.look.budget import Budget
from labapp.show.look.gather import gather
from labapp.show.look.picture import picture

TEXT = "What is in the broker and the result store at this moment"


class Look:
    """One look, which stays as it was; in a notebook it shows as tables.

    `data` is the same as plain values: queues, unacked, results, keys, others, notes, at.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __repr__(self) -> str:
        return TEXT

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": picture(self.data), "text/plain": TEXT}


def queue(app: Any, *, messages: int = 10, keys: int = 30) -> Look:
    """Look into the broker of any Celery app, or of a lab; nothing is changed or taken out.

    Each queue's next `messages` are opened, beside the call that made them; then what workers
    have fetched and not acknowledged, with the moment at which it is given back; results with
    their time to live; and the other keys that Celery keeps, `keys` of each, with what they are
    for. The rest is counted. As a cell's last expression it shows; elsewhere it is
    `display(queue(app))`.
    A broker that is not Redis shows what its transport lets us see. One that does not answer is
    told in a sentence, within seconds.
    """
    for name, value in (("messages", messages), ("keys", keys)):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
            raise ValueError(f"{name}={value!r:.60} is not a whole number from 0 to 1000.")
    return Look(gather(_celery_of(app), Budget(messages, keys)))


def _celery_of(app: Any) -> Any:
    """The Celery app itself, or that of a lab or of a Flask app."""
    for found in (app, getattr(app, "celery", None), _extension(app)):
        if hasattr(found, "connection_for_read") and hasattr(found, "amqp"):
            return found
    raise TypeError(
        f"queue() looks into the broker of a Celery app or a lab, not of {type(app).__name__}."
    )


def _extension(app: Any) -> Any:
    extensions = getattr(app, "extensions", None)
    return extensions.get("celery") if isinstance(extensions, dict) else None
