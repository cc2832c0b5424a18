"""What an operator does with Health, History, Routing and the demonstration, in a real browser."""

import sqlite3
import subprocess
import sys

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
        for table in ("holds", "edits", "events", "attempts", "contents", "requests"):
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
    expect(page.get_by_role("heading", name="1 model cooling down")).to_be_visible()
    expect(page.get_by_text("this model's allowance is used up")).to_be_visible()
    cell(page, "program-generation", "groq").click()
    detail = page.get_by_role("dialog")
    expect(detail).to_contain_text("cooling down")
    expect(detail).to_contain_text("left")
    expect(detail).to_contain_text("since")
    assert "task=program-generation" in page.url
    before = detail.inner_text()
    expect(detail).not_to_have_text(before, use_inner_text=True)  # it counts down while it is open
    simulator.clear_faults()
    detail.get_by_role("button", name="Reset", exact=True).click()
    expect(detail.get_by_text("cooling down")).to_have_count(0)
    detail.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("All 8 tasks are served.", exact=True)).to_be_visible()
    page.get_by_text("Resets (latest 1)").click()
    expect(page.get_by_text(FIRST[1])).to_be_visible()
    ask(page, address)
    assert [row[0] for row in rows(database, "SELECT provider FROM requests ORDER BY id")] == ["openrouter", "groq"]
    assert rows(database, "SELECT kind, provider, model FROM events") == [("reset", *FIRST)]


# --- History -------------------------------------------------------------------------------------------------------


def request_named(page, words):
    return console.key(page, "history-list").get_by_role("button").filter(has_text=words)


def run_what_is_filled_in(page, prompt):
    expect(console.heading(page, "Run")).to_be_visible()
    field = page.get_by_role("textbox", name="Prompt")
    expect(field).to_have_value(prompt)
    field.press("Control+Enter")
    page.wait_for_url("**run=**")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
    console.ready(page)


def test_a_request_is_filtered_opened_beside_the_list_and_run_again(page, staged):
    address, _, database = staged
    for prompt in ("Should I train today?", "What is for dinner?"):
        ask(page, address, prompt)
    console.opened(page, f"{address}/history?rows=Simulated")
    expect(request_named(page, "?")).to_have_count(2)
    page.get_by_role("textbox", name="Search").fill("dinn")
    page.keyboard.press("Enter")
    expect(request_named(page, "?")).to_have_count(1)
    request_named(page, "dinner").click()
    expect(console.key(page, "open-request")).to_be_visible()
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered")
    expect(page.get_by_text("Simulated reply")).to_be_visible()
    request = rows(database, "SELECT max(id) FROM requests")[0][0]
    assert f"request={request}" in page.url
    assert "q=dinn" in page.url
    console.press(page, "again")
    run_what_is_filled_in(page, "What is for dinner?")
    console.opened(page, f"{address}/history?rows=Simulated&request={request}")
    console.press(page, "on-openrouter")
    run_what_is_filled_in(page, "What is for dinner?")
    served = rows(database, "SELECT provider, prompt FROM requests JOIN contents ON request_id = id ORDER BY id")
    assert served[-2:] == [("groq", "What is for dinner?"), ("openrouter", "What is for dinner?")]
    assert page.complaints == []


def test_where_nothing_is_listed_one_button_alone_resets_the_filters_and_another_takes_off_the_one_that_does_it(
    page, staged
):
    address, _, _ = staged
    ask(page, address, "Should I train today?")
    console.opened(page, f"{address}/history?rows=Simulated&status=interrupted")
    expect(page.get_by_text("with status Interrupted in the last 24 hours")).to_be_visible()
    expect(page.get_by_role("button", name="Reset filters")).to_have_count(1)
    page.get_by_role("button", name="Any status").click()
    expect(request_named(page, "Should I train today?")).to_have_count(1)
    expect(page.get_by_role("button", name="Reset filters")).to_have_count(1)
    assert page.complaints == []


# --- Routing -------------------------------------------------------------------------------------------------------

ANOTHER_PROCESS = """
import asyncio, os
from router import DualModelRouter, TaskConfig, TaskType

async def main():
    async with DualModelRouter.from_env() as router:
        messages = [{"role": "user", "content": "?"}]
        print((await router.complete(config=TaskConfig(TaskType.REAL_TIME_CHAT), messages=messages)).provider)

asyncio.run(main())
"""


def served_in_another_process(simulator, database):
    environment = {"ROUTER_DATABASE_URL": f"sqlite:///{database}", "PYTHONPATH": str(console.ROOT)}
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    result = subprocess.run(
        command, env=environment | console.keys(simulator), capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_an_edit_of_the_routing_is_obeyed_by_the_next_run_in_every_process_and_so_is_its_undo(page, staged):
    address, simulator, database = staged
    console.opened(page, f"{address}/routing?task=real-time-chat")
    page.get_by_role("button", name="Move gpt-oss-120b down").click()
    expect(page.get_by_text("Nemotron 3 Super → gpt-oss-120b")).to_be_visible()
    console.press(page, "keep")
    expect(page.get_by_role("button", name="Undo: edit of Real-time chat")).to_be_visible()
    ask(page, address)
    assert served_in_another_process(simulator, database) == "openrouter"
    console.opened(page, f"{address}/routing?task=real-time-chat")
    console.press(page, "undo")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    ask(page, address)
    assert served_in_another_process(simulator, database) == "groq"
    served = [row[0] for row in rows(database, "SELECT provider FROM requests ORDER BY id")]
    assert served == ["openrouter", "openrouter", "groq", "groq"]


# --- the demonstration ---------------------------------------------------------------------------------------------


def test_a_failure_in_the_demonstration_is_survived_on_stage_and_leaves_health_as_it_was(page, staged):
    address, simulator, database = staged
    seen = len(simulator.requests)
    console.opened(page, f"{address}/demonstration")
    for trouble in ("quota", "down"):
        console.press(page, f"trouble-{trouble}")
        expect(console.key(page, "happened")).to_contain_text("Without it", timeout=30_000)
        console.ready(page)
    expect(page.get_by_text("No model is available")).to_be_visible()
    expect(console.key(page, "side-without")).to_contain_text("No answer")
    page.mouse.wheel(0, 2_000)
    expect(page.get_by_role("button", name="Back to normal")).to_be_in_viewport()
    console.press(page, "normal")
    expect(console.key(page, "happened")).to_contain_text("Everything works", timeout=30_000)
    expect(console.key(page, "side-routed")).to_contain_text("Simulated reply")
    expect(page.get_by_role("button", name="Back to normal")).to_have_count(0)
    console.opened(page, f"{address}/health")
    expect(page.get_by_text("All 8 tasks are served.", exact=True)).to_be_visible()
    assert rows(database, "SELECT count(*) FROM holds") == [(0,)]
    assert rows(database, "SELECT DISTINCT purpose, simulated FROM requests WHERE status != 'failed'") == [
        ("demonstration", 1)
    ]
    assert len(simulator.requests) == seen
    assert page.complaints == []
