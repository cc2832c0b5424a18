"""Health, History, Usage, Routing and Apps with the keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console
from tests.browser.keyboard import choose, pick, press, reach, write
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
    assert stage.rows("SELECT model, purpose, status FROM requests WHERE purpose = 'test'") == [
        (SECOND[1], "test", "succeeded")
    ]


def test_all_cooldowns_are_reset_after_a_question(stage, page):
    for target in (FIRST, SECOND):
        stage.simulator.set_fault(*target, Fault("rate_limited", retry_after=600))
    console.opened(page, stage.url)
    console.write(page, "Is my elbow sore?").press("Control+Enter")
    page.wait_for_url("**run=**")
    console.opened(page, f"{stage.url}/health")
    stage.simulator.clear_faults()
    everything = page.get_by_role("button", name="Reset all")
    press(page, everything)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("will be forgotten")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    press(page, everything)
    expect(dialog).to_be_visible()
    press(page, dialog.get_by_role("button", name="Reset", exact=True))
    expect(dialog).to_have_count(0)
    expect(everything).to_have_count(0)
    expect(page.get_by_text("cooling down")).to_have_count(0)


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


def test_escape_ends_a_note_with_what_was_written_and_then_closes_the_request(asked, stage):
    page = console.opened(asked, f"{stage.url}/history?rows=Simulated")
    press(page, console.key(page, "history-list").get_by_role("button").first)
    reach(page, page.locator("summary").filter(has_text="Add a note"))
    page.keyboard.press("Enter")
    write(page, page.get_by_role("textbox", name="Note"), "half a thought")
    page.get_by_role("textbox", name="Note").focus()
    page.keyboard.press("End")
    page.keyboard.insert_text(" and the rest")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Note saved.").first).to_be_visible()
    expect(page).to_have_url(re.compile("request="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("request="))
    assert ("half a thought and the rest",) in stage.rows("SELECT note FROM request_notes")


def test_a_list_of_requests_is_filtered_and_one_is_opened_and_closed(asked, stage):
    page = console.opened(asked, f"{stage.url}/history?rows=Simulated")
    lines = console.key(page, "history-list").get_by_role("button")
    expect(lines.first).to_be_visible()
    pick(page, page.get_by_role("combobox", name="Status"), "End")
    expect(page).to_have_url(re.compile("status="))
    expect(lines).to_have_count(0)
    pick(page, page.get_by_role("combobox", name="Status"), "Home")
    expect(page).not_to_have_url(re.compile("status="))
    press(page, lines.first)
    expect(page).to_have_url(re.compile("request="))
    press(page, page.get_by_role("button", name=re.compile("^Close")))
    expect(page).not_to_have_url(re.compile("request="))
    expect(page.get_by_text("Add a note")).to_have_count(0)


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


def test_a_limit_is_changed_and_the_change_discarded(stage, page):
    console.opened(page, f"{stage.url}/routing?task=vision")
    field = console.key(page, "limit-vision-attempt").get_by_role("spinbutton")
    expect(field).not_to_have_value("0.1")  # the least, which stands there until the page is whole
    before = field.input_value()
    reach(page, field)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Applies from the next request")).to_be_visible()
    press(page, console.key(page, "drop").get_by_role("button"))
    expect(field).to_have_value(before)
    expect(page.get_by_text("Applies from the next request")).to_have_count(0)


def test_the_views_and_filters_of_usage_are_reached(asked, stage):
    page = console.opened(asked, f"{stage.url}/usage?rows=Simulated")
    expect(page.get_by_text("saved by fallback").first).to_be_visible()
    pick(page, console.key(page, "filter-period").get_by_role("combobox"), "Home")
    expect(page).to_have_url(re.compile("period=1[+]hour"))
    console.opened(page, f"{stage.url}/usage")
    choose(page, console.key(page, "view").get_by_role("radiogroup"), "Report")
    expect(page.get_by_role("button", name="Download the report")).to_be_visible()


def test_a_speed_table_is_begun_and_stopped(stage, page):
    console.opened(page, f"{stage.url}/usage")
    choose(page, console.key(page, "view").get_by_role("radiogroup"), "Speed table")
    expect(page).to_have_url(re.compile("view=Speed"))
    console.ready(page)
    start = console.key(page, "speed-start").get_by_role("button")
    expect(start).to_be_enabled()
    press(page, start)
    stop = page.get_by_role("button", name="Stop", exact=True)
    press(page, stop, at_once=True)
    expect(stop).to_have_count(0)
    expect(page.get_by_text("was stopped after")).to_be_visible()


def test_a_key_is_made_copied_and_revoked(stage, page):
    console.opened(page, f"{stage.url}/apps")
    write(page, page.get_by_role("textbox", name="App"), "website")
    write(page, page.get_by_role("spinbutton", name="Requests a day"), "50")
    pick(page, console.key(page, "app-tasks").get_by_role("combobox"))
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, console.key(page, "app-make").get_by_role("button"))
    made = console.key(page, "app-made")
    secret = made.locator("code").first.inner_text()
    assert secret.startswith("drk_")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = made.get_by_role("button", name="Copy to clipboard").first
    reach(page, copy)
    expect(copy).not_to_have_css("opacity", "0")
    page.keyboard.press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    press(page, console.key(page, "app-copied").get_by_role("button"))
    expect(made).to_have_count(0)
    expect(page.get_by_text("50 of 50 left").first).to_be_visible()
    revoke = page.get_by_role("button", name="Revoke", exact=True)
    dialog = page.get_by_role("dialog")
    press(page, revoke)
    expect(dialog).to_be_visible()
    press(page, dialog.get_by_role("button", name="Cancel"))
    expect(dialog).to_have_count(0)
    press(page, revoke)
    expect(dialog).to_be_visible()
    press(page, dialog.get_by_role("button", name="Revoke", exact=True))
    expect(page.get_by_text("The key of website is revoked.")).to_be_visible()
    expect(page.get_by_text("Ended keys (1)")).to_be_visible()
