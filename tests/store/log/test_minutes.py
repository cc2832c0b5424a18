"""Figures by the minute, read from the rows: the same as the roll-ups have, in finer buckets."""

import asyncio
import random
import time
from dataclasses import replace

import pytest
from ulid import ULID

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted, SkippedTarget
from router.store import Filters

STATUSES, OUTCOMES = ("succeeded", "failed", "cancelled"), ("rate_limited", "server_error", "cut")
MODELS = (("groq", "m"), ("groq", "n"), ("openrouter", "o"))


async def write_request(log, at, chance):
    """One request of a random kind, with its attempts."""
    identifier, simulated = str(ULID.from_timestamp(at)), chance.random() < 0.2
    state = chance.choice(["retired", "cooling down"])
    skipped = (SkippedTarget("groq", "old", state, "for a reason"),)
    task, purpose = chance.choice(["vision", "verification"]), chance.choice(["prompt", "check"])
    started = RequestStarted(identifier, at, task, "library", purpose, simulated, True, skipped)
    outcomes = [chance.choice(OUTCOMES) for _ in range(chance.randrange(3))]
    status = chance.choice(STATUSES)
    for ordinal, outcome in enumerate([*outcomes, "succeeded"] if status == "succeeded" else outcomes, start=1):
        target = chance.choice(MODELS)
        attempt = AttemptBegun(f"{identifier}-{ordinal}", identifier, ordinal, *target, "account", at)
        await log.begin(started if ordinal == 1 else None, attempt)
        log.attempt_ended(AttemptEnded(attempt.id, outcome, 200, 50.0, None, None))
    if not outcomes and status != "succeeded":
        await log.begin(started, None)
    served = chance.choice(MODELS) if status == "succeeded" else (None, None)
    latency = chance.uniform(50, 9_000)
    log.request_ended(RequestEnded(identifier, status, *served, latency, latency / 4, 30, 50, simulated=simulated))


@pytest.fixture
def store(database):
    store, chance, now = database.open(), random.Random(7), time.time()

    async def main():
        for _ in range(120):
            await write_request(store.log, now - chance.uniform(0, 1_800), chance)

    asyncio.run(main())
    store.flush()
    yield store
    store.close()


FILTERS = [
    {}, {"provider": "groq"}, {"provider": ""}, {"model": "o"}, {"task_type": "vision", "purpose": ("prompt",)},
    {"simulated": None}, {"simulated": True, "source": "library"},
]  # fmt: skip


@pytest.mark.parametrize("more", FILTERS)
def test_minutes_add_up_to_what_the_roll_ups_have(store, more):
    hours = Filters(start=time.time() - 3_000, end=time.time() + 60, **more)
    minutes = replace(hours, by_minute=True)
    figures = store.statistics
    for dimensions in (("provider", "model"), ("task_type",)):
        cubes = [figures.cube(filters, "bucket", *dimensions) for filters in (hours, minutes)]
        assert cubes[1].totals() == cubes[0].totals()
        assert dict(cubes[1].breakdown(*dimensions)) == dict(cubes[0].breakdown(*dimensions))
        assert sum(point.totals.requests for point in cubes[1].series()) == cubes[0].totals().requests
    assert set(figures.failures(minutes)) == set(figures.failures(hours))
    assert sum(failure.attempts for failure in figures.failures_by_bucket(minutes)) == sum(
        failure.attempts for failure in figures.failures_by_bucket(hours)
    )


def test_a_bucket_is_a_minute_and_holds_what_began_in_it(store):
    filters = Filters(start=time.time() - 3_000, by_minute=True)
    points = store.statistics.cube(filters, "bucket").series()
    assert len(points) > 10
    assert all(point.at % 60 == 0 for point in points)


def test_a_period_of_minutes_ends_where_the_next_begins(store):
    now = time.time() // 60 * 60
    halves = [Filters(now - 3_600, now - 900, by_minute=True), Filters(now - 900, now + 120, by_minute=True)]
    whole = Filters(now - 3_600, now + 120, by_minute=True)
    counts = [store.statistics.totals(filters).requests for filters in (*halves, whole)]
    assert counts[0] + counts[1] == counts[2] > 0


def test_requests_by_hour_count_every_hour_that_is_kept(store):
    filters = Filters(start=time.time() - 30 * 86_400)
    hours = store.statistics.requests_by_hour(filters)
    assert sum(count for _, count in hours) == store.statistics.totals(filters).requests
    assert all(at % 3_600 == 0 for at, _ in hours)
