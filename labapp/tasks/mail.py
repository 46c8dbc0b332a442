"""Sending mail: work that is waiting, for a server that somebody else runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from annotated_types import Interval, MaxLen
from celery import shared_task
from flask import current_app

from labapp.progress import track

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP

PATIENCE = 30.0
"""Seconds that the mail server may take for one answer."""


class NoMailServerError(RuntimeError):
    """Nobody has said which server takes the mails."""


@shared_task  # type: ignore[untyped-decorator]
def send_mails(
    count: Annotated[int, Interval(ge=1, le=500)] = 1,
    subject: Annotated[str, MaxLen(200)] = "Your order",
) -> dict[str, int]:
    """Sends so many customers a mail, one after the other, through the server in SMTP_SERVER."""
    with connect() as server:
        for number in track(range(1, count + 1), message="mails"):
            server.send_message(message(number, subject))
    return {"mails": count}


def message(number: int, subject: str) -> EmailMessage:
    """The mail for one customer; a subject with a line break raises ValueError."""
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"] = "Shop <shop@example.com>"
    mail["To"] = f"customer{number}@example.com"
    mail["Subject"] = subject
    mail.set_content(f"Dear customer {number},\n\nthank you. We will write again.\n")
    return mail


def connect() -> SMTP:
    """A connection to the server that SMTP_SERVER names as host:port.

    Raises `NoMailServerError` where it names none: a mail that was meant for a lesson must not go
    to whatever listens on this machine.
    """
    import smtplib

    host, _, port = current_app.config["SMTP_SERVER"].rpartition(":")
    if not host or not port.isdecimal():
        raise NoMailServerError("No mail server is set. Start with SMTP_SERVER=host:port.")
    # Its own name, or smtplib asks the network for one.
    return smtplib.SMTP(host, int(port), local_hostname="localhost", timeout=PATIENCE)
