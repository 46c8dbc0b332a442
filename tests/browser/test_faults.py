"""Breaking and mending from the panel, with the keyboard alone."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.notebooks import Notebook, shoot
from tests.browser.test_panel import state_of

LIVE = 20_000
START = "from labapp import Lab\nlab = Lab().start()"
BLOCK = """import time
with lab.fault("worker paused"):
    while lab.faults.on: time.sleep(0.05)
print("mended by hand")"""


def focused(notebook: Notebook) -> Any:
    return notebook.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_keys_alone_break_redis_and_mend_it(notebook: Notebook, shots: Path) -> None:
    notebook.open("faults", [START, BLOCK])
    notebook.run(0)
    page, card = notebook.page, notebook.card(0)
    expect(card).to_contain_text("all 3 parts ready", timeout=60_000)
    opener = card.get_by_role("button", name="Break redis")
    expect(opener).to_have_attribute("aria-expanded", "false")

    card.get_by_role("button", name="Kill redis").focus()
    page.keyboard.press("Tab")
    assert focused(notebook) == "Break redis"
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    menu = card.get_by_role("list", name="Faults of redis")
    expect(menu.get_by_role("listitem")).to_have_count(5)
    expect(menu).to_contain_text("connections are taken and nothing is answered")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(notebook) == "Set redis frozen"

    page.keyboard.press("Enter")
    expect(state_of(page, "redis")).to_contain_text("frozen", timeout=LIVE)
    expect(card).to_contain_text("Labredis frozen")
    assert focused(notebook) == "Repair redis frozen", "the focus stays on the switch"
    down = menu.get_by_role("button", name="Set redis down")
    expect(down).to_have_attribute("aria-disabled", "true")
    shoot(notebook, 0, shots, "panel_frozen")

    page.keyboard.press("Space")
    expect(card).to_contain_text("all 3 parts ready", timeout=LIVE)
    assert focused(notebook) == "Set redis frozen"
    page.keyboard.press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert focused(notebook) == "Break redis"


def test_a_click_mends_what_a_running_cell_broke(notebook: Notebook, shots: Path) -> None:
    notebook.open("mend", [START, BLOCK])
    notebook.run(0)
    expect(notebook.card(0)).to_contain_text("all 3 parts ready", timeout=60_000)
    notebook.run(1, wait=False)
    expect(state_of(notebook.page, "worker")).to_contain_text("paused", timeout=LIVE)
    notebook.card(0).get_by_role("button", name="Break worker").click()
    shoot(notebook, 0, shots, "panel_paused")
    notebook.card(0).get_by_role("button", name="Repair worker paused").click()
    notebook.wait_run()
    expect(notebook.output(1)).to_contain_text("mended by hand")
    expect(notebook.card(0)).to_contain_text("all 3 parts ready", timeout=LIVE)


def test_axe_finds_nothing_in_an_open_menu(notebook: Notebook) -> None:
    notebook.open("axe", [START])
    notebook.run(0)
    card = notebook.card(0)
    expect(card).to_contain_text("all 3 parts ready", timeout=60_000)
    card.get_by_role("button", name="Break redis").click()
    card.get_by_role("button", name="Set queue flooded").click()
    expect(card).to_contain_text("fault on: queue flooded", timeout=LIVE)
    found = Axe().run(notebook.page, context=".lab-card")
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 5
