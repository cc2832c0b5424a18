"""A sample month is invented, marked, and taken away without a trace."""

import time

from router.store import SampleTask
from router.store.log.sample_month import DAYS, SAMPLE_OWNER
from router.types import Target

FAST, SLOW = Target("groq", "fast"), Target("openrouter", "slow")
TASKS = [
    SampleTask("real-time-chat", (FAST, SLOW), "Train or rest?", "Train, but lighter.", 3.0),
    SampleTask("vision", (SLOW,), "What is this?", "Two eggs."),
]


def rows(store, sql):
    return store._readers.rows(sql, ())


def test_every_row_is_marked_as_simulated_and_as_a_sample(store):
    count = store.add_sample_month(TASKS)
    assert count == store.sample_month_size()
    assert rows(store, "SELECT DISTINCT simulated, owner FROM requests") == [(1, SAMPLE_OWNER)]
    assert rows(store, "SELECT count(*) FROM contents") == [(count,)]


def test_it_reaches_over_the_month_and_not_into_the_future(store):
    store.add_sample_month(TASKS)
    first, last = rows(store, "SELECT min(started_at), max(started_at) FROM requests")[0]
    days = (time.time() - time.mktime(time.strptime(first[:10], "%Y-%m-%d"))) / 86_400
    assert DAYS - 3 < days < DAYS + 2
    assert last < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def test_a_fallback_answers_where_the_first_provider_is_down_or_out_of_quota(store):
    store.add_sample_month(TASKS)
    outcomes = {row[0] for row in rows(store, "SELECT DISTINCT outcome FROM attempts WHERE ordinal = 1")}
    assert outcomes == {"succeeded", "server_error", "rate_limited"}
    saved = rows(store, "SELECT count(*) FROM requests WHERE attempts > 1 AND status = 'succeeded'")[0][0]
    assert saved > 10


def test_removed_it_leaves_no_row_no_text_and_no_figure(store):
    store.add_sample_month(TASKS)
    store.remove_sample_month()
    for table in ("requests", "attempts", "contents", "rollup_days", "rollup_hours", "rollup_days_failures"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)], table
