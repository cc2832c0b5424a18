"""Compare: two lanes at the same time, a vote, repeats, and a list of prompts."""

import re

import pytest
from playwright.sync_api import expect

from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from router.table.route_file import load_routes
from tests.browser import console

pytestmark = pytest.mark.timeout(180)
TABLE = load_routes(SHIPPED_ROUTES)


def lane(page, side):
    return console.key(page, f"lane_{side}")


def compare(page, stage, prompt="Train or rest?"):
    console.opened(page, f"{stage.url}/compare")
    console.write(page, prompt)
    console.press(page, "run_both")
    page.wait_for_url("**left=**")


def both_answered(page):
    for side in ("left", "right"):
        expect(lane(page, side)).to_contain_text("Simulated reply", timeout=30_000)
    expect(page.locator(".facts").filter(has_text="tok/s")).to_have_count(2, timeout=30_000)
    console.ready(page)


def test_both_lanes_stream_at_the_same_time_and_neither_waits_for_the_other(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("stall", seconds=5, fraction=0.3))
    compare(page, stage)
    expect(lane(page, "left")).to_contain_text("Simulated reply")
    expect(page.locator(".facts").filter(has_text="tok/s")).to_have_count(1, timeout=30_000)
    expect(console.key(page, "stop_left")).to_be_visible()
    expect(console.key(page, "stop_right")).to_have_count(0)
    both_answered(page)
    pair = stage.simulator.requests[-2:]
    assert {request.provider for request in pair} == {"groq", "openrouter"}
    expect(page.get_by_text("faster to the first token")).to_be_visible()


def test_one_lane_is_stopped_and_the_other_goes_on(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    compare(page, stage)
    console.press(page, "stop_left")
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    expect(lane(page, "right")).to_contain_text("Simulated reply", timeout=30_000)


def names_of_models(text):
    """What a text tells of who answered: the models' ids and labels."""
    labels = {label for entry in TABLE.models.values() for label in [entry.label] if label}
    return sorted(name for name in labels | {key.partition(":")[2] for key in TABLE.models} if name in text)


def test_names_times_and_order_stay_hidden_until_the_vote_which_is_kept_and_counted_by_task(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=2))
    console.opened(page, f"{stage.url}/compare")
    page.get_by_text("Hide names").click()
    console.write(page, "Which is the better breakfast?").press("Tab")
    console.ready(page)
    console.press(page, "run_both")
    page.wait_for_url("**blind=1**")
    expect(page.get_by_text("Both are answering")).to_be_visible()
    assert lane(page, "left").count() == lane(page, "right").count() == 0, "who is the first is hidden too"
    expect(page.get_by_text("Which is better?")).to_be_visible(timeout=30_000)
    shown = console.key(page, "watched")
    assert names_of_models(shown.inner_html()) == []
    assert re.findall(r"tok/s|first token|\d\s*s\b|Groq|OpenRouter", shown.inner_html()) == []
    expect(times(page)).to_have_count(0)
    console.press(page, "vote_left")
    expect(times(page)).to_be_visible()
    expect(console.key(page, "vote")).to_contain_text("1 of 1 vote so far")
    expect(page.get_by_role("heading", level=2).filter(has_text="Groq")).to_be_visible()
    votes = stage.rows("SELECT task_type, choice, blind FROM votes")
    assert votes == [("real-time-chat", "left", 1)]
    expect(page.get_by_text("Votes so far")).to_be_visible()


def test_the_address_brings_both_lanes_and_their_question_back(page, stage, browser):
    console.opened(page, f"{stage.url}/compare")
    console.choose_task(page, "Complex reasoning")
    console.settings(page).get_by_label("Seed").fill("7")
    console.write(page, "First question").press("Tab")
    console.ready(page)
    console.press(page, "run_both")
    page.wait_for_url("**left=**")
    both_answered(page)
    first = page.url
    console.choose_task(page, "Real-time chat")
    console.write(page, "Second question").press("Tab")
    console.ready(page)
    console.press(page, "run_both")
    page.wait_for_url(lambda address: address != first)
    both_answered(page)
    for change, words in ((page.reload, "Second question"), (page.go_back, "First question")):
        change()
        console.ready(page)
        expect_pair(page, words)
    expect(console.key(page, "task").get_by_role("radio", name="Complex reasoning")).to_be_checked()
    other = browser.new_page(viewport=console.WIDE)
    console.opened(other, first)
    expect_pair(other, "First question")
    expect(console.settings(other).get_by_label("Seed")).to_have_value("7")
    other.close()


def expect_pair(page, words):
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(words)
    expect(console.key(page, "question")).to_have_count(0)
    both_answered(page)


def test_bars_of_both_lanes_have_one_scale_and_a_stopped_lanes_trace_ends(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=2))
    compare(page, stage)
    both_answered(page)
    slow, fast = (times(page).locator(".track i").nth(place).bounding_box()["width"] for place in (0, 1))
    assert slow > 1.5 * fast, "the longer bar took longer"
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    before = page.url
    console.press(page, "run_both")
    page.wait_for_url(lambda address: address != before)
    console.press(page, "stop_left")
    traces = page.get_by_role("table", name="Routing trace")
    expect(traces.nth(0)).to_contain_text("stopped")
    expect(traces.nth(1)).to_contain_text("answered", timeout=30_000)
    expect(page.get_by_text("trying")).to_have_count(0)


def times(page):
    return page.get_by_role("table", name="Times of both answers")


def test_an_answer_stays_where_it_is_while_it_and_the_other_come_to_their_end(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("stall", seconds=2, fraction=0.3))
    compare(page, stage)
    answer = lane(page, "left").locator(".answer").first
    expect(answer).to_contain_text("Simulated reply")
    expect(console.key(page, "stop_left")).to_be_visible()
    before = answer.bounding_box()["y"]
    both_answered(page)
    expect(console.key(page, "stop_left")).to_have_count(0)
    assert abs(answer.bounding_box()["y"] - before) < 1


def test_a_batch_is_stopped_and_what_it_made_stays(page, stage, tmp_path):
    table = tmp_path / "prompts.csv"
    table.write_text("\n".join(f"Prompt number {number}" for number in range(100)))
    console.opened(page, f"{stage.url}/compare")
    page.get_by_text("Batch from CSV").click()
    console.key(page, "a_list").locator('input[type="file"]').set_input_files(str(table))
    expect(page.get_by_text("Not enough free quota today").or_(page.get_by_text("100 prompts")).first).to_be_visible()
    console.press(page, "run_list")
    expect(page.get_by_text("Batch: ")).to_contain_text("prompt", timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("What was made by then is kept.")).to_be_visible(timeout=20_000)


def test_who_comes_from_another_page_sees_which_task_is_chosen(page, stage):
    console.opened(page, stage.url)
    console.go(page, "Compare")
    console.heading(page, "Compare").wait_for()
    expect(page.get_by_role("radio", name="Real-time chat")).to_be_checked()
