"""The map in a real browser: real tasks of a real lab, seen in each station in their order."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from celery import group

from labapp.show.front import MapFront
from labapp.show.lab import Lab
from tests.browser.stage_page import Stage
from tests.live.history_lab import MODULE
from tests.live.services import wait_until

WEB = """
import os
from celery import Celery
from flask import Flask, jsonify
from mine import celery
app = Flask(__name__)

@app.post("/send/<name>")
def send(name):
    return jsonify(task_id=celery.send_task(name).id)

@app.get("/")
def home():
    return "hello"
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    (folder / "mine.py").write_text(MODULE)
    (folder / "site_of_mine.py").write_text(WEB)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABAPP_RUN", str(folder / "run"))
        patch.chdir(folder)
        with Lab(worker="mine:celery", web="site_of_mine:app", celery_env=False) as lab:
            wait_until(lambda: lab.recording.link.events == "heard")
            yield lab


@pytest.fixture
def stage(lab, page):
    page.set_viewport_size({"width": 920, "height": 900})
    shown = lab.system_map()
    stage = Stage(page, MapFront, shown._clicked)
    shown._begin(stage.front)
    stage.map = shown
    stage.begin()
    stage.pump(1.3)  # workers look once a second whether somebody looks
    yield stage
    shown.finish()


def steps(stage, task_id):
    """What the list in the page says of one task: its stations in the order drawn."""
    return stage.page.eval_on_selector_all(
        f"li[data-task='{task_id}']", "lines => lines.map(line => line.dataset.station)"
    )


def words(stage, task_id):
    return stage.page.eval_on_selector_all(
        f"li[data-task='{task_id}']", "lines => lines.map(line => line.dataset.word)"
    )


def watch_dots(stage):
    """From now on note each station that a dot of the picture itself has been at."""
    stage.page.evaluate("""() => {
      window.stations = {};
      const note = () => document.querySelectorAll('.lab-dot[data-station]').forEach(dot => {
        const seen = (window.stations[dot.dataset.task] ??= []);
        if (seen.at(-1) !== dot.dataset.station) seen.push(dot.dataset.station);
      });
      new MutationObserver(note).observe(document.querySelector('.lab-map-svg'),
        {subtree: true, childList: true, attributes: true, attributeFilter: ['data-station']});
    }""")


def dot_stations(stage, task_id):
    return stage.page.evaluate("key => window.stations[key] ?? []", task_id)


def ends_at(stage, task_id, station="results"):
    return lambda: steps(stage, task_id)[-1:] == [station]


def retries(stage, task_id):
    return lambda: "will retry" in words(stage, task_id)


def without_repeats(stations):
    return [one for number, one in enumerate(stations) if stations[number - 1 : number] != [one]]


def test_a_task_of_the_web_app_is_seen_in_each_station_in_order(lab, stage):
    watch_dots(stage)
    task_id = lab.post("/send/nap").json()["task_id"]
    stage.pump(until=ends_at(stage, task_id))
    stations = steps(stage, task_id)
    assert [re.sub(r"\d", "N", one) for one in stations] == [
        "web",
        "queue:celery",
        "unacked",
        "slot:worker:N",
        "results",
    ]
    assert dot_stations(stage, task_id) == stations
    assert words(stage, task_id)[-1] == "success"


def test_a_retried_task_goes_back_to_the_queue(lab, stage):
    watch_dots(stage)
    result = lab.celery.send_task("again", kwargs={"times": 1})
    stage.pump(until=ends_at(stage, result.id))
    kinds = [one.split(":")[0] for one in steps(stage, result.id)]
    once = ["queue", "unacked", "slot"]
    assert kinds == ["code", *once, "slot", *once, "results"]
    assert "will retry" in words(stage, result.id)
    assert dot_stations(stage, result.id) == without_repeats(steps(stage, result.id))


def test_a_group_splits_into_its_tasks(lab, stage):
    watch_dots(stage)
    nap = lab.celery.signature("nap", app=lab.celery)
    result = group(nap.clone() for _ in range(3)).apply_async()
    for part in result.results:
        stage.pump(until=ends_at(stage, part.id))
        assert dot_stations(stage, part.id)[0] == "code"
    splits = stage.page.locator(f"li[data-split='{result.id}']")
    assert splits.count() == 1


def test_names_are_short_and_none_lies_on_that_of_a_dot_beside_it(lab, stage):
    there = "queue:celery"
    with lab.fault("worker killed"):
        results = [lab.celery.send_task("celery.accumulate", args=[1]) for _ in range(2)]
        for result in results:
            stage.pump(until=lambda result=result: steps(stage, result.id)[-1:] == [there])
        stage.pump(0.6)
        names = stage.page.locator(f".lab-dot[data-station='{there}'] .lab-dot-name")
        assert names.all_text_contents() == ["accumulate", "accumulate"]
        assert [names.nth(number).is_visible() for number in range(2)] == [False, False]
    for result in results:
        stage.pump(until=ends_at(stage, result.id))


def test_a_failed_task_ends_with_another_sign_and_shape(lab, stage):
    result = lab.celery.send_task("boom")
    seen = stage.page.locator(f".lab-dot.lab-kind-failure[data-task='{result.id}']")
    stage.pump(until=lambda: seen.count() == 1)
    assert "✕" in seen.locator(".lab-dot-sign").text_content()
    shape = seen.locator(".lab-dot-shape").get_attribute("d")
    assert "A" not in shape, "a failure is no circle"
    stage.pump(until=ends_at(stage, result.id))
    assert words(stage, result.id)[-1] == "failure"


def test_a_killed_worker_looks_down_and_its_switch_brings_it_back_by_keys_alone(lab, stage):
    page = stage.page
    box = page.locator(".lab-box[data-part='worker']")
    page.keyboard.press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.dataset.part") == "worker":
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.part") == "worker"
    page.keyboard.press("Enter")
    kill = page.get_by_role("button", name="Kill worker")
    stage.pump(until=lambda: kill.count() == 1)
    stage.pump(0.3)
    assert page.locator(".lab-log").text_content().strip()
    while page.evaluate("document.activeElement.getAttribute('aria-label')") != "Kill worker":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    stage.pump(until=lambda: "killed" in (box.get_attribute("aria-label") or ""))
    assert "lab-down" in box.get_attribute("class")
    assert page.locator(".lab-down .lab-cross").is_visible()

    start = page.get_by_role("button", name="Start worker")
    stage.pump(until=lambda: start.count() == 1)
    while page.evaluate("document.activeElement.getAttribute('aria-label')") != "Start worker":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    stage.pump(until=lambda: "ready" in (box.get_attribute("aria-label") or ""))
    assert "lab-down" not in box.get_attribute("class")
    page.keyboard.press("Escape")
    stage.pump(until=lambda: not page.locator(".lab-detail-pane").is_visible())
    assert page.evaluate("document.activeElement.dataset.part") == "worker"


@pytest.mark.parametrize(
    ("part", "fault", "word"),
    [("redis", "redis frozen", "frozen"), ("worker", "worker paused", "paused")],
)
def test_a_fault_is_set_and_mended_at_its_part_by_keys_alone(lab, stage, part, fault, word):
    page = stage.page
    box = page.locator(f".lab-box[data-part='{part}']").first
    box.focus()
    page.keyboard.press("Enter")
    for label, state in ((f"Break: {fault}", word), (f"Repair: {fault}", "ready")):
        button = page.get_by_role("button", name=f"{label} {part}")
        stage.pump(until=lambda button=button: button.count() == 1)
        assert button.get_attribute("title")
        button.focus()
        page.keyboard.press("Enter")
        stage.pump(until=lambda state=state: state in (box.get_attribute("aria-label") or ""))
        assert "?" not in box.text_content()
    assert lab.faults.on == []
    assert lab.health().ok


def test_it_says_how_far_it_runs_behind_and_pauses(lab, stage):
    page = stage.page
    page.get_by_role("button", name="Pause").click()
    result = lab.celery.send_task("nap")
    stage.pump(1.5)
    said = page.locator(".lab-behind").text_content()
    assert re.fullmatch(r"the picture runs \d\.\d s behind", said), said
    assert steps(stage, result.id) == []
    assert "waiting" in page.locator(".lab-summary").text_content()
    page.get_by_role("button", name="Pause").click()
    stage.pump(until=ends_at(stage, result.id))
    stage.pump(0.5)
    assert page.locator(".lab-behind").text_content() == "the picture is up to date"


def test_each_station_is_held_a_quarter_of_a_second_and_four_in_slow_motion(lab, stage):
    stage.page.evaluate("""() => {
      window.times = [];
      new MutationObserver(found => found.forEach(() => window.times.push(performance.now())))
        .observe(document.querySelector('.lab-drawn ol'), {childList: true});
    }""")
    result = lab.celery.send_task("nap", kwargs={"seconds": 0.0})
    stage.pump(until=ends_at(stage, result.id))
    times = stage.page.evaluate("window.times")
    assert min(b - a for a, b in pairwise(times)) >= 245
    stage.page.get_by_role("button", name="Slow motion").click()
    stage.page.evaluate("window.times.length = 0")
    result = lab.celery.send_task("nap", kwargs={"seconds": 0.0})
    stage.pump(until=ends_at(stage, result.id))
    times = stage.page.evaluate("window.times")
    assert min(b - a for a, b in pairwise(times)) >= 980


def test_depths_are_read_only_while_it_is_on_screen_and_four_times_a_second_at_most(lab, stage):
    before = stage.map.depths.reads
    stage.pump(2.0)
    assert 4 <= stage.map.depths.reads - before <= 8
    stage.page.evaluate("document.body.style.paddingTop = '5000px'")
    stage.pump(1.0)
    before = stage.map.depths.reads
    stage.pump(2.0)
    assert stage.map.depths.reads == before


def test_hostile_names_are_text(lab, stage):
    name = "<img src=x onerror=window.hacked=1>"
    lab.recording.history.take(
        [{"type": "task-sent", "uuid": "hostile", "name": name, "queue": name, "pid": 1}]
    )
    stage.pump(until=lambda: len(steps(stage, "hostile")) > 0)
    stage.pump(0.3)
    assert stage.page.evaluate("window.hacked") is None
    assert stage.page.locator("main img").count() == 0
    assert name in stage.page.locator(".lab-drawn").text_content()
    lab.recording.history.take([{"type": "task-succeeded", "uuid": "hostile", "hostname": "x"}])


def test_with_reduced_motion_dots_jump_and_nothing_moves(lab, page, stage):
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("""() => {
      window.positions = new Set();
      new MutationObserver(() => document.querySelectorAll('.lab-dot').forEach(dot =>
          window.positions.add(dot.getAttribute('transform'))))
        .observe(document.querySelector('.lab-map-svg'), {subtree: true, attributes: true});
    }""")
    result = lab.celery.send_task("nap")
    stage.pump(until=ends_at(stage, result.id))
    places = len(set(steps(stage, result.id)))
    assert len(page.evaluate("[...window.positions].filter(Boolean)")) <= places
    page.emulate_media(reduced_motion="no-preference")


def test_axe_finds_nothing_in_either_theme_also_with_a_part_opened(lab, page, stage):
    for dark in (False, True):
        lab._map.finish()
        shown = lab.system_map()
        moment = Stage(page, MapFront, shown._clicked)
        shown._begin(moment.front)
        moment.begin(dark=dark)
        page.locator(".lab-box[data-part='worker']").click()
        page.locator(".lab-drawn summary").click()
        result = lab.celery.send_task("nap")
        moment.pump(until=ends_at(moment, result.id))
        found = Axe().run(page, context=".lab-card")
        assert found.violations_count == 0, found.generate_report()
        assert len(found.response["passes"]) > 5
        shown.finish()


def shot(page, checkout: Path, name: str) -> None:
    folder = checkout / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.locator(".lab-card").screenshot(path=folder / f"map_{name}.png")


def test_five_moments_in_both_themes_are_kept_to_be_looked_at(lab, page, stage, checkout):
    for dark in (False, True):
        theme = "dark" if dark else "light"
        stage.page.set_content("")
        lab._map.finish()
        shown = lab.system_map()
        moment = Stage(page, MapFront, shown._clicked)
        shown._begin(moment.front)
        moment.begin(dark=dark)
        moment.pump(0.5)
        shot(page, checkout, f"1_quiet_{theme}")
        nap = lab.celery.signature("nap", args=[1.2], app=lab.celery)
        parts = group(nap.clone() for _ in range(6)).apply_async().results
        moment.pump(1.4)
        shot(page, checkout, f"2_group_at_work_{theme}")
        again = lab.celery.send_task("again", kwargs={"times": 2, "countdown": 0.5})
        boom = lab.celery.send_task("boom")
        moment.pump(until=retries(moment, again.id))
        page.get_by_role("button", name="Pause").click()
        shot(page, checkout, f"3_retry_{theme}")
        page.get_by_role("button", name="Pause").click()
        for result in (again, boom, parts[-1]):
            moment.pump(until=ends_at(moment, result.id))
        lab.worker.kill()
        waits = [lab.celery.send_task("nap") for _ in range(5)]
        page.locator(".lab-box[data-part='worker']").click()
        moment.pump(1.6)
        shot(page, checkout, f"4_worker_killed_{theme}")
        lab.worker.start()
        for result in waits:
            moment.pump(until=ends_at(moment, result.id))
        page.get_by_role("button", name="Close").click()
        lab.redis.kill()
        moment.pump(1.0)
        shot(page, checkout, f"5_redis_killed_{theme}")
        lab.redis.start()
        wait_until(lambda: lab.recording.link.state == "live")
        moment.pump(3.0)
        shown.finish()
