"""What an operator does with Health, History, Routing and the demonstration, in a real browser."""

import sqlite3

import pytest
from playwright.sync_api import expect

from router.simulator import Fault, Simulator
from tests.browser import console
from tests.world import FIRST

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def console_on_providers(tmp_path_factory):
    """One console with keys for all of these, on providers that a test can break."""
    folder = tmp_path_factory.mktemp("operating")
    with Simulator(pace=0.2) as simulator, console.with_keys(folder, simulator) as address:
        yield address, simulator, folder / "console.db"


@pytest.fixture
def staged(console_on_providers):
    """... in health, with nothing held and an empty log."""
    _, simulator, database = console_on_providers
    yield console_on_providers
    simulator.clear_faults()
    with sqlite3.connect(database) as connection:
        for table in ("holds", "events", "attempts", "contents", "requests"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE counters SET value = value + 1")
    connection.close()


def ask(page, address, prompt="Train or rest?"):
    """One prompt on Run, answered."""
    console.opened(page, address)
    console.write(page, prompt).press("Control+Enter")
    page.wait_for_url("**run=**")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
    console.ready(page)


def rows(database, sql):
    with sqlite3.connect(database) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def cell(page, task, provider):
    return console.key(page, f"cell-{task}-{provider}").get_by_role("button")


def test_a_failure_is_seen_in_health_reset_and_gone_and_the_next_run_uses_the_target(page, staged):
    address, simulator, database = staged
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask(page, address)
    console.opened(page, f"{address}/health")
    expect(page.get_by_role("heading", name="Held now: 1")).to_be_visible()
    expect(page.get_by_text("this model's allowance is used up")).to_be_visible()
    cell(page, "program-generation", "groq").click()
    detail = page.get_by_role("dialog")
    expect(detail).to_contain_text("held")
    expect(detail).to_contain_text("min")
    expect(detail).to_contain_text("since")
    assert "task=program-generation" in page.url
    before = detail.inner_text()
    expect(detail).not_to_have_text(before, use_inner_text=True, timeout=5_000)  # it counts down while it is open
    simulator.clear_faults()
    detail.get_by_role("button", name="Reset", exact=True).click()
    expect(detail.get_by_text("held")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Nothing is held")).to_be_visible()
    page.get_by_text("Resets (1 latest)").click()
    expect(page.get_by_text(FIRST[1])).to_be_visible()
    ask(page, address)
    assert [row[0] for row in rows(database, "SELECT provider FROM requests ORDER BY id")] == ["openrouter", "groq"]
    assert rows(database, "SELECT kind, provider, model FROM events") == [("reset", *FIRST)]


def test_a_reset_of_all_is_asked_about_once_and_says_what_it_means(page, staged):
    address, simulator, database = staged
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=600))
    console.opened(page, address)
    console.write(page, "Train or rest?").press("Control+Enter")
    expect(page.get_by_text("No target answered.")).to_be_visible(timeout=30_000)
    console.opened(page, f"{address}/health")
    console.press(page, "reset-all")
    expect(page.get_by_role("dialog")).to_contain_text("The next request calls the target again")
    page.wait_for_timeout(2_500)  # longer than the page takes to refresh itself
    page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text("Nothing is held")).to_be_visible()
    assert rows(database, "SELECT count(*) FROM holds") == [(0,)]
