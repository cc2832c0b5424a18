"""A run is found in memory and in the log, and what is known of it is the same from both."""

import sqlite3
from contextlib import closing

from pages.components.console.runtime import runtime
from pages.components.run.run_records import find_run
from router.simulator import Fault
from router.types import TaskType
from tests.pages.test_pages import CHAT, HELLO, ask, words


def test_a_run_in_memory_has_its_request_its_answer_and_its_figures(show):
    show("run.py")
    live = runtime().portal.start(config=CHAT, messages=HELLO, seed=7)
    assert live.done.wait(20)
    record = find_run(runtime(), live.id)
    assert record.prompt == HELLO[-1]["content"]
    assert record.request["parameters"] == {"seed": 7}
    assert record.task is TaskType.REAL_TIME_CHAT
    assert record.text == record.completion.text
    assert not record.going


def test_the_log_tells_the_same_of_a_run_that_memory_has_forgotten(show):
    show("run.py")
    completion = ask()
    record = find_run(runtime(), completion.request_id)
    assert record.live is None
    assert (record.prompt, record.text) == (HELLO[-1]["content"], completion.text)
    assert str(record.target) == f"{completion.provider}:{completion.model}"


def test_nobody_knows_a_run_that_was_never_made(show):
    show("run.py")
    assert find_run(runtime(), "01NOBODY") is None
    assert find_run(runtime(), "") is None


def test_a_run_under_way_is_going_and_is_not_elsewhere(show, simulator):
    show("run.py")
    simulator.set_fault("groq", "*", Fault("silent"))
    live = runtime().portal.start(config=CHAT, messages=HELLO)
    record = find_run(runtime(), live.id)
    assert record.going
    assert not record.elsewhere
    live.cancel()
    assert live.done.wait(10)


def test_a_request_of_another_process_is_said_to_run_elsewhere(show, tmp_path):
    show("run.py")
    request = ask().request_id
    runtime().store.flush()
    with closing(sqlite3.connect(tmp_path / "console.db")) as connection, connection:
        connection.execute("UPDATE requests SET status = 'running' WHERE id = ?", (request,))
    assert find_run(runtime(), request).elsewhere
    assert "running in another process" in words(show("run.py", run=request))
