"""While an answer is waited for: the page is left and found again, the last answer is gone, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory):
    """Providers whose answers are there at once: what is waited for here are the faults."""
    with console.staged_console(tmp_path_factory.mktemp("stage"), pace=0) as stage:
        yield stage


@pytest.fixture
def slow(stage):
    """The stage with providers that take a while before the first word of the first answers that they give."""
    for provider in ("groq", "openrouter"):
        stage.simulator.set_fault(provider, "*", Fault("slow_start", seconds=3, times=2))
    return stage


def add_sample(page):
    page.get_by_role("button", name="Gym board", exact=True).click()
    expect(console.key(page, "tray")).to_contain_text("gym-board.jpg", timeout=20_000)


def ask_compare(page, words="Train or rest?"):
    console.write(page, words).press("Tab")
    console.ready(page)
    console.press(page, "run_both")


def ask_vision(page, words="What is on the board?"):
    if console.key(page, "tray").count() == 0:
        add_sample(page)
    console.write(page, words).press("Tab")
    console.ready(page)
    console.press(page, "look")


def ask_coach(page, words="How is my day?"):
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill(words)
    field.press("Enter")


def ask_program(page):
    console.press(page, "example")
    expect(page.get_by_role("textbox", name="Goal")).to_have_value("Get stronger for everyday life")
    console.ready(page)
    console.press(page, "send")


def both_lanes(page):
    return page.locator(".st-key-lane_left, .st-key-lane_right")


def expect_compare(page):
    for lane in both_lanes(page).all():
        expect(lane).to_contain_text("Simulated reply", timeout=40_000)
    expect(both_lanes(page)).to_have_count(2)
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("Train or rest?")


def expect_vision(page):
    expect(console.answer(page)).to_contain_text("Bench press 3 × 8", timeout=40_000)
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("What is on the board?")


def expect_coach(page):
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("Simulated reply", timeout=40_000)


def expect_program(page):
    expect(page.get_by_role("tab", name="Week 4")).to_be_visible(timeout=60_000)
    console.ready(page)
    page.locator("summary").filter(has_text="Change the request").click()
    expect(page.get_by_role("textbox", name="Goal")).to_have_value("Get stronger for everyday life")


WAYS = {
    "Compare": (ask_compare, "**left=**", expect_compare),
    "Vision": (ask_vision, "**run=**", expect_vision),
    "Coach": (ask_coach, "**talk=**", expect_coach),
    "Programs": (ask_program, "**job=**", expect_program),
}


@pytest.mark.parametrize("title", WAYS)
def test_what_is_waited_for_goes_on_while_its_page_is_left_and_is_whole_when_one_comes_back(page, slow, title):
    ask, address, expect_whole = WAYS[title]
    console.opened(page, f"{slow.url}/{title.lower()}")
    before = len(slow.simulator.requests)
    ask(page)
    page.wait_for_url(address)
    console.go(page, "Usage")
    expect(console.heading(page, "Usage")).to_be_visible()
    console.go(page, title)
    expect(console.heading(page, title)).to_be_visible()
    expect_whole(page)
    console.ready(page)
    asked = len(slow.simulator.requests) - before
    page.reload()
    console.ready(page)
    expect_whole(page)
    assert len(slow.simulator.requests) - before == asked, "nothing is asked again"
    assert page.complaints == []


@pytest.mark.parametrize(("title", "last"), [("Compare", "Simulated reply"), ("Vision", "Bench press")])
def test_the_last_answer_is_gone_while_the_next_one_is_waited_for(page, stage, title, last):
    ask, address, _ = WAYS[title]
    console.opened(page, f"{stage.url}/{title.lower()}")
    ask(page)
    page.wait_for_url(address)
    expect(page.get_by_text(last).first).to_be_visible()
    console.ready(page)
    for provider in ("groq", "openrouter"):
        stage.simulator.set_fault(provider, "*", Fault("slow_start", seconds=6))
    before = page.url
    ask(page, "And tomorrow?")
    page.wait_for_url(lambda address: address != before)
    expect(page.locator(".facts").filter(has_text="trying").first).to_be_visible()
    shown = page.locator(".answer").filter(has_text=last)
    assert not any(answer.is_visible() for answer in shown.all())


def test_the_last_act_is_gone_while_the_next_one_is_waited_for(page, stage):
    console.opened(page, f"{stage.url}/demonstration")
    console.press(page, "trouble-quota")
    side = console.key(page, "side-routed")
    expect(side).to_contain_text("Simulated reply", timeout=40_000)
    console.ready(page)
    console.press(page, "trouble-slow")
    expect(page.get_by_text("OpenRouter takes the request and says nothing for 5 seconds.")).to_be_visible()
    without = console.key(page, "side-without")
    expect(without).not_to_contain_text("429")
    shown = page.locator(".answer").filter(has_text="Simulated reply")
    assert not any(answer.is_visible() for answer in shown.all()), "neither side has had time for a word"


def test_a_message_that_comes_from_another_tab_while_a_reply_runs_is_not_lost(page, slow, browser):
    console.opened(page, f"{slow.url}/coach")
    ask_coach(page, "First question")
    page.wait_for_url("**talk=**")
    expect_coach(page)
    console.ready(page)
    other = browser.new_page(viewport=console.WIDE)
    console.opened(other, page.url)
    ask_coach(page, "Second question")
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_disabled()
    ask_coach(other, "Third question")
    expect(other.get_by_text("The answer before is still on its way")).to_be_visible()
    field = other.get_by_test_id("stChatInputTextArea")
    expect(field).to_have_value("Third question")
    expect(field).to_be_enabled()
    field.press("Enter")
    expect(other.get_by_test_id("stChatMessage")).to_have_count(6)
    other.close()


def test_what_stands_half_written_in_the_coachs_field_stays_through_a_reply(page, slow):
    console.opened(page, f"{slow.url}/coach")
    field = page.get_by_test_id("stChatInputTextArea")
    field.press_sequentially("Half a quest")
    console.press(page, "ask-0")
    expect(field).to_be_disabled()
    expect_coach(page)
    expect(field).to_be_enabled()
    expect(field).to_have_value("Half a quest")
