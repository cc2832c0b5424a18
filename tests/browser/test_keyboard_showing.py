"""With the keyboard alone: an entry, a meal, a question to the coach, and a failure shown to a guest."""

import pytest
from playwright.sync_api import expect

from tests.browser import console, keyboard

pytestmark = pytest.mark.timeout(180)


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
    keyboard.press(page, page.get_by_role("button", name="Should I train or rest today?"))
    expect(page.get_by_text("Routing trace").first).to_be_visible(timeout=60_000)


def test_a_failure_is_shown_to_a_guest(page, url):
    console.opened(page, f"{url}/demonstration")
    keyboard.write(page, page.get_by_role("textbox", name="Prompt from the audience"), "What is a good breakfast?")
    console.ready(page)
    keyboard.press(page, page.get_by_role("button", name="Groq out of quota"))
    expect(page.locator(".st-key-side-routed .verdict.answered")).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-side-without .verdict.failed")).to_contain_text("No answer")
    assert page.complaints == []
