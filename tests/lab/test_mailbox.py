"""The mailbox speaks SMTP, takes its time, and leaves nothing behind."""

import smtplib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from labapp import Mailbox

pytestmark = pytest.mark.services


def send(address: str, subject: str = "Hello") -> None:
    host, port = address.split(":")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "b@example.com", subject
    mail.set_content("A line.\n.\nA line after one that is a dot.\n")
    with smtplib.SMTP(host, int(port), local_hostname="localhost", timeout=10) as server:
        server.send_message(mail)


def test_it_keeps_what_arrives_as_it_was_sent() -> None:
    with Mailbox() as mailbox:
        send(mailbox.address, "Grüße")
        (mail,) = mailbox.mails
        assert (mail["To"], mail["Subject"]) == ("b@example.com", "Grüße")
        assert mail.get_content() == "A line.\n.\nA line after one that is a dot.\n"
        mailbox.clear()
        assert len(mailbox) == 0


def test_it_takes_its_time_for_each_mail_and_serves_many_at_once() -> None:
    with Mailbox(seconds=0.5) as mailbox, ThreadPoolExecutor(20) as pool:
        began = time.monotonic()
        list(pool.map(send, [mailbox.address] * 20))
        took = time.monotonic() - began
        assert len(mailbox) == 20
    assert 0.5 <= took < 0.5 * 20 / 2


def test_it_listens_on_loopback_alone() -> None:
    with Mailbox() as mailbox:
        assert mailbox.address.startswith("127.0.0.1:")


def test_stopped_it_listens_no_more_and_keeps_its_mails() -> None:
    mailbox = Mailbox()
    assert mailbox.address == ""
    mailbox.stop()
    address = mailbox.start().start().address
    send(address)
    threads = [thread for thread in threading.enumerate() if thread.name == "mailbox"]
    assert len(threads) == 1
    mailbox.stop()
    mailbox.stop()
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert len(mailbox) == 1
    host, port = address.split(":")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)), timeout=5)


def test_it_starts_again() -> None:
    mailbox = Mailbox().start()
    mailbox.stop()
    with mailbox:
        send(mailbox.address)
    assert len(mailbox) == 1


def test_its_repr_is_one_constant_line() -> None:
    assert repr(Mailbox()) == "Mailbox: a mail server on loopback"
