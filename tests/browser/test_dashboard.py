"""The dashboard in a real browser: live by one stream, on any screen, by keyboard."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from labapp.lab import Stack
from labapp.web.hub import MOST_STREAMS

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"

# Notes every text that the first row and the line for screen readers ever show.
WATCH = """() => {
  window.seen = { percent: new Set(), word: new Set(), news: [] };
  const note = () => {
    const row = document.querySelector('#jobs li');
    if (row) {
      window.seen.percent.add(row.querySelector('.percent').textContent);
      window.seen.word.add(row.querySelector('.word').textContent);
    }
  };
  new MutationObserver(note).observe(document.getElementById('jobs'),
    { subtree: true, childList: true, characterData: true, attributes: true });
  new MutationObserver(() => window.seen.news.push(performance.now()))
    .observe(document.getElementById('news'), { childList: true, characterData: true });
}"""
SEEN = "() => ({ percent: [...seen.percent], word: [...seen.word], news: seen.news })"


@pytest.fixture(scope="module")
def lab() -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPY_SESSION_NAME", "as in a notebook of JupyterLab")
        lab = Stack(flower=True, concurrency=4).start()
    yield lab
    lab.stop()


@pytest.fixture
def dashboard(lab: Stack, page: Page) -> Page:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(f"a dialog: {dialog.message}"))
    open_dashboard(page, lab.url)
    yield page
    assert problems == []


def open_dashboard(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#link .word")).to_have_text("live", timeout=20_000)


def job(page: Page, task_id: str) -> Any:
    return page.locator(f'#jobs li[data-task="{task_id}"]')


def send(lab: Stack, name: str = "long_running_task", **arguments: Any) -> str:
    answer = lab.post(f"/tasks/{name}", json=arguments)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def assert_accessible(page: Page) -> None:
    results = Axe().run(page, options={"resultTypes": ["violations", "passes"]})
    assert results.violations_count == 0, results.generate_report()
    assert len(results.response["passes"]) > 15, "axe has looked at something"


def test_the_page_changes_while_a_task_runs_without_a_reload(dashboard: Page, lab: Stack) -> None:
    asked: list[str] = []
    dashboard.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    dashboard.evaluate(WATCH)
    dashboard.get_by_label("seconds").fill("2")
    dashboard.get_by_role("button", name="Start long_running_task").click()
    first = dashboard.locator("#jobs li").first
    expect(first.locator(".word")).to_have_text("running", timeout=10_000)
    expect(first.locator(".word")).to_have_text("success", timeout=20_000)
    expect(first.locator(".code")).to_have_text("SUCCESS")
    seen = dashboard.evaluate(SEEN)
    assert len(seen["percent"]) > 8, seen
    assert {"running", "success"} <= set(seen["word"])
    assert asked == [f"POST {lab.url}/tasks/long_running_task"], "nothing is asked for again"


def test_a_task_that_somebody_else_sends_appears_and_its_end_is_drawn(
    dashboard: Page, lab: Stack
) -> None:
    for number in range(5):
        task_id = send(lab, "thumbnails", count=1 + number)
        expect(job(dashboard, task_id).locator(".word")).to_have_text("success", timeout=20_000)


def test_a_page_that_joins_late_sees_the_whole_state(
    dashboard: Page, lab: Stack, chromium: Browser
) -> None:
    task_id = send(lab, seconds=4)
    expect(job(dashboard, task_id).locator(".word")).to_have_text("running", timeout=10_000)
    late = chromium.new_page()
    open_dashboard(late, lab.url)
    expect(job(late, task_id).locator(".word")).to_have_text("running")
    expect(job(late, task_id).locator(".word")).to_have_text("success", timeout=20_000)
    assert late.locator("#jobs li").count() == dashboard.locator("#jobs li").count()
    late.close()


def test_what_is_wrong_with_an_argument_is_said_at_its_field(dashboard: Page) -> None:
    form = dashboard.locator("form[data-task=word_count]")
    form.get_by_label("path").evaluate(
        "field => { field.dataset.type = 'json'; field.value = '1'; }"
    )
    form.get_by_role("button").click()
    field = form.get_by_label("path")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(form.locator("#word_count-path-wrong")).to_contain_text("valid string")
    expect(dashboard.locator("#answer")).to_contain_text("do not fit")


def test_a_running_task_is_cancelled_by_keyboard_after_saying_what_that_does(
    dashboard: Page, lab: Stack
) -> None:
    task_id = send(lab, seconds=60)
    row = job(dashboard, task_id)
    expect(row.locator(".word")).to_have_text("running", timeout=10_000)
    row.locator(".cancel").focus()
    dashboard.keyboard.press("Enter")
    dialog = dashboard.get_by_role("dialog", name="Cancel long_running_task?")
    expect(dialog).to_contain_text("The process that runs it is ended")
    expect(dialog).to_contain_text("prefork")
    expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    dashboard.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(row.locator(".cancel")).to_be_focused()
    dashboard.keyboard.press("Enter")
    dashboard.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="End its process")).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(row.locator(".word")).to_have_text("revoked", timeout=20_000)
    expect(row.locator(".cancel")).to_be_hidden()
    expect(row.get_by_role("link")).to_be_focused()
    expect(dashboard.locator("#answer")).to_contain_text("end the process that runs it")


def test_a_waiting_task_is_cancelled_so_that_no_worker_runs_it(dashboard: Page, lab: Stack) -> None:
    running = [send(lab, seconds=4) for _ in range(4)]
    waiting = send(lab, seconds=4)
    row = job(dashboard, waiting)
    expect(row.locator(".word")).to_have_text("waiting")
    row.get_by_role("button", name="Cancel").click()
    expect(dashboard.get_by_role("dialog")).to_contain_text("passes it over")
    dashboard.get_by_role("button", name="Cancel it").click()
    expect(row.locator(".word")).to_have_text("revoked")
    for task_id in running:
        expect(job(dashboard, task_id).locator(".word")).to_have_text("success", timeout=20_000)
    expect(row.locator(".word")).to_have_text("revoked")


def test_a_screen_reader_is_told_little_and_rarely(dashboard: Page, lab: Stack) -> None:
    dashboard.evaluate(WATCH)
    for _ in range(3):
        for task_id in [send(lab, seconds=1) for _ in range(4)]:
            expect(job(dashboard, task_id).locator(".word")).to_have_text("success", timeout=20_000)
    times = dashboard.evaluate(SEEN)["news"]
    assert times, "the end of a task is told"
    assert all(later - sooner > 4900 for sooner, later in pairwise(times))
    expect(dashboard.locator("#news")).to_contain_text("long_running_task: success.")
    bar = dashboard.get_by_role("progressbar", include_hidden=True).first
    assert bar.get_attribute("aria-label").startswith("Progress of long_running_task, sent ")


def test_hostile_text_is_text(dashboard: Page, lab: Stack) -> None:
    from labapp.web import create_app

    address = {name: str(lab.redis.url) for name in ("broker_url", "result_backend")}
    celery = create_app({"CELERY": address}).extensions["celery"]
    sent = celery.send_task(MARKUP, [MARKUP, "\ud800"], task_id="<b>&'\"", queue="nowhere")
    row = dashboard.locator("#jobs li").first
    expect(row.locator(".name")).to_have_text(MARKUP)
    for state, meta in (
        (MARKUP, {"current": 1, "total": 2, "message": MARKUP}),
        ("PROGRESS", {"current": 1, "total": 2, "message": f"half \ud800 {'x' * 5_000_000}"}),
        ("FAILURE", ValueError(MARKUP)),
    ):
        celery.backend.store_result(sent.id, meta, state)
        expect(row.locator(".code")).to_have_text(state)
        assert dashboard.locator("#jobs img, #jobs script").count() == 0
    expect(row.locator(".told")).to_contain_text(MARKUP)
    row.get_by_role("link").click()
    expect(dashboard.locator("#status")).to_contain_text(MARKUP)


def test_the_page_says_when_the_connection_breaks_and_mends_it(dashboard: Page, lab: Stack) -> None:
    lab.web.kill()
    expect(dashboard.locator("#link")).to_contain_text("trying again", timeout=15_000)
    lab.web.start()
    expect(dashboard.locator("#link .word")).to_have_text("live", timeout=30_000)
    task_id = send(lab, "thumbnails", count=1)
    expect(job(dashboard, task_id).locator(".word")).to_have_text("success", timeout=20_000)


def test_the_page_says_when_redis_is_away_and_what_became_of_its_tasks(
    dashboard: Page, lab: Stack, screenshot: Callable[[str], Path]
) -> None:
    task_id = send(lab, "thumbnails", count=1)
    expect(job(dashboard, task_id).locator(".word")).to_have_text("success", timeout=20_000)
    lab.redis.kill()
    expect(dashboard.locator("#link")).to_contain_text("Redis cannot be asked", timeout=15_000)
    expect(dashboard.locator("tr[data-part=redis] .word")).to_have_text("unavailable")
    dashboard.screenshot(path=screenshot("dashboard_redis_away"), full_page=True)
    assert_accessible(dashboard)
    lab.redis.start()
    expect(dashboard.locator("#link .word")).to_have_text("live", timeout=15_000)
    expect(job(dashboard, task_id).locator(".word")).to_have_text("unknown")
    expect(job(dashboard, task_id)).to_contain_text("came back empty")
    expect(dashboard.locator("tr[data-part=worker] .word")).to_have_text("ready", timeout=15_000)


def test_out_of_sight_the_page_holds_no_stream(dashboard: Page, lab: Stack) -> None:
    hide = """state => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    for _ in range(MOST_STREAMS + 3):
        with dashboard.expect_request(lambda request: request.method == "DELETE"):
            dashboard.evaluate(hide, "hidden")
        expect(dashboard.locator("#link")).to_contain_text("paused")
        dashboard.evaluate(hide, "visible")
        expect(dashboard.locator("#link .word")).to_have_text("live")


def test_one_tasks_page_is_live_too(lab: Stack, page: Page) -> None:
    task_id = send(lab, seconds=2, task_id="mine")
    page.goto(f"{lab.url}/task_status/{task_id}")
    expect(page.locator("#state .word")).to_have_text("running", timeout=10_000)
    assert_accessible(page)
    expect(page.locator("#state .word")).to_have_text("success", timeout=20_000)
    expect(page.locator("#result")).to_have_text("Task mine completed successfully")
    expect(page.get_by_role("status")).to_contain_text("has ended: success")
    assert_accessible(page)


def test_without_javascript_it_shows_the_moment(lab: Stack, chromium: Browser) -> None:
    task_id = send(lab, seconds=0)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(lab.url)
    assert "needs JavaScript" in page.content()
    expect(job(page, task_id)).to_contain_text("long_running_task")
    assert page.get_by_role("button", name="Cancel").count() == 0
    expect(page.locator("#link")).to_be_hidden()
    context.close()


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("dashboard_light", "light", 1280),
        ("dashboard_dark", "dark", 1280),
        ("dashboard_phone", "light", 360),
        ("dashboard_phone_dark", "dark", 320),
    ],
)
def test_it_is_fit_for_everybody_on_any_screen(
    lab: Stack, page: Page, screenshot: Callable[[str], Path], name: str, scheme: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme)
    failed = lab.celery.send_task("labapp.tasks.word_count.word_count", kwargs={"path": "nowhere"})
    send(lab, "word_count", path="../outside")
    send(lab, "thumbnails", count=2)
    running = send(lab, seconds=6, task_id="a name without any gap " + "x" * 120)
    open_dashboard(page, lab.url)
    expect(job(page, running).locator(".percent")).to_have_text(
        re.compile(r"[1-9]\d %"), timeout=20_000
    )
    assert failed.id
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_accessible(page)
    page.screenshot(path=screenshot(name), full_page=True)
    job(page, running).locator(".cancel").click()
    assert_accessible(page)
    page.screenshot(path=screenshot(f"{name}_dialog"))
    page.keyboard.press("Escape")


def test_through_jupyterlabs_proxy_page_and_flower_work(
    lab: Stack, page: Page, open_desk: Callable[..., Any], screenshot: Callable[[str], Path]
) -> None:
    desk = open_desk()
    address, _, token = desk.address().partition("?")
    proxy = address.partition("/lab")[0] + f"/proxy/{lab.web.port}/"
    refused: list[str] = []
    page.on(
        "response", lambda told: told.status >= 400 and refused.append(f"{told.status} {told.url}")
    )
    page.goto(f"{proxy}?{token}")
    expect(page.locator("#link .word")).to_have_text("live", timeout=30_000)
    task_id = send(lab, seconds=2)
    expect(job(page, task_id).locator(".word")).to_have_text("running", timeout=10_000)
    expect(job(page, task_id).locator(".word")).to_have_text("success", timeout=20_000)
    # That proxy does not tell when a page goes; more pages than there may be streams must do.
    for _ in range(MOST_STREAMS + 3):
        page.reload()
        expect(page.locator("#link .word")).to_have_text("live", timeout=20_000)
    page.get_by_role("link", name="Flower").click()
    expect(page.get_by_role("link", name="worker@lab")).to_be_visible(timeout=20_000)
    origin = address.partition("/lab")[0]
    assert page.url.startswith(f"{origin}/proxy/absolute/{lab.flower.port}/")
    page.screenshot(path=screenshot("flower_through_proxy"))
    page.get_by_role("link", name="Tasks").first.click()
    expect(page).to_have_url(re.compile(r"/tasks$"))
    assert refused == []
    page.goto(lab.flower.address)
    expect(page.get_by_role("link", name="worker@lab")).to_be_visible(timeout=20_000)
    desk.press_ctrl_c()
    desk.assert_ended()
