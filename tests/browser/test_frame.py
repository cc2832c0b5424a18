"""What the frame's script does for a person: what is half-written outlives a reload, and an answer's end is spoken."""

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console

pytestmark = pytest.mark.timeout(180)
FIELDS = {
    "/": "Prompt",
    "/vision": "Prompt",
    "/meals": "What did you eat?",
    "/quick-entry": "Entry",
    "/coach": "Ask the coach",
}


def written_field(page, path):
    if path == "/coach":
        return page.get_by_test_id("stChatInputTextArea")
    return page.get_by_role("textbox", name=FIELDS[path], exact=True)


@pytest.mark.parametrize("path", FIELDS)
def test_what_is_half_written_is_there_after_a_reload_and_gone_where_one_begins_anew(page, stage, path):
    console.opened(page, stage.url + path)
    written_field(page, path).press_sequentially("half a sentence that")
    page.reload()
    console.ready(page)
    expect(written_field(page, path)).to_have_value("half a sentence that")
    console.opened(page, f"{stage.url}/health")
    console.opened(page, stage.url + path)
    expect(written_field(page, path)).to_have_value("")
    assert page.complaints == []


def test_a_prompt_that_was_brought_back_is_the_one_that_is_sent(page, stage):
    console.opened(page, stage.url)
    console.write(page, "Half of it, then all of it")
    page.reload()
    console.ready(page)
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("Half of it, then all of it")
    console.ready(page)
    console.press(page, "run")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    assert stage.simulator.requests[-1].body["messages"][-1]["content"] == "Half of it, then all of it"


def spoken(page):
    return page.locator("#spoken")


def test_an_answers_end_is_spoken_once_in_a_short_sentence_and_an_old_answer_is_not(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=2))
    console.opened(page, stage.url)
    assert spoken(page).get_attribute("aria-live") == "polite"
    console.write(page, "Train or rest?")
    console.press(page, "run")
    page.wait_for_url("**run=**")
    expect(spoken(page)).to_have_text("")
    expect(spoken(page)).to_have_text("The answer is there.")
    page.reload()
    console.ready(page)
    expect(console.answer(page)).to_contain_text("Simulated reply")
    expect(spoken(page)).to_have_text("")


@pytest.mark.parametrize("path", ["/", "/compare", "/coach"])
def test_an_answers_end_is_spoken_wherever_one_waits_for_it(page, stage, path):
    console.opened(page, stage.url + path)
    if path == "/compare":
        console.write(page, "Train or rest?")
        console.press(page, "run_both")
    else:
        if path != "/coach":
            page.get_by_role("radio", name="Conversation").click()
        field = page.get_by_test_id("stChatInputTextArea")
        field.fill("Train or rest?")
        field.press("Enter")
    expect(spoken(page)).to_have_text("The answer is there.")


def test_an_answer_that_was_stopped_is_said_to_be(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
    console.opened(page, stage.url)
    console.write(page, "Train or rest?")
    console.press(page, "run")
    console.press(page, "stop")
    expect(spoken(page)).to_have_text("The answer was stopped.")


@pytest.mark.parametrize("height", [560, 700])
def test_on_a_low_window_the_list_of_pages_scrolls_and_lies_over_nothing(page, stage, height):
    page.set_viewport_size({"width": 1280, "height": height})
    console.opened(page, stage.url)
    purpose = page.get_by_role("button", name="Help", exact=True).bounding_box()
    first = page.get_by_test_id("stSidebarNav").bounding_box()
    assert first["y"] >= purpose["y"] + purpose["height"]
    setup = page.get_by_role("link", name="Setup", exact=True)
    setup.scroll_into_view_if_needed()
    expect(setup).to_be_in_viewport()


def test_on_a_phone_the_navigation_closes_behind_the_link_that_was_tapped(page, stage):
    page.set_viewport_size(console.NARROW)
    console.opened(page, stage.url)
    page.get_by_test_id("stExpandSidebarButton").click()
    console.go(page, "Compare")
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    expect(console.heading(page, "Compare")).to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()


def test_on_a_phone_the_header_names_the_console_and_what_opens_the_pages(page, stage):
    page.set_viewport_size(console.NARROW)
    console.opened(page, stage.url)
    content = "(node) => getComputedStyle(node, '::after').content"
    assert page.get_by_test_id("stExpandSidebarButton").evaluate(content) == '"Menu"'
    assert page.get_by_test_id("stHeader").evaluate(content) == '"Dual-router console"'
    assert page.evaluate("document.documentElement.scrollWidth") <= console.NARROW["width"]


def test_the_title_stands_at_one_height_in_a_single_prompt_and_in_a_conversation(page, stage):
    console.opened(page, stage.url)
    below = console.key(page, "task")
    before = below.bounding_box()["y"]
    page.get_by_role("radio", name="Conversation").click()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible()
    console.ready(page)
    assert below.bounding_box()["y"] == pytest.approx(before, abs=1.0)


def test_nothing_jumps_when_an_answer_is_whole(page, stage):
    stage.simulator.set_fault("groq", "*", Fault("slow_start", seconds=2))
    console.opened(page, stage.url)
    console.write(page, "Train or rest?")
    console.press(page, "run")
    page.wait_for_url("**run=**")
    expect(page.locator(".facts")).to_contain_text("trying")
    placeholder = page.get_by_test_id("stElementContainer").filter(has=page.locator(".pending"))
    under_way = placeholder.bounding_box()["y"]
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    console.ready(page)
    assert console.answer(page).bounding_box()["y"] == pytest.approx(under_way, abs=1.0), "where its placeholder stood"


def test_an_unknown_address_is_said_and_leads_on_and_the_notice_goes_with_the_first_question(page, stage):
    console.opened(page, f"{stage.url}/quick-entri")
    notice = page.get_by_text("There is no page “quick-entri”. This is Run.")
    expect(notice).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    console.press(page, "start-example")
    page.wait_for_url("**run=**")
    console.ready(page)
    expect(notice).to_have_count(0)
    assert page.complaints == []


def test_a_link_in_a_text_to_one_of_our_pages_opens_here_and_keeps_what_was_done(page, stage):
    console.opened(page, f"{stage.url}/quick-entri")
    console.write(page, "Train or rest?").blur()
    console.ready(page)
    page.get_by_test_id("stAlert").get_by_role("link", name="Quick entry").click()
    expect(console.heading(page, "Quick entry")).to_be_visible()
    assert len(page.context.pages) == 1
    console.go(page, "Run")
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("Train or rest?")
    assert page.complaints == []
