"""Roll-ups, percentiles, retention, and the readers on top of them."""

import asyncio
import math
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted, SkippedTarget
from router.store import Failure, Filters, Selection
from router.store.database import tables
from router.store.log import histograms
from tests.store.logged import change_rows, open_in, rows_of

NOW = time.time()


async def record(log, number, *, at=NOW, status="succeeded", outcomes=("succeeded",), latency=100.0, **more):
    """One request with its attempts: what failed is "m", and "n" answers in its place unless `same` says otherwise."""
    identifier = f"{int(at):012d}{number:014d}"
    wanted = {"task_type": "vision", "source": "library", "purpose": "prompt", "simulated": False} | more
    skipped = (SkippedTarget("groq", "old", wanted.get("state", "retired"), "for a reason"),)
    begun = RequestStarted(identifier, at, wanted["task_type"], wanted["source"], wanted["purpose"], False, True,
                           skipped, '{"messages": []}')  # fmt: skip
    for ordinal, outcome in enumerate(outcomes, start=1):
        model = "n" if ordinal > 1 and outcome == "succeeded" and not wanted.get("same") else "m"
        attempt = AttemptBegun(f"{identifier}-{ordinal}", identifier, ordinal, "groq", model, "account", at)
        await log.begin(begun if ordinal == 1 else None, attempt)
        log.attempt_ended(AttemptEnded(attempt.id, outcome, 200, latency, None, None, 3, 5, 0.0))
    log.request_ended(
        RequestEnded(identifier, status, wanted.get("provider", "groq"), wanted.get("model", "m"), latency, latency / 4,
                     3, 5, 0.0, simulated=wanted["simulated"], text="an answer", skipped=skipped)
    )  # fmt: skip
    return identifier


def fill(store, entries):
    async def main():
        for number, entry in enumerate(entries):
            await record(store.log, number, **entry)

    asyncio.run(main())
    store.flush()


def test_figures_count_what_was_answered_saved_and_failed(store):
    fill(store, [{}, {"outcomes": ("server_error", "succeeded")}, {"status": "failed", "outcomes": ("server_error",)}])
    totals = store.statistics.totals(Filters(start=NOW - 3600))
    assert (totals.requests, totals.succeeded, totals.failed, totals.saved) == (3, 2, 1, 1)
    assert store.statistics.failures(Filters(start=NOW - 3600)) == [Failure("groq", "m", "server_error", 2)]


@pytest.mark.parametrize(
    ("entry", "saved"),
    [
        ({}, 0),
        ({"outcomes": ("server_error", "succeeded")}, 1),
        ({"outcomes": ("server_error", "succeeded"), "same": True}, 0),
        ({"state": "cooling down"}, 1),
        ({"state": "no allowance"}, 1),
        ({"state": "no key"}, 0),
        ({"state": "held", "status": "failed", "outcomes": ("server_error",)}, 0),
    ],
)
def test_a_fallback_saved_what_its_first_target_failed_or_could_not_take(store, entry, saved):
    fill(store, [entry])
    assert store.statistics.totals(Filters(start=NOW - 3600)).saved == saved


def test_an_attempt_that_somebody_stopped_has_not_failed(store):
    fill(store, [{"status": "cancelled", "outcomes": ("server_error", "cancelled")}])
    assert store.statistics.failures(Filters(start=NOW - 3600)) == [Failure("groq", "m", "server_error", 1)]


def test_a_record_that_cannot_be_written_takes_no_others_figures_along(store):
    async def main():
        await asyncio.gather(*(record(store.log, number) for number in range(3)))
        store.log.request_ended(RequestEnded("nobody", "succeeded", None, None, 1.0, prompt_tokens=10**30))

    asyncio.run(main())
    store.flush()
    assert store.statistics.totals(Filters(start=NOW - 3600)).requests == 3
    assert rows_of(store, "SELECT attempts FROM requests") == [(1,)] * 3


def test_a_period_ends_where_the_next_one_begins(store):
    midnight = NOW // 86_400 * 86_400
    fill(store, [{"at": midnight - 1}, {"at": midnight}])
    for days in (1, 60):
        filters = Filters(start=midnight - days * 86_400, end=midnight)
        assert store.statistics.totals(filters).requests == 1


def test_simulated_rows_never_mix_with_live_ones_unasked(store):
    fill(store, [{}, {"simulated": True}, {"simulated": True}])
    of = store.statistics.totals
    assert of(Filters(start=NOW - 3600)).requests == 1
    assert of(Filters(start=NOW - 3600, simulated=True)).requests == 2
    assert of(Filters(start=NOW - 3600, simulated=None)).requests == 3


@pytest.mark.parametrize("days", [1, 60])
def test_every_filter_narrows_and_every_breakdown_adds_up(store, days):
    fill(store, [{}, {"task_type": "verification"}, {"provider": "openrouter"}, {"source": "console"}])
    start = NOW - days * 86_400
    for name, value, count in (
        ("task_type", "verification", 1),
        ("provider", "openrouter", 1),
        ("source", "console", 1),
    ):
        assert store.statistics.totals(Filters(start=start, **{name: value})).requests == count
        parts = store.statistics.breakdown(Filters(start=start), name)
        assert sum(totals.requests for _, totals in parts) == 4
    assert sum(point.totals.requests for point in store.statistics.series(Filters(start=start), "provider")) == 4


_entries = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.sampled_from([NOW, NOW - 4_000, NOW - 90_000]),
            "status": st.sampled_from(["succeeded", "failed", "cancelled"]),
            "latency": st.floats(0.01, 1e6),
            "task_type": st.sampled_from(["vision", "verification"]),
            "outcomes": st.sampled_from([("succeeded",), ("cut", "succeeded"), ("server_error",)]),
            "same": st.booleans(),
            "state": st.sampled_from(["retired", "held", "cooling down", "no allowance"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=_entries)
def test_figures_kept_while_writing_are_those_made_anew_from_the_rows(tmp_path_factory, entries):
    store = open_in(tmp_path_factory.mktemp("figures"))
    fill(store, entries)
    kept = tables_of(store)
    assert store.rebuild_figures() == len(entries)
    assert tables_of(store) == kept
    store.close()


def test_figures_made_anew_are_those_that_were_kept_on_every_database(store):
    outcomes = [("succeeded",), ("cut", "succeeded"), ("server_error",)]
    entries = [
        {"at": at, "latency": 10.0**number, "outcomes": tried, "status": "succeeded" if number % 2 else "failed"}
        for number, tried in enumerate(outcomes)
        for at in (NOW, NOW - 90_000)
    ]
    fill(store, entries)
    kept = tables_of(store)
    assert store.rebuild_figures() == len(entries)
    assert tables_of(store) == kept


_ROLLUPS = (*tables.rollups.values(), *tables.failures.values())
_COLUMNS = {table.name: ", ".join(table.c.keys()) for table in _ROLLUPS}


def tables_of(store):
    """Every row of every roll-up."""
    found = {
        table.name: sorted(rows_of(store, f"SELECT {_COLUMNS[table.name]} FROM {table.name}")) for table in _ROLLUPS
    }
    assert len(found) == 8
    return found


@given(st.lists(st.floats(0.001, 1e9), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentiles_are_at_most_three_and_a_half_per_cent_off(values, share):
    counts = {}
    for value in values:
        counts[histograms.bucket_of(value)] = counts.get(histograms.bucket_of(value), 0) + 1
    distribution = histograms.Distribution()
    distribution.add(histograms.pack(counts))
    (found,) = distribution.percentiles([share])
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert abs(found - exact) / exact <= 0.035


def test_retention_deletes_rows_and_keeps_figures(store):
    fill(store, [{"at": NOW - 10 * 86_400}, {"at": NOW - 9 * 86_400}, {}])
    assert store.retain(days=5) == 2
    assert len(store.history.page(Selection(Filters(start=0)))) == 1
    assert store.statistics.totals(Filters(start=NOW - 60 * 86_400)).requests == 3


def test_figures_of_deleted_rows_survive_being_made_anew(store):
    fill(store, [{"at": NOW - 10 * 86_400}, {"at": NOW - 9 * 86_400}, {"status": "failed"}])
    store.retain(days=5)
    kept = tables_of(store)
    assert store.rebuild_figures() == 1
    assert tables_of(store) == kept


def test_retention_deletes_whole_days_only(store):
    """So that no day's figures stand for rows of which some are gone."""
    midnight = NOW // 86_400 * 86_400
    fill(store, [{"at": midnight - 5 * 86_400 + second} for second in (-1, 1)])
    assert store.retain(days=(NOW - midnight) / 86_400 + 4.5) == 1


def test_figures_that_no_row_stands_behind_go_when_they_are_made_anew(store):
    fill(store, [{"at": NOW - 3 * 86_400}, {}])
    change_rows(store, "DELETE FROM requests WHERE id < ?", f"{int(NOW) - 86_400:012d}")
    assert store.rebuild_figures() == 1
    assert store.statistics.totals(Filters(start=NOW - 60 * 86_400)).requests == 1


def test_hourly_figures_are_kept_for_recent_days_and_daily_ones_for_ever(store):
    fill(store, [{"at": NOW - 50 * 86_400}, {}])
    found = tables_of(store)
    assert [len(found[name]) for name in ("rollup_hours", "rollup_days")] == [1, 2]
    assert store.statistics.totals(Filters(start=NOW - 51 * 86_400, end=NOW - 49 * 86_400)).requests == 1


_counts = st.dictionaries(st.integers(0, 1_000), st.integers(1, 2**30), max_size=5)


@given(_counts, _counts)
def test_two_distributions_merged_while_writing_lose_nothing(one, other):
    expected = {bucket: one.get(bucket, 0) + other.get(bucket, 0) for bucket in {*one, *other}}
    packed = histograms.merged(histograms.pack(one), histograms.pack(other))
    assert histograms.unpack(packed) == expected


@given(st.lists(st.dictionaries(st.integers(0, 1_000), st.integers(1, 2**31), max_size=5), max_size=20))
def test_distributions_added_packed_are_those_added_one_by_one(many):
    total, expected = histograms.Distribution(), {}
    for counts in many:
        total.add(histograms.pack(counts))
        for bucket, count in counts.items():
            expected[bucket] = expected.get(bucket, 0) + count
    if max(expected.values(), default=0) < 2**32:
        assert total.counts() == expected


def test_one_request_comes_with_its_attempts_what_was_skipped_and_its_content(store):
    identifier = asyncio.run(record(store.log, 1, outcomes=("cut", "succeeded")))
    store.flush()
    detail = store.statistics.request(identifier)
    assert [row["outcome"] for row in detail.attempts] == ["cut", "succeeded"]
    assert detail.skipped[0]["reason"] == "for a reason"
    assert detail.answer == "an answer"
    assert store.statistics.request("nobody") is None


def test_times_are_text_in_utc(store):
    identifier = asyncio.run(record(store.log, 1, at=1_790_000_000.123))
    store.flush()
    assert store.statistics.request(identifier).row["started_at"] == "2026-09-21T14:13:20.123Z"


def test_a_group_of_endings_writes_each_figure_once(store):
    async def many():
        await asyncio.gather(*(record(store.log, number) for number in range(200)))

    before = store._writer._groups.begun
    asyncio.run(many())
    store.flush()
    assert store._writer._groups.begun - before < 100


def test_half_a_character_in_an_answer_costs_no_row(store):
    async def main():
        identifier = f"{1:026d}"
        await store.log.begin(RequestStarted(identifier, NOW, "vision", "library", "prompt", False, False), None)
        store.log.request_ended(RequestEnded(identifier, "succeeded", "groq", "m", 1.0, text="half \ud83c and \0"))

    asyncio.run(main())
    store.flush()
    assert store.statistics.request(f"{1:026d}").answer == "half \ufffd and \ufffd"
