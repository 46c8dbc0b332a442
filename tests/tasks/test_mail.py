"""Mails go to the server that is named, and nowhere else."""

import pytest
from app_services import start_worker

from labapp.lab.mailbox import Mailbox
from labapp.tasks.app import create_app
from labapp.tasks.mail import NoMailServerError, send_mails

SHORT = 20


@pytest.fixture
def mailbox():
    with Mailbox() as mailbox:
        yield mailbox


def app_for(address):
    return create_app({"SMTP_SERVER": address})


def test_each_customer_gets_one_mail(mailbox):
    with app_for(mailbox.address).app_context():
        assert send_mails.run(count=30, subject="Grüße") == {"mails": 30}
    assert [mail["To"] for mail in mailbox.mails] == [
        f"customer{number}@example.com" for number in range(1, 31)
    ]
    assert {mail["Subject"] for mail in mailbox.mails} == {"Grüße"}
    assert "Dear customer 30," in mailbox.mails[-1].get_content()


def test_a_worker_sends_to_the_server_of_its_environment(mailbox, own_server, tmp_path):
    worker = start_worker(own_server, tmp_path / "log", SMTP_SERVER=mailbox.address)
    url = own_server.url
    celery = create_app({"CELERY": {"broker_url": url, "result_backend": url}}).extensions["celery"]
    try:
        pushed = []
        job = celery.send_task("labapp.tasks.mail.send_mails", kwargs={"count": 3})
        assert job.get(timeout=SHORT, on_message=pushed.append) == {"mails": 3}
    finally:
        worker.end()
    assert len(mailbox) == 3
    assert [m["result"]["percent"] for m in pushed if m["status"] == "PROGRESS"][-1] == 100


@pytest.mark.parametrize("address", ["", "localhost", ":25", "localhost:smtp"])
def test_without_a_server_no_mail_is_sent_and_a_sentence_says_so(address):
    with (
        app_for(address).app_context(),
        pytest.raises(NoMailServerError, match="SMTP_SERVER=host:port"),
    ):
        send_mails.run()


def test_a_subject_cannot_bring_a_header_of_its_own(mailbox):
    with app_for(mailbox.address).app_context(), pytest.raises(ValueError, match="linefeed"):
        send_mails.run(subject="News\nBcc: all@example.org")
    assert len(mailbox) == 0


def test_a_server_that_is_gone_is_an_error(mailbox):
    address = mailbox.address
    mailbox.stop()
    with app_for(address).app_context(), pytest.raises(ConnectionRefusedError):
        send_mails.run()
