"""Health, History, Usage and Routing with the keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console
from tests.browser.keyboard import choose, press, reach, write
from tests.world import FIRST, SECOND

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def asked(stage, page):
    """One prompt on Run, answered by a fallback: its address."""
    stage.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    console.opened(page, stage.url)
    console.write(page, "Is my knee sore?").press("Control+Enter")
    page.wait_for_url("**run=**")
    console.ready(page)
    return page


def test_a_cooldown_is_found_tested_and_reset(asked, stage):
    page = console.opened(asked, f"{stage.url}/health")
    expect(page.get_by_role("heading", name="1 model cooling down")).to_be_visible()
    press(page, console.key(page, "cell-real-time-chat-openrouter").get_by_role("button"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Models of this task")
    press(page, dialog.get_by_role("button", name="Test").first)
    expect(dialog.get_by_text("Test answered in")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    stage.simulator.clear_faults()
    press(page, page.get_by_role("button", name="Reset", exact=True))
    expect(page.get_by_role("heading", name="1 model cooling down")).to_have_count(0)
    assert stage.rows("SELECT model, purpose, status FROM requests WHERE purpose = 'check'") == [
        (SECOND[1], "check", "succeeded")
    ]


def test_a_request_is_searched_opened_and_noted(asked, stage):
    page = console.opened(asked, f"{stage.url}/history?rows=Simulated")
    write(page, page.get_by_role("textbox", name="Search"), "knee")
    expect(page).to_have_url(re.compile("q=knee"))
    line = console.key(page, "history-list").get_by_role("button").filter(has_text="Is my knee sore?").first
    expect(line.get_by_text("after 1 failure")).to_be_visible()
    press(page, line)
    expect(page.get_by_text("Add a note")).to_be_visible()
    reach(page, page.locator("summary").filter(has_text="Add a note"))
    page.keyboard.press("Enter")
    write(page, page.get_by_role("textbox", name="Note"), "slow today")
    expect(page.get_by_text("Note saved.")).to_be_visible()
    assert ("slow today",) in stage.rows("SELECT note FROM request_notes")


def test_a_route_is_changed_and_the_change_taken_back(stage, page):
    console.opened(page, f"{stage.url}/routing")
    press(page, console.key(page, "edit-vision").get_by_role("button"))
    press(page, console.key(page, "down-0").get_by_role("button"))
    apply = console.key(page, "keep").get_by_role("button")
    expect(apply).to_be_enabled()
    press(page, apply)
    undo = page.get_by_role("button", name="Undo: edit of Vision")
    expect(undo).to_be_visible()
    press(page, undo)
    expect(undo).to_have_count(0)


def test_the_views_and_filters_of_usage_are_reached(asked, stage):
    page = console.opened(asked, f"{stage.url}/usage?rows=Simulated")
    expect(page.get_by_text("saved by fallback").first).to_be_visible()
    reach(page, console.key(page, "filter-period").get_by_role("combobox"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("period=1[+]hour"))
    console.opened(page, f"{stage.url}/usage")
    choose(page, console.key(page, "view").get_by_role("radiogroup"), "Report")
    expect(page.get_by_role("button", name="Download the report")).to_be_visible()
