"""The timeline in a real browser: bars while tasks go on, details by keys, and the last picture."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from celery import chord

from labapp.show.front import TimelineFront
from labapp.show.lab import Lab
from labapp.show.timeline_picture import picture
from tests.browser.stage_page import Stage
from tests.live.history_lab import MODULE
from tests.live.services import wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("timeline")
    (folder / "mine.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(folder / "run"))
        patch.chdir(folder)
        with Lab(worker="mine:celery", web=None, celery_env=False) as lab:
            wait_until(lambda: lab.recording.link.events == "heard")
            lab.celery.send_task("nap").get(timeout=10)
            wait_until(lambda: lab.recording.history.outcomes["succeeded"] == 1)
            yield lab


def send_workflow(lab):
    nap = lab.celery.signature("nap", app=lab.celery)
    again = lab.celery.send_task("again", kwargs={"times": 2, "countdown": 0.4})
    header = [nap.clone(args=[0.3 + 0.2 * number]) for number in range(3)]
    total = lab.celery.signature("total", app=lab.celery)
    body = chord(header, total, app=lab.celery).apply_async()
    boom = lab.celery.send_task("boom")
    return again, body, boom


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_workflow_with_a_retry_is_drawn_while_it_runs(lab, page, checkout, dark):
    page.set_viewport_size({"width": 920, "height": 700})
    sent = send_workflow(lab)
    shown = lab.timeline(*sent)
    stage = Stage(page, TimelineFront, lambda content: None)
    shown._front = stage.front
    shown._tick.touch()
    stage.begin(dark=dark)
    running = page.locator(".lab-bar-node.lab-kind-running")
    stage.pump(until=lambda: running.count() >= 1)
    assert page.locator(".lab-bar-node.lab-waiting").count() >= 1
    last = page.locator(".lab-bar-node.lab-running.lab-kind-success")
    stage.pump(until=lambda: last.count() >= 4)
    for key in ("Tab", "ArrowRight", "End"):
        page.keyboard.press(key)
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == page.locator(".lab-time-detail").text_content() != ""
    found = Axe().run(page, context=".lab-card")
    assert found.violations_count == 0, found.generate_report()
    folder = checkout / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.locator(".lab-card").screenshot(
        path=folder / f"timeline_{'dark' if dark else 'light'}.png"
    )
    shown.wait(20)


def test_the_last_picture_says_the_same_in_words_and_in_a_table(lab, page, checkout):
    sent = send_workflow(lab)
    shown = lab.timeline(*sent).wait(20)
    tasks, drawn = shown._now()
    page.set_viewport_size({"width": 920, "height": 700})
    page.set_content(f"<html lang='en'><title>x</title><main>{picture(tasks, drawn, [])}</main>")
    image = page.get_by_role("img")
    assert "again: success, 3 tries" in image.get_attribute("alt")
    page.locator("summary").click()
    assert page.locator("tbody tr").count() == 6
    found = Axe().run(page, context="main")
    assert found.violations_count == 0, found.generate_report()
    page.screenshot(path=Path(checkout) / "build" / "screenshots" / "timeline_picture.png")
