"""Run, Compare and Vision with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console, keyboard

pytestmark = pytest.mark.timeout(180)


def answered(page, count=1):
    expect(page.get_by_role("table", name="Routing trace")).to_have_count(count, timeout=60_000)
    expect(page.get_by_role("table", name="Routing trace").last).to_contain_text("answered", timeout=60_000)
    console.ready(page)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def prompt_of(page):
    return page.get_by_role("textbox", name="Prompt", exact=True)


def ask(page, text):
    """Type into the prompt, which has the focus, and send it."""
    expect(prompt_of(page)).to_be_focused()
    expect(console.key(page, "run").get_by_role("button")).to_be_visible()
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**run=**")


def test_run_begins_in_the_prompt_and_an_answer_takes_two_keys(page, stage):
    console.opened(page, stage.url)
    ask(page, "Train or rest?")
    answered(page)
    keyboard.press(page, page.locator(".route summary"))
    expect(page.locator(".route li").first).to_be_visible()
    keyboard.press(page, button(page, "Edit and run"))
    expect(prompt_of(page)).to_be_focused()
    keyboard.press(page, button(page, "New"))
    expect(prompt_of(page)).to_have_value("")
    expect(prompt_of(page)).to_be_focused()


def test_task_and_settings_are_chosen_and_sent(page, stage):
    console.opened(page, stage.url)
    keyboard.reach(page, console.key(page, "task"), backwards=True)
    keyboard.choose(page, console.key(page, "task"), "Complex reasoning")
    console.ready(page)
    keyboard.write(page, prompt_of(page), "Which is heavier?")
    keyboard.press(page, button(page, "Settings"))
    keyboard.write(page, page.get_by_label("Seed"), "7")
    page.keyboard.press("Escape")
    console.ready(page)
    expect(page.get_by_text("Settings: seed 7.")).to_be_visible()
    keyboard.press(page, console.key(page, "run"))
    page.wait_for_url("**run=**")
    answered(page)
    assert stage.simulator.requests[-1].body["seed"] == 7


def test_a_run_is_stopped(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    console.opened(page, stage.url)
    ask(page, "Train or rest?")
    keyboard.press(page, console.key(page, "stop"), at_once=True)
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()


def test_a_conversation_is_held(page, stage):
    console.opened(page, stage.url)
    keyboard.reach(page, console.key(page, "mode"), backwards=True)
    keyboard.choose(page, console.key(page, "mode"), "Conversation")
    field = page.get_by_test_id("stChatInputTextArea")
    for number, text in enumerate(("I ran 5 km today.", "And tomorrow?"), start=1):
        expect(field).to_be_enabled()
        keyboard.reach(page, field)
        page.keyboard.insert_text(text)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stChatMessage")).to_have_count(2 * number)
        answered(page, number)


def test_a_prompt_is_saved_and_opened(page, stage):
    console.opened(page, stage.url)
    keyboard.write(page, prompt_of(page), "What is in an egg?")
    keyboard.press(page, button(page, "Saved"))
    keyboard.reach(page, page.get_by_role("textbox", name="Name of this prompt"))
    page.keyboard.insert_text("Eggs")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved as Eggs.")).to_be_visible()
    console.opened(page, stage.url)
    keyboard.press(page, button(page, "Saved"))
    keyboard.press(page, button(page, "Eggs"))
    expect(prompt_of(page)).to_have_value("What is in an egg?")


def test_two_models_are_compared_blindly_and_voted_on(page, stage):
    console.opened(page, f"{stage.url}/compare")
    keyboard.write(page, prompt_of(page), "Which is the better breakfast?")
    keyboard.press(page, page.get_by_role("switch", name="Hide names"), "Space")
    console.ready(page)
    keyboard.press(page, console.key(page, "run_both"))
    page.wait_for_url("**blind=1**")
    expect(page.get_by_text("Which is better?")).to_be_visible(timeout=30_000)
    console.ready(page)
    keyboard.press(page, button(page, "Answer A"))
    expect(page.get_by_text("You preferred")).to_be_visible()
    expect(page.get_by_role("table", name="Times of both answers")).to_be_visible()


def test_a_batch_is_run_and_a_row_of_it_opened(page, stage, tmp_path):
    table = tmp_path / "prompts.csv"
    table.write_text("prompt\nTrain, or rest?\n")
    console.opened(page, f"{stage.url}/compare")
    keyboard.press(page, console.key(page, "a_list").locator("summary"))
    keyboard.hand_over(page, console.key(page, "a_list").get_by_role("button", name="Upload", exact=True), table)
    expect(page.get_by_text("1 prompt;")).to_be_visible()
    keyboard.press(page, console.key(page, "run_list"))
    expect(page.get_by_text("Batch: done in")).to_be_visible(timeout=60_000)
    console.ready(page)
    keyboard.press(page, page.locator(".trials summary"))
    expect(page.locator(".trials .pair")).to_be_visible()


def test_a_sample_is_analysed(page, stage):
    console.opened(page, f"{stage.url}/vision")
    keyboard.press(page, button(page, "Scale"))
    expect(console.key(page, "tray")).to_contain_text("scale.jpg", timeout=20_000)
    keyboard.write(page, prompt_of(page), "What does it show?")
    keyboard.press(page, console.key(page, "look"))
    page.wait_for_url("**run=**")
    answered(page)


@pytest.mark.parametrize("title", ["Compare", "Health"])
def test_a_page_is_reached_by_the_navigation_whose_links_show_the_focus(page, stage, title):
    console.opened(page, stage.url)
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=title)
    keyboard.reach(page, link, backwards=True)
    expect(link).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(console.heading(page, title)).to_be_visible()
