"""Every page as axe reads it, light and dark; what is Streamlit's own is listed, so that anything new is seen."""

import pytest
from playwright.sync_api import expect

from tests.browser import console

AXE = console.ROOT / "tests" / "clients" / "node" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not AXE.exists(), reason="axe is brought by: make clients"),
]
STREAMLITS = {
    "list": "stSidebarNavItems",  # the navigation's list holds a division for each section
    "listitem": "stSidebarNav",  # ... and so its items are not the list's children
    "presentation-role-conflict": "stFileUploaderDropzone",  # a drop zone that scripts may focus, with a label
}
"""Rules that Streamlit's own elements break, each with the test id within which it may be broken."""

FIND_FAULTS = """async (allowed) => {
  const faults = [];
  for (const { id, nodes } of (await axe.run(document, { resultTypes: ["violations"] })).violations)
    for (const node of nodes) {
      const element = document.querySelector(node.target.at(-1));
      const within = allowed[id] && element && element.closest(`[data-testid="${allowed[id]}"]`);
      if (!within) faults.push(`${id}: ${node.html.slice(0, 160)} – ${node.failureSummary}`);
    }
  return faults;
}"""


@pytest.fixture(scope="module")
def tab(browser, url):
    """One tab for all pages: a page is reached as a person would, by the navigation."""
    page = browser.new_page(viewport=console.WIDE, color_scheme="light")
    console.opened(page, url)
    page.evaluate(AXE.read_text())  # it stays: the navigation loads no new document
    yield page
    page.close()


def faults_of(page, scheme):
    """What axe finds on the page as it is, in light or dark."""
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 26)"}[scheme]
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
    console.ready(page)
    return page.evaluate(FIND_FAULTS, STREAMLITS)


def faults_in_both(page):
    """What axe finds in light and in dark."""
    return {scheme: faults for scheme in ("light", "dark") if (faults := faults_of(page, scheme))}


@pytest.mark.parametrize("title", console.PAGES.values())
def test_a_page_breaks_no_rule_of_access(tab, title):
    console.go(tab, title)
    console.heading(tab, title).wait_for()
    console.ready(tab)
    assert faults_in_both(tab) == {}


def test_an_answer_breaks_no_rule_of_access(tab):
    console.go(tab, "Run")
    console.heading(tab, "Run").wait_for()
    console.write(tab, "Train or rest?").press("Control+Enter")
    expect(tab.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    console.ready(tab)
    assert faults_in_both(tab) == {}


def test_two_answers_side_by_side_break_no_rule_of_access(tab):
    console.go(tab, "Compare")
    console.heading(tab, "Compare").wait_for()
    console.write(tab, "Train or rest?").press("Control+Enter")
    expect(tab.get_by_role("table", name="Routing trace")).to_have_count(2)
    console.ready(tab)
    assert faults_in_both(tab) == {}


def test_axe_sees_a_fault_that_is_put_into_a_page(tab):
    tab.evaluate("""() => {
      const image = document.createElement('img');
      image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';
      document.body.append(image);
    }""")
    assert any(fault.startswith("image-alt") for fault in faults_of(tab, "light"))
