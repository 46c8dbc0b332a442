"""What may differ between two true runs is replaced, and nothing else."""

import pytest

from labapp.author.sanitise import altered, first_checked, rules, sanitise, texts

UUID = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (f"task {UUID} is done", "task UUID is done"),
        ("<Stack at 0x7f5aac472d40>", "<Stack at ADDRESS>"),
        ("http://127.0.0.1:15873/tasks", "http://127.0.0.1:PORT/tasks"),
        ("answered after 0.071 seconds", "answered after SECONDS seconds"),
        ("succeeded in 0.3421s: 4", "succeeded in SECONDSs: 4"),
        ("[2026-11-22 23:31:46,518: INFO]", "[TIME: INFO]"),
    ],
)
def test_what_differs_is_replaced(text: str, becomes: str) -> None:
    assert sanitise(text) == becomes


@pytest.mark.parametrize("text", ["3 of 24", "202 ACCEPTED", "0xff", "PENDING", "redis:6379"])
def test_what_a_claim_is_about_is_left_alone(text: str) -> None:
    assert sanitise(text) == text


@pytest.mark.parametrize("text", [f"job {UUID}", f"{UUID} job", "42\n", "x"])
def test_an_altered_reference_differs_once_sanitised(text: str) -> None:
    wrong = altered(text)
    assert wrong is not None
    assert sanitise(wrong) != sanitise(text)
    assert sum(a != b for a, b in zip(wrong, text, strict=True)) == 1


@pytest.mark.parametrize("text", ["", " \n", UUID, f"{UUID}\n{UUID}\n"])
def test_a_text_that_is_replaced_whole_has_nothing_to_alter(text: str) -> None:
    assert first_checked(text) is None
    assert altered(text) is None


def test_text_is_taken_from_streams_results_and_errors() -> None:
    outputs = [
        {"output_type": "stream", "text": ["a", "b"]},
        {"output_type": "display_data", "data": {"text/plain": "c", "text/html": "<p>"}},
        {"output_type": "error", "ename": "ValueError", "evalue": "no"},
        {"output_type": "display_data", "data": {"text/html": "<p>"}},
    ]
    assert list(texts(outputs)) == ["ab", "c", "ValueError: no"]


def test_the_rules_stay_few() -> None:
    assert 1 <= len(rules()) <= 8
