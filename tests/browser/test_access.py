"""Every page as axe reads it, light and dark; what is Streamlit's own is listed, so that anything new is seen."""

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console
from tests.world import FIRST, SECOND

AXE = console.ROOT / "tests" / "clients" / "node" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not AXE.exists(), reason="axe is brought by: make clients"),
]


def within(part):
    """The selector of that element of Streamlit's and of all it holds."""
    return f"[data-testid={part}], [data-testid={part}] *"


STREAMLITS = {
    "list": within("stSidebarNavItems"),  # the navigation's list holds a division for each section
    "listitem": within("stSidebarNav"),  # ... and so its items are not the list's children
    # Code and containers of a fixed height scroll within; the browser lets the keyboard into them unasked.
    "scrollable-region-focusable": within("stCode") + ", [data-testid=stVerticalBlock][height]",
    "presentation-role-conflict": within("stFileUploaderDropzone"),  # a drop zone that scripts may focus, with a label
}
"""Rules that Streamlit's own elements break, each with where it may be broken."""

OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules that one and the same page can break in the dark and keep in the light."""

FIND_FAULTS = """async ({ allowed, rules }) => {
  const faults = [];
  const run = { resultTypes: ["violations"], ...(rules && { runOnly: { type: "rule", values: rules } }) };
  for (const { id, nodes } of (await axe.run(document, run)).violations)
    for (const node of nodes) {
      const element = document.querySelector(node.target.at(-1));
      if (allowed[id] && element?.matches(allowed[id])) continue;
      faults.push(`${id}: ${node.html.slice(0, 160)} – ${node.failureSummary}`);
    }
  return faults;
}"""


KEEP_OPAQUE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[data-stale=true] { opacity: 1 !important }");
  document.adoptedStyleSheets.push(sheet);
}"""
"""Streamlit dims for a moment what it is about to draw anew, on Health every few seconds: that is no colour of ours."""

FINISH_FADING = """() => {
  for (const one of document.getAnimations()) if (one.effect.getTiming().iterations !== Infinity) one.finish();
}"""


@pytest.fixture(scope="module")
def tab(browser, url):
    """One tab for all pages: a page is reached as a person would, by the navigation."""
    page = browser.new_page(viewport=console.WIDE, color_scheme="light")
    console.opened(page, url)
    bring_axe(page)
    yield page
    page.close()


def bring_axe(page):
    """It stays: the navigation loads no new document."""
    page.evaluate(AXE.read_text())
    page.evaluate(KEEP_OPAQUE)


def faults_of(page, scheme):
    """What axe finds on the page as it is, in light or dark."""
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 26)"}[scheme]
    page.emulate_media(color_scheme=scheme)
    page.mouse.move(0, 0)  # a tooltip is Streamlit's, and stands in no landmark
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
    console.ready(page)
    # A colour that is on its way from one ground to the other is none that a person reads.
    page.evaluate(FINISH_FADING)
    return page.evaluate(FIND_FAULTS, {"allowed": STREAMLITS, "rules": OF_COLOUR if scheme == "dark" else None})


def faults_in_both(page):
    """What axe finds in light and in dark."""
    return {scheme: faults for scheme in ("light", "dark") if (faults := faults_of(page, scheme))}


@pytest.mark.parametrize("title", console.PAGES.values())
def test_a_page_breaks_no_rule_of_access(tab, title):
    console.go(tab, title)
    assert faults_in_both(tab) == {}


VIEWS = [
    *(("Usage", view) for view in ("Speed table", "Report")),
    ("Evaluate", "Cases"),
    *(("Setup", view) for view in ("More providers", "Alerts", "Cache")),
]


@pytest.mark.parametrize(("title", "view"), VIEWS)
def test_another_view_of_a_page_breaks_no_rule_of_access(tab, title, view):
    console.go(tab, title)
    tab.get_by_role("radio", name=view, exact=True).click()
    expect(tab.get_by_role("radio", name=view, exact=True)).to_be_checked()
    console.ready(tab)  # before, the view that was left stands there faded
    assert faults_in_both(tab) == {}


def test_an_answer_breaks_no_rule_of_access(tab):
    console.go(tab, "Run")
    console.write(tab, "Train or rest?").press("Control+Enter")
    expect(tab.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    console.ready(tab)
    assert faults_in_both(tab) == {}


def test_two_answers_side_by_side_break_no_rule_of_access(tab):
    console.go(tab, "Compare")
    console.write(tab, "Train or rest?").press("Control+Enter")
    expect(tab.locator(".facts").filter(has_text="tok/s")).to_have_count(2)
    console.ready(tab)
    assert faults_in_both(tab) == {}


# --- what a page shows after something has happened ------------------------------------------------------------------


@pytest.fixture(scope="module")
def troubled(browser, shared_stage):
    """A tab on a console whose first models cool down, with a request that was answered after them."""
    for target in (FIRST, SECOND):
        shared_stage.simulator.set_fault(*target, Fault("rate_limited", retry_after=900))
    page = browser.new_page(viewport=console.WIDE, color_scheme="light")
    console.opened(page, shared_stage.url)
    bring_axe(page)
    console.write(page, "Train or rest?").press("Control+Enter")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    yield page
    page.close()


def show_cooldowns(page):
    console.go(page, "Health")
    expect(page.get_by_role("button", name="Reset all")).to_be_visible()


def ask_about_a_reset(page):
    show_cooldowns(page)
    page.get_by_role("button", name="Reset all").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def look_behind_a_task(page):
    show_cooldowns(page)
    console.press(page, "cell-real-time-chat-groq")
    expect(page.get_by_role("dialog")).to_contain_text("Models of this task")


def show_routes_with_models_that_are_out(page):
    console.go(page, "Routing")
    expect(page.get_by_text("(cooling down)").first).to_be_visible()


def edit_a_route(page):
    show_cooldowns(page)  # on Routing itself a row could be open already
    show_routes_with_models_that_are_out(page)
    console.press(page, "edit-real-time-chat")
    console.press(page, "down-0")
    expect(page.get_by_text("Applies from the next request")).to_be_visible()


def open_a_request(page):
    console.go(page, "History")
    page.get_by_role("combobox", name="Requests").fill("Both")
    page.get_by_role("combobox", name="Requests").press("Enter")
    console.key(page, "history-list").get_by_role("button").first.click()
    expect(page.get_by_text("Add a note")).to_be_visible()
    page.get_by_text("Log record").click()
    expect(page.locator(".token.property").locator("visible=true").first).to_be_visible()


def show_usages_figures(page):
    console.go(page, "Usage")
    page.get_by_role("combobox", name="Requests").fill("Both")
    page.get_by_role("combobox", name="Requests").press("Enter")
    expect(page.get_by_text("saved by fallback").first).to_be_visible()


def ask_the_coach(page):
    console.go(page, "Coach")
    console.press(page, "ask-1")
    expect(page.get_by_test_id("stChatMessage").last.get_by_text("Routing trace").first).to_be_visible()
    console.ready(page)


def read_a_meal(page):
    console.go(page, "Meals")
    console.press(page, "example")
    expect(page.get_by_role("textbox", name="What did you eat?")).not_to_have_value("")
    console.ready(page)
    console.press(page, "send")
    expect(console.key(page, "csv-meal")).to_be_visible()


def make_a_key(page, app="website"):
    console.go(page, "Apps")
    form = page.locator("details").filter(has_text="New key")
    form.wait_for()
    console.ready(page)
    if form.get_attribute("open") is None:  # it is open by itself where there is no key
        form.locator("summary").click()
    page.get_by_role("textbox", name="App").fill(app)
    page.get_by_role("spinbutton", name="Requests a day").fill("50")
    page.get_by_role("spinbutton", name="Requests a day").press("Tab")
    console.ready(page)
    console.press(page, "app-make")
    expect(console.key(page, "app-made")).to_contain_text(f"Key for {app}.")
    expect(page.get_by_text("50 of 50 left").last).to_be_visible()


def ask_about_a_revocation(page):
    make_a_key(page, "script")
    page.get_by_role("button", name="Revoke", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def play_an_act(page):
    console.go(page, "Demonstration")
    console.press(page, "trouble-quota")
    expect(page.locator(".st-key-side-routed .verdict.answered")).to_be_visible()
    expect(page.locator(".st-key-side-without .verdict.failed")).to_be_visible()


@pytest.mark.parametrize(
    "act",
    [
        show_cooldowns, ask_about_a_reset, look_behind_a_task, show_routes_with_models_that_are_out, edit_a_route,
        open_a_request, show_usages_figures, ask_the_coach, read_a_meal, make_a_key, ask_about_a_revocation,
        play_an_act,
    ],
)  # fmt: skip
def test_a_page_after_an_act_breaks_no_rule_of_access(troubled, act):
    act(troubled)
    console.ready(troubled)
    faults = faults_in_both(troubled)
    if troubled.get_by_role("dialog").count():
        troubled.keyboard.press("Escape")
    expect(troubled.get_by_role("dialog")).to_have_count(0)
    assert faults == {}


def test_a_failure_breaks_no_rule_of_access(troubled, shared_stage):
    for provider in ("groq", "openrouter"):
        shared_stage.simulator.set_fault(provider, "*", Fault("unauthorized"))
    console.go(troubled, "Run")
    console.press(troubled, "new")
    console.write(troubled, "Eggs or oats?").press("Control+Enter")
    expect(troubled.get_by_role("alert").first).to_be_visible(timeout=60_000)
    console.ready(troubled)
    shared_stage.simulator.clear_faults()
    assert faults_in_both(troubled) == {}


def test_axe_sees_a_fault_that_is_put_into_a_page(tab):
    tab.evaluate("""() => {
      const image = document.createElement('img');
      image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
      document.body.append(image);
    }""")
    assert any(fault.startswith("image-alt") for fault in faults_of(tab, "light"))
