"""The map and the timeline where learners meet them: in JupyterLab, live and as pictures after."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.notebooks import START, Notebook

STATIONS = "lines => lines.map(line => line.dataset.station.split(':')[0])"


def test_dots_travel_a_worker_goes_down_and_up_and_pictures_stay(
    notebook: Notebook, shots: Path
) -> None:
    notebook.open(
        "map",
        [
            START,
            "lab.system_map()",
            "job = lab.celery.send_task('nap', args=[0.3]); job.get(timeout=20)",
            "lab.timeline()",
            "lab.worker.kill()",
            "lab.worker.start()",
            "lab.stop()",
        ],
    )
    notebook.run(0)
    notebook.run(1)
    card = notebook.card(1)
    expect(card.locator(".lab-box[data-part='worker']")).to_be_visible()
    notebook.page.wait_for_timeout(1500)  # workers look once a second whether somebody looks
    notebook.run(2)
    expect(card.locator("li[data-station='results']")).to_have_count(1, timeout=20_000)
    stations = card.locator("li[data-task]").evaluate_all(STATIONS)
    assert stations == ["code", "queue", "unacked", "slot", "results"]
    card.screenshot(path=shots / "map_in_jupyterlab.png")
    notebook.run(3)
    timeline = notebook.output(3).get_by_role("img")
    expect(timeline).to_be_visible()
    assert "nap: success" in timeline.get_attribute("alt")
    notebook.run(4)
    expect(card.locator(".lab-down[data-part='worker']")).to_be_visible()
    notebook.run(5)
    expect(card.locator(".lab-down[data-part='worker']")).to_have_count(0)
    notebook.run(6)
    picture = notebook.output(1).get_by_role("img")
    expect(picture).to_be_visible()
    assert "1 succeeded" in picture.get_attribute("alt")
    expect(card).to_have_count(0)
