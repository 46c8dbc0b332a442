"""What a learner sees of watched tasks: the page moving, keys that cancel, a restarted kernel."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.notebooks import START, Notebook, shoot

LIVE = 20_000


def test_a_task_moves_and_ends_as_a_picture(notebook: Notebook, shots: Path) -> None:
    notebook.open("task", [START, "w = watch(task('steps', 40, 0.2).delay())", "w.wait(30);"])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("left", timeout=LIVE)  # the estimate
    shoot(notebook, 1, shots, "watch_task")
    notebook.run(2)
    percents = {int(percent) for percent, text in notebook.notes() if percent and "steps" in text}
    assert len(percents) > 10, percents
    assert any("picture 20" in text for _, text in notebook.notes())
    expect(notebook.output(1)).to_contain_text("success")
    expect(notebook.output(1).locator("img")).to_have_attribute("alt", "100%")
    expect(notebook.card(1)).to_have_count(0)


def test_a_group_counts_by_state(notebook: Notebook, shots: Path) -> None:
    tasks = "w = watch(group(task('nap', 0.3) for _ in range(11))())"
    failing = "watch(group([task('nap', 4), task('says', '<b>no ink</b>', True)])())"
    many = "held = watch([task('nap', 0.05).delay() for _ in range(300)])"
    notebook.open("group", [START, tasks, "w.wait(30);", many, "held.wait(60);", failing])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("group of 11 tasks")
    notebook.run(2)
    told = [text for _, text in notebook.notes() if "group of 11" in text]
    done = {count for count in range(12) for text in told if f"{count} of 11 done" in text}
    assert len(done) >= 6, done
    assert any("started" in text and "waiting" in text and "success" in text for text in told)
    notebook.run(3)
    expect(notebook.card(3)).to_contain_text("and 292 more", timeout=LIVE)
    assert notebook.card(3).locator(".lab-rows tbody tr").count() == 8
    notebook.page.wait_for_timeout(1500)
    shoot(notebook, 3, shots, "watch_many")
    notebook.run(4)
    notebook.run(5)
    expect(notebook.card(5)).to_contain_text("ValueError: <b>no ink</b>", timeout=LIVE)
    assert notebook.card(5).locator("b", has_text="no ink").count() == 0
    shoot(notebook, 5, shots, "watch_failure")


def test_a_chord_is_a_bar_for_its_parts_and_then_its_body(notebook: Notebook, shots: Path) -> None:
    made = (
        "w = watch(chord([task('nap', 0.5) for _ in range(12)], lab.celery.signature('total'))())"
    )
    notebook.open("chord", [START, made, "w.wait(30);"])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("6 of 12", timeout=LIVE)
    shoot(notebook, 1, shots, "watch_chord")
    notebook.run(2)
    told = [text for _, text in notebook.notes() if "chord of 13" in text]
    steps = {count for count in range(1, 12) for text in told if f"{count} of 12" in text}
    assert len(steps) >= 4, steps
    expect(notebook.output(1)).to_contain_text("12 in parallel")
    expect(notebook.output(1)).to_contain_text("body")


def test_a_retry_counts_down_to_its_next_try(notebook: Notebook, shots: Path) -> None:
    settle = "import time; first = watch(task('nap', 3).delay()); time.sleep(2.5)"
    notebook.open("retry", [START, settle, "w = watch(task('again', 6).delay())", "w.wait(30);"])
    for place in range(3):
        notebook.run(place)
    expect(notebook.card(2)).to_contain_text("will retry", timeout=LIVE)
    expect(notebook.card(2)).to_contain_text("next try in")
    expect(notebook.card(2)).to_contain_text("ConnectionError: the other side is away")
    shoot(notebook, 2, shots, "watch_retry")
    notebook.run(3)
    told = [text for _, text in notebook.notes() if "next try in" in text]
    seconds = {left for left in range(1, 7) for text in told if f"next try in {left} s" in text}
    assert len(seconds) >= 3, seconds
    expect(notebook.output(2)).to_contain_text("at last")


def test_keys_cancel_what_waits_and_end_what_runs_while_a_cell_runs(
    notebook: Notebook, shots: Path
) -> None:
    made = "w = watch([task('nap', 60).delay() for _ in range(4)])"
    notebook.open("cancel", [START, made, "w.wait(60); print(w.snapshot()['counts'])"])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("started 2", timeout=LIVE)
    notebook.run(2, wait=False)
    page = notebook.page
    cancel = notebook.card(1).get_by_role("button", name="Cancel")
    expect(cancel).to_have_attribute("aria-disabled", "false")
    described = cancel.get_attribute("aria-describedby")
    hint = page.locator(f"[id='{described}']")
    expect(hint).to_contain_text("Cancel stops the 2 that wait; the 2 that run go on.")
    cancel.focus()
    page.keyboard.press("Enter")
    expect(notebook.card(1)).to_contain_text("revoked 2", timeout=LIVE)
    expect(hint).to_contain_text("1 worker was told")
    expect(notebook.card(1)).to_contain_text("started 2")
    shoot(notebook, 1, shots, "watch_cancel")
    assert page.evaluate("window.ran") is None, "the cell still runs"
    notebook.card(1).get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Terminate"
    page.keyboard.press("Space")
    notebook.wait_run()
    expect(notebook.output(2)).to_contain_text("{'REVOKED': 4}")
    expect(notebook.output(1)).to_contain_text("revoked")


def test_a_restarted_kernel_leaves_a_grey_view_and_the_cell_runs_again(
    notebook: Notebook, shots: Path
) -> None:
    notebook.open("restart", [START, "w = watch(task('steps', 100, 0.2).delay())"])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("running", timeout=LIVE)
    notebook.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    gone = notebook.card(1).locator(".lab-gone")
    expect(gone).to_be_visible(timeout=LIVE)
    expect(gone).to_have_text("kernel restarted - run the cell again")
    for button in notebook.card(1).get_by_role("button").all():
        expect(button).to_be_disabled()
    notebook.output(1).screenshot(path=shots / "watch_restarted.png")
    assert notebook.page.locator(".jp-Dialog").count() == 0
    notebook.page.wait_for_function("window.jupyterapp.shell.currentWidget.sessionContext"
                                    ".session.kernel.status === 'idle'")  # fmt: skip
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_have_count(1)
    expect(gone).to_be_hidden()
    expect(notebook.card(1)).to_contain_text("running", timeout=LIVE)


def test_a_reloaded_page_shows_it_to_the_end(notebook: Notebook) -> None:
    notebook.open("reload", [START, "w = watch(task('steps', 60, 0.2).delay())"])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.card(1)).to_contain_text("running", timeout=LIVE)
    notebook.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    notebook.page.wait_for_timeout(500)
    notebook.page.reload()
    notebook.settle()
    expect(notebook.card(1)).to_contain_text("running", timeout=LIVE)
    expect(notebook.card(1)).to_contain_text("success", timeout=LIVE)
    expect(notebook.card(1)).to_contain_text("{'made': 60}")
    expect(notebook.card(1).get_by_role("button", name="Cancel")).to_be_hidden()


def test_hostile_words_run_no_script(notebook: Notebook) -> None:
    script = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>"
    words = f'words = """{script}""" + chr(0xd800) + chr(0) + "x" * 1_000_000'
    several = (
        "w = watch([task('says', words).delay(), task('says', words, True).delay(),"
        " task('nap', 3).delay(), task('steps', 3, 1, words[:80]).delay()])"
    )
    notebook.open("hostile", [START, words, several, "w.wait(30);"])
    for place in range(3):
        notebook.run(place)
    expect(notebook.card(2)).to_contain_text("onerror=", timeout=LIVE)
    expect(notebook.card(2)).to_contain_text("characters in all)")
    assert notebook.card(2).locator("img, script").count() == 0
    notebook.run(3)
    expect(notebook.output(2)).to_contain_text("onerror=")
    assert notebook.output(2).locator("script, img[src='x']").count() == 0
    assert notebook.page.evaluate("window.pwned") is None
