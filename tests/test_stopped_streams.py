"""A call that somebody stopped is no failure: not in the figures, not in a trace, not in the demonstration."""

import sqlite3
import time
from dataclasses import fields
from itertools import chain

import pytest

from pages.components.answer.trace import lines_of_attempts, lines_of_request
from pages.components.demonstration.act_view import cost_of
from router import Attempt, AttemptOutcome
from router.background.loop_thread import RunView
from router.simulator import Fault
from router.store import Filters, Selection
from router.store.database.migrations import MIGRATIONS, FileScripts
from router.types import attempt_failed
from tests.world import CHAT, FIRST, HELLO

pytestmark = pytest.mark.anyio


async def stop_before_it_is_sent(world):
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "attempt_started":
                break
    return stream.request_id


async def stop_before_its_first_word(world):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=60, fraction=0.0))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for event in stream:
            if event.kind == "reasoning":
                break
    world.simulator.clear_faults()
    return stream.request_id


@pytest.mark.parametrize("stop", [stop_before_it_is_sent, stop_before_its_first_word])
async def test_five_streams_that_were_stopped_on_a_healthy_provider_are_no_failed_attempts(world, stop):
    began = time.time() - 3_600
    requests = [await stop(world) for _ in range(5)]
    world.router.store.flush()
    statistics, history = world.router.store.statistics, world.router.store.history
    assert statistics.failures(Filters(start=began)) == []
    assert world.router.store.rebuild_figures() == 5
    assert statistics.failures(Filters(start=began)) == [], "made anew from the rows"
    for outcome in ("not_sent", "cancelled"):
        assert history.page(Selection(outcome=outcome)) == []
    for request_id in requests:
        request = statistics.request(request_id)
        assert [line.failed for line in lines_of_request(request)][-1:] == [False]
    assert world.router.failures() == []


def view_of(attempts):
    """A run that ended with these attempts."""
    values = dict.fromkeys((field.name for field in fields(RunView)), None)
    error = type("Error", (Exception,), {"attempts": tuple(attempts)})()
    return RunView(**values | {"error": error, "trace": ()})


@pytest.mark.parametrize(
    ("outcome", "came_to", "failed"),
    [
        (AttemptOutcome.NOT_SENT, AttemptOutcome.CANCELLED, False),
        (AttemptOutcome.CANCELLED, AttemptOutcome.CANCELLED, False),
        (AttemptOutcome.SKIPPED, None, False),
        (AttemptOutcome.NOT_SENT, AttemptOutcome.UNREACHABLE, True),
        (AttemptOutcome.SERVER_ERROR, AttemptOutcome.SERVER_ERROR, True),
    ],
)
def test_trace_and_demonstration_agree_on_what_failed(outcome, came_to, failed):
    attempts = [Attempt("groq", "m", outcome, latency_ms=500.0, came_to=came_to)]
    assert [line.failed for line in lines_of_attempts(attempts)] == [failed]
    cost = cost_of(view_of(attempts))
    assert (cost.calls, cost.lost_ms) == ((1, 500.0) if failed else (0, 0.0))


def test_rows_of_an_older_version_that_were_stopped_before_they_left_have_not_failed(tmp_path):
    connection = sqlite3.connect(tmp_path / "old.db", isolation_level=None)
    scripts = [FileScripts().statements(number, file) for number, (_, file) in enumerate(MIGRATIONS, start=1)]
    for statement in chain(*scripts[:2]):
        connection.execute(statement)
    for number, (outcome, error) in enumerate([("not_sent", None), ("not_sent", "no connection"), ("succeeded", None)]):
        connection.execute(
            "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome, error) "
            "VALUES (?, 'r', ?, 'groq', 'm', 'a', '2026-11-24T08:30:00.000Z', ?, ?)",
            (f"r-{number}", number, outcome, error),
        )
    for statement in chain(*scripts[2:]):
        connection.execute(statement)
    rows = connection.execute("SELECT outcome, came_to FROM attempts ORDER BY id").fetchall()
    connection.close()
    assert [attempt_failed(*row) for row in rows] == [False, True, False]
