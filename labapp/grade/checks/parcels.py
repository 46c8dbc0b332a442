"""What the check of 05 orders, recalls and asks the price of, and how each task ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labapp.grade.trial import Trial

GRAMS = {7: 350, 12: 1200, 31: 640}
LETTER = (30, 20)
NAMES = ("abara", "okafor", "lindqvist", "moreau", "tanaka", "varga", "silva", "novak")
SERVERS = ("post.example", "mail.example", "letters.example")
STREETS = ("Mill Lane", "Quay Road", "Linden Street", "Castle Hill")
#: State and result of each task, by what was asked.
Results = dict[str, tuple[str, Any]]


@dataclass
class Asked:
    """What was asked of the web app, and what must come of it."""

    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    moved: dict[int, str] = field(default_factory=dict)
    recalled: list[int] = field(default_factory=list)
    quotes: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def email(self, number: int) -> str:
        return str(self.orders[number]["email"])

    @property
    def told(self) -> list[str]:
        """Who must get a mail, each once."""
        return sorted({self.email(number) for number in self.recalled})


def draw(trial: Trial) -> Asked:
    """Orders (two of one customer), a move, a recall, and quotes on both sides of the letter."""
    draw = trial.draw
    asked = Asked()
    one, other = draw.sample(SERVERS, 2)
    # Of the three who are called back two share a server: once for each mail is not once each.
    servers = (one, draw.choice(SERVERS), one, other)
    emails = [f"{name}@{at}" for name, at in zip(draw.sample(NAMES, 4), servers, strict=True)]
    for number, email in zip(draw.sample(range(1000, 9999), 5), [*emails, emails[0]], strict=True):
        address = f"{draw.randint(1, 99)} {draw.choice(STREETS)}"
        asked.orders[number] = {"number": number, "email": email, "address": address}
    numbers = list(asked.orders)
    asked.moved[numbers[1]] = f"{draw.randint(100, 199)} {draw.choice(STREETS)}"
    asked.recalled = [numbers[0], numbers[2], numbers[3], numbers[4]]
    smaller = (draw.randint(10, 29), draw.randint(10, 19))
    for size in (LETTER, (draw.randint(31, 60), 20), smaller, (20, 30)):
        products = draw.sample(sorted(GRAMS), draw.randint(1, 3))
        lines = [{"product": one, "count": draw.randint(1, 40)} for one in products]
        asked.quotes.append({"width": size[0], "depth": size[1], "lines": lines})
    return asked


def wait_for(trial: Trial, asked: Asked) -> Results:
    """State and result of each task, read from the store and not from the web app."""
    final = ("SUCCESS", "FAILURE")
    states: dict[str, str] = {}

    def all_done() -> bool:
        for what, task_id in asked.ids.items():
            if states.get(what) not in final:
                states[what] = state_of(trial, task_id)
        return all(state in final for state in states.values())

    trial.eventually(all_done, 4.0, every=0.05)
    return {
        what: (state, _result(trial, asked.ids[what]) if state == "SUCCESS" else None)
        for what, state in states.items()
    }


def state_of(trial: Trial, task_id: str) -> str:
    """What the store says of a task, or why it says nothing."""
    try:
        return str(trial.stack.celery.AsyncResult(task_id).state) if task_id else "no id"
    except Exception:  # a record that is not JSON, or none of Celery's
        return "unreadable"


def _result(trial: Trial, task_id: str) -> Any:
    try:
        return trial.stack.celery.AsyncResult(task_id).result
    except Exception:
        return None
