"""With the keyboard alone: entries, meals, the coach, a program, and a failure shown to a guest."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import console, keyboard

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def url(shared_stage):
    return shared_stage.url


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def sent(page, name):
    """Press the page's own button and wait for what it gives."""
    keyboard.press(page, button(page, name))
    page.wait_for_url("**entry=**")
    console.ready(page)


def correct(page, *, column, value):
    """Go to a column, counted from 1, in the first row of the first table, and write into it."""
    table = page.get_by_test_id("data-grid-canvas").first
    keyboard.reach(page, table)
    for number in range(1, column + 1):
        expect(table.get_by_test_id(f"glide-cell-{number}-0")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowRight" if number < column else "Enter")
    field = page.locator("#portal").locator("input, textarea").first
    expect(field).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(value)
    expect(field).to_have_value(value)
    page.keyboard.press("Enter")


def test_a_line_is_added_and_the_coach_knows_it(page, url):
    console.opened(page, f"{url}/quick-entry")
    keyboard.reach(page, page.get_by_role("textbox", name="Entry"))
    page.keyboard.insert_text("weight 81.7 kg this morning")
    page.keyboard.press("Enter")
    page.wait_for_url("**entry=**")
    console.ready(page)
    expect(page.get_by_role("textbox", name="Entry")).to_have_value("")
    console.opened(page, f"{url}/coach")
    expect(page.get_by_text("weight 81.7 kg").first).to_be_visible()
    keyboard.press(page, page.get_by_role("button", name="Train or rest?"))
    expect(page.get_by_text("Routing trace").first).to_be_visible(timeout=60_000)


def test_a_failure_is_shown_to_a_guest(page, url):
    console.opened(page, f"{url}/demonstration")
    keyboard.write(page, page.get_by_role("textbox", name="Prompt from the audience"), "What is a good breakfast?")
    console.ready(page)
    keyboard.press(page, page.get_by_role("button", name="Groq out of quota"))
    expect(page.locator(".st-key-side-routed .verdict.answered")).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-side-without .verdict.failed")).to_contain_text("No answer")
    assert page.complaints == []


def test_a_meal_is_read_corrected_and_deleted(page, url):
    console.opened(page, f"{url}/meals")
    keyboard.press(page, button(page, "Use the example"))
    expect(page.get_by_role("textbox", name="What did you eat?")).not_to_have_value("")
    sent(page, "Analyse meal")
    energy = page.locator(".figure").filter(has_text="Energy").first
    expect(energy).to_contain_text("393")
    correct(page, column=4, value="150")
    expect(energy).to_contain_text("400")
    console.ready(page)
    with page.expect_download() as download:
        keyboard.press(page, console.key(page, "csv-meal").get_by_role("button"))
    assert ",150" in download.value.path().read_text(encoding="utf-8-sig")
    page.reload()
    console.ready(page)
    expect(energy).to_contain_text("400")
    opened_meal = re.compile("entry=")
    expect(page).to_have_url(opened_meal)
    keyboard.press(page, button(page, "Delete"))
    expect(page).not_to_have_url(opened_meal)
    expect(energy).to_have_count(0)


def test_an_example_is_added_its_category_corrected_and_all_are_deleted(page, url):
    console.opened(page, f"{url}/quick-entry")
    keyboard.press(page, console.key(page, "example-activity").get_by_role("button"))
    expect(page.get_by_role("textbox", name="Entry")).not_to_have_value("")
    console.ready(page)
    sent(page, "Add")
    result = console.key(page, "result")
    expect(result).to_contain_text("ran 5 km")
    keyboard.pick(page, result.get_by_role("combobox", name="Category"), "Home")
    expect(result.get_by_role("combobox", name="Category")).not_to_have_value("Activity")
    console.ready(page)
    keyboard.press(page, button(page, "Delete all"))
    expect(page.get_by_role("dialog")).to_be_visible()
    keyboard.press(page, console.key(page, "confirm-delete-all").get_by_role("button"))
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def test_a_conversation_with_the_coach_is_held_and_begun_anew(page, url):
    console.opened(page, f"{url}/coach")
    keyboard.write(page, page.get_by_role("textbox", name="Goal"), "Lose 4 kg")
    console.ready(page)
    field = page.get_by_test_id("stChatInputTextArea")
    for count, question in ((2, "What should I eat tonight?"), (4, "And tomorrow?")):
        expect(field).to_be_enabled()
        keyboard.reach(page, field)
        page.keyboard.insert_text(question)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stChatMessage")).to_have_count(count)
        expect(page.get_by_test_id("stChatMessage").last.get_by_text("Routing trace")).to_be_visible()
        console.ready(page)
    keyboard.press(page, button(page, "Recommend next steps"))
    expect(console.key(page, "csv-recommendations")).to_be_visible()
    console.ready(page)
    keyboard.press(page, button(page, "New conversation"))
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)


def test_a_program_is_written_and_a_later_week_of_it_corrected(page, url):
    console.opened(page, f"{url}/programs")
    keyboard.press(page, button(page, "Use the example"))
    expect(page.get_by_role("textbox", name="Goal")).not_to_have_value("")
    keyboard.choose(page, console.key(page, "program-level"), "Beginner")
    keyboard.write(page, page.get_by_role("spinbutton", name="Weeks", exact=True), "2")
    sent(page, "Write program")
    expect(console.key(page, "csv-program")).to_be_visible(timeout=60_000)
    console.ready(page)
    week = page.get_by_role("tab", name="Week 2")
    keyboard.reach(page, page.get_by_role("tab").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(week).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("data-grid-canvas").locator("visible=true")).to_have_count(3)  # a table a session
    keyboard.reach(page, page.get_by_test_id("data-grid-canvas").locator("visible=true").first)
