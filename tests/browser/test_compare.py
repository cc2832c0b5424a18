"""Compare: two lanes at the same time, a vote, repeats, and a list of prompts."""

import csv

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console

pytestmark = pytest.mark.timeout(180)


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
    expect(page.get_by_role("table", name="Routing trace")).to_have_count(2, timeout=30_000)
    console.ready(page)


def test_both_lanes_stream_at_the_same_time_and_neither_waits_for_the_other(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("stall", seconds=5, fraction=0.3))
    compare(page, stage)
    expect(lane(page, "left")).to_contain_text("Simulated reply")
    expect(page.locator(".figures").filter(has_text="tok/s")).to_have_count(1, timeout=30_000)
    expect(console.key(page, "stop_left")).to_be_visible()
    expect(console.key(page, "stop_right")).to_have_count(0)
    both_answered(page)
    pair = stage.simulator.requests[-2:]
    assert {request.provider for request in pair} == {"groq", "openrouter"}
    expect(page.get_by_text("First token:")).to_be_visible()


def test_one_lane_is_stopped_and_the_other_goes_on(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    compare(page, stage)
    console.press(page, "stop_left")
    expect(page.get_by_text("Stopped. The text above")).to_be_visible()
    expect(lane(page, "right")).to_contain_text("Simulated reply", timeout=30_000)


def test_a_lane_that_fails_says_so_and_nobody_answers_in_its_place(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("content_policy"))
    before = len(stage.simulator.requests)
    compare(page, stage)
    expect(page.get_by_text("The request was refused.")).to_be_visible(timeout=30_000)
    expect(lane(page, "right")).to_contain_text("Simulated reply", timeout=30_000)
    assert len(stage.simulator.requests) == before + 2


def test_names_stay_hidden_until_the_vote_which_is_kept_and_counted_by_task(page, stage):
    console.opened(page, f"{stage.url}/compare")
    page.get_by_text("Hide names").click()
    console.write(page, "Which is the better breakfast?")
    console.press(page, "run_both")
    page.wait_for_url("**blind=1**")
    expect(page.get_by_text("Which is better?")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Model", exact=True)).to_have_count(0)
    console.press(page, "vote_left")
    expect(page.get_by_text("Model", exact=True)).to_have_count(2)
    votes = stage.rows("SELECT task_type, choice, blind FROM votes")
    assert votes == [("real-time-chat", "left", 1)]
    expect(page.get_by_text("Votes so far")).to_be_visible()


def test_a_prompt_is_repeated_with_progress_and_its_spread_is_drawn(page, stage):
    console.opened(page, f"{stage.url}/compare")
    console.write(page, "Train or rest?").press("Tab")
    page.get_by_text("Repeat it").click()
    expect(page.get_by_text("2 requests to").or_(page.get_by_text("5 requests to")).first).to_be_visible()
    page.get_by_role("spinbutton", name="Times").fill("3")
    page.get_by_role("spinbutton", name="Times").press("Tab")
    expect(page.get_by_text("Uses 3 requests to Groq gpt-oss-120b")).to_be_visible()
    console.press(page, "repeat")
    expect(page.get_by_text("Repeat 3 times: done in")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)


def test_a_list_of_prompts_runs_through_both_lanes_to_a_table_that_is_safe_to_open(page, stage, tmp_path):
    table = tmp_path / "prompts.csv"
    table.write_text('prompt,who\n"=1+1 is what?",me\n"Train, or rest?",you\n')
    console.opened(page, f"{stage.url}/compare")
    page.get_by_text("A list of prompts").click()
    console.key(page, "a_list").locator('input[type="file"]').set_input_files(str(table))
    expect(page.get_by_text("2 prompts; the settings above go with each.")).to_be_visible()
    console.press(page, "run_list")
    expect(page.get_by_text("List of prompts: done in")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table").click()
    with open(download.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["prompt"] for row in rows] == ["'=1+1 is what?"] * 2 + ["Train, or rest?"] * 2
    assert all(row["answer"] and row["simulated"] == "simulated" for row in rows)


def test_a_batch_is_stopped_and_what_it_made_stays(page, stage, tmp_path):
    table = tmp_path / "prompts.csv"
    table.write_text("\n".join(f"Prompt number {number}" for number in range(100)))
    console.opened(page, f"{stage.url}/compare")
    page.get_by_text("A list of prompts").click()
    console.key(page, "a_list").locator('input[type="file"]').set_input_files(str(table))
    expect(
        page.get_by_text("That is more than is left today").or_(page.get_by_text("100 prompts")).first
    ).to_be_visible()
    console.press(page, "run_list")
    expect(page.get_by_text("List of prompts: ")).to_contain_text("prompt", timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("What was made by then is kept.")).to_be_visible(timeout=20_000)
