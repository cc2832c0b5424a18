"""The Run page beyond one prompt: conversations, schemas, the wire, a check, and runs that outlive their page."""

import re
import time

import pytest
from playwright.sync_api import expect

from pages.components.answer.trace import MOST_ROWS
from router.simulator import Fault
from tests.browser import console
from tests.world import scaled_routes

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory):
    """Its tasks give up after half the usual time: an outage of everything is waited out until then."""
    folder = tmp_path_factory.mktemp("stage")
    routes = scaled_routes(folder, scale=1.0, deadline=15.0)
    with console.staged_console(folder, ROUTER_ROUTES=str(routes)) as stage:
        yield stage


def run(page, stage, prompt, path="/"):
    console.opened(page, stage.url + path)
    console.write(page, prompt)
    console.press(page, "run")
    page.wait_for_url("**run=**")


def answered(page):
    expect(page.get_by_role("table", name="Routing trace").first).to_contain_text("answered", timeout=60_000)
    console.ready(page)


def say(page, text):
    page.get_by_test_id("stChatInputTextArea").fill(text)
    page.keyboard.press("Enter")


def wait_until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_stop_during_silence_ends_the_call_upstream_before_the_provider_has_said_a_word(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=120))
    before = len(stage.simulator.requests)
    run(page, stage, "Train or rest?")
    expect(page.locator(".facts")).to_contain_text("trying")
    wait_until(lambda: len(stage.simulator.requests) > before)
    seen = stage.simulator.requests[before]
    assert seen.disconnected_at is None
    console.press(page, "stop")
    wait_until(lambda: seen.disconnected_at is not None)
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    assert stage.simulator.requests[before:] == [seen], "nobody else was asked instead"


def test_a_run_goes_on_while_its_page_is_left_and_is_whole_when_one_comes_back(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=3))
    run(page, stage, "Train or rest?")
    expect(page.locator(".facts")).to_contain_text("trying")
    console.go(page, "Usage")
    expect(console.heading(page, "Usage")).to_be_visible()
    console.go(page, "Run")
    answered(page)
    assert console.answer(page).inner_text().count("Simulated reply") == 1
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("Train or rest?")
    assert "run=" in page.url


def test_the_address_brings_the_question_back_on_a_reload_and_a_step_back(page, stage):
    console.opened(page, stage.url)
    console.choose_task(page, "Complex reasoning")
    console.settings(page).get_by_label("Seed").fill("7")
    run_here(page, "First question")
    first = page.url
    console.write(page, "Second question").press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url(lambda address: address != first)
    answered(page)
    for change, words in ((page.reload, "Second question"), (page.go_back, "First question")):
        change()
        console.ready(page)
        expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(words)
        expect(console.key(page, "question")).to_have_count(0)
        expect(page.get_by_text("seed 7.")).to_be_visible()


def run_here(page, prompt):
    console.write(page, prompt).press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url("**run=**")
    answered(page)


def test_the_last_answer_is_gone_while_the_next_one_is_waited_for(page, stage):
    run(page, stage, "Train or rest?")
    answered(page)
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=6))
    before = page.url
    console.write(page, "And tomorrow?").press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url(lambda address: address != before)
    expect(page.locator(".facts")).to_contain_text("trying")
    assert not page.get_by_text("Simulated reply").first.is_visible()
    answered(page)


def test_two_clicks_on_run_ask_once(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=3))
    before = len(stage.simulator.requests)
    console.opened(page, stage.url)
    console.write(page, "Once, please").press("Tab")
    console.ready(page)
    box = console.key(page, "run").get_by_role("button").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    page.wait_for_timeout(350)  # as a person clicks twice, where Stop stands by then
    page.mouse.click(*middle)
    answered(page)
    assert len(stage.simulator.requests) == before + 1


def test_a_conversation_waits_for_an_answers_end_before_the_next_message(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=3))
    console.opened(page, stage.url)
    page.get_by_role("radio", name="Conversation").click()
    say(page, "I ran 5 km today.")
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_disabled()
    answered(page)
    expect(field).to_be_enabled()
    say(page, "And tomorrow?")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)
    answered(page)
    turns = [message["content"] for message in stage.simulator.requests[-1].body["messages"]]
    assert turns[0] == "I ran 5 km today."
    assert "Simulated reply" in turns[1]


def test_control_and_enter_sends_while_the_focus_is_on_a_task(page, stage):
    console.opened(page, stage.url)
    console.write(page, "Train or rest?").press("Tab")
    console.ready(page)
    before = len(stage.simulator.requests)
    console.choose_task(page, "Verification")
    console.ready(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**run=**")
    answered(page)
    assert len(stage.simulator.requests) == before + 1, "once"
    expect(console.key(page, "question")).to_have_count(0)


def test_there_is_one_stop_and_escape_presses_it(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    run(page, stage, "Train or rest?")
    stops = page.get_by_role("button").filter(has_text=re.compile("stop", re.IGNORECASE))
    expect(stops).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()


def test_an_answer_and_its_address_are_copied(page, stage):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run(page, stage, "Write *two* words")
    answered(page)
    (stored,) = stage.rows("SELECT answer FROM contents ORDER BY request_id DESC LIMIT 1")[0]
    for name, text in (("Copy", stored), ("Copy link", page.url)):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == text
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()


def test_edit_and_run_brings_the_question_back_and_the_focus_with_it(page, stage):
    run(page, stage, "First question")
    answered(page)
    prompt = console.write(page, "Something else")
    prompt.press("Tab")
    console.ready(page)
    page.get_by_role("button", name="Edit and run").click()
    expect(prompt).to_have_value("First question")
    expect(prompt).to_be_focused()


def test_everything_down_is_one_card_above_everything_else_and_the_trace_stays_short(page, stage):
    for provider in ("groq", "openrouter"):
        stage.simulator.set_fault(provider, "*", Fault("server_error", status=503))
    run(page, stage, "Train or rest?")
    card = page.get_by_role("alert").filter(has_text=re.compile("No model is available|No model answered in time"))
    expect(card).to_be_visible(timeout=60_000)
    console.ready(page)
    expect(card).to_contain_text("A model should be back in")
    expect(page.get_by_text("Traceback")).to_have_count(0)
    trace = page.get_by_role("table", name="Routing trace")
    assert card.bounding_box()["y"] < trace.bounding_box()["y"] < 800
    assert trace.get_by_role("row").count() <= MOST_ROWS
    stage.simulator.clear_faults()
    page.get_by_role("link", name="Open Health").click()
    expect(page.get_by_role("link", name=re.compile(r"Health · \d+ (down|alerts?)"))).to_be_visible()
    expect(page).to_have_title("Health · Dual-router console")
    expect(console.heading(page, "Health")).to_be_visible()
