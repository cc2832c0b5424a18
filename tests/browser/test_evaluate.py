"""Evaluate in a real browser: a run that leads to an edit and back, a case kept from History, a run after a restart."""

import re

import pytest
from playwright.sync_api import expect

from router.simulator import Simulator
from tests.browser import console

pytestmark = pytest.mark.timeout(240)

CHOICE = "evaluate?task=quick-categorization&targets=groq:openai/gpt-oss-20b,groq:openai/gpt-oss-120b&cases=12"
DONE = 120_000


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory):
    with console.staged_console(tmp_path_factory.mktemp("stage"), pace=0.02) as stage:
        yield stage


def begin(page, url):
    """An evaluation of two models, begun."""
    console.opened(page, f"{url}/{CHOICE}")
    page.get_by_role("button", name="Evaluate", exact=True).click()


def categorize(page, url):
    """One line sorted from the Run page; gives its request's id."""
    console.opened(page, url)
    console.choose_task(page, "Quick categorization")
    console.ready(page)
    console.write(page, "Categorize: two eggs").press("Control+Enter")
    page.wait_for_url("**run=**")
    console.ready(page)
    return re.search(r"run=(\w+)", page.url)[1]


def served_by(stage, request_id):
    return stage.rows("SELECT model FROM requests WHERE id = ?", request_id)[0][0]


def test_a_run_leads_to_a_proposal_that_the_next_request_obeys_and_to_its_undo(page, stage):
    begin(page, stage.url)
    expect(page.get_by_role("button", name="Take it")).to_be_visible(timeout=DONE)
    expect(page.get_by_text("gpt-oss-120b is better than gpt-oss-20b")).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert served_by(stage, categorize(page, stage.url)) == "openai/gpt-oss-120b"
    console.opened(page, f"{stage.url}/evaluate")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Take it")).to_be_visible()
    assert served_by(stage, categorize(page, stage.url)) == "openai/gpt-oss-20b"


def test_a_case_kept_from_history_is_asked_by_the_next_run(page, stage):
    request_id = categorize(page, stage.url)
    console.opened(page, f"{stage.url}/history?request={request_id}")
    page.get_by_role("button", name="Keep as a case").click()
    page.get_by_role("textbox", name="Expected").fill("meal")
    page.get_by_role("textbox", name="Expected").press("Tab")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept as a case of Quick categorization")).to_be_visible()
    console.opened(page, f"{stage.url}/{CHOICE.replace('cases=12', 'cases=1')}")
    expect(page.get_by_text("2 requests", exact=True)).to_be_visible()
    console.ready(page)
    page.get_by_role("button", name="Evaluate", exact=True).click()
    expect(page.get_by_text("1 of 1").first).to_be_visible(timeout=DONE)
    asked = [seen.body["messages"][-1]["content"] for seen in stage.simulator.requests[-2:]]
    assert asked == ["Categorize: two eggs"] * 2


def test_a_run_goes_on_after_a_restart(page, tmp_path):
    with Simulator(pace=0.1) as simulator:
        with console.with_keys(tmp_path, simulator) as url:
            begin(page, url)
            expect(page.get_by_text(re.compile(r"Evaluation: \d+ of 24"))).to_be_visible()
        with console.with_keys(tmp_path, simulator) as url:
            console.opened(page, f"{url}/evaluate")
            page.get_by_role("button", name="Go on").click()
            expect(page.get_by_role("button", name="Take it")).to_be_visible(timeout=DONE)
