"""Records as rows: by the names of their fields, whatever is in them."""

import asyncio
import math
from dataclasses import fields

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted, SkippedTarget
from router.store import Filters
from router.store.database import tables
from router.store.log.row_statements import CONTENT_FIELDS, skipped_json
from tests.store.logged import begun, identifier, open_in, rows_of, started

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (RequestStarted, tables.requests),
        (RequestEnded, tables.requests),
        (AttemptBegun, tables.attempts),
        (AttemptEnded, tables.attempts),
    ],
)
def test_each_field_of_a_record_has_the_column_of_its_name(record, table):
    assert {field.name for field in fields(record)} - CONTENT_FIELDS <= {column.name for column in table.c}


async def test_a_record_is_read_back_field_by_field(store):
    skipped = (SkippedTarget("groq", "old", "retired", "since May"),)
    ended = AttemptEnded(
        id=f"{identifier(1)}-1", outcome="not_sent", http_status=503, latency_ms=1.5, ttft_ms=0.5, error="words",
        prompt_tokens=3, completion_tokens=5, cost_usd=0.25, sent=False, came_to="cancelled", tokens_estimated=True,
    )  # fmt: skip
    done = RequestEnded(
        id=identifier(1), status="failed", provider="groq", model="m", latency_ms=2.5, ttft_ms=1.0, prompt_tokens=3,
        completion_tokens=5, cost_usd=0.25, error="words", finish_reason="stop", simulated=True, degraded=True,
        text="answer", reasoning="thoughts", skipped=skipped,
    )  # fmt: skip
    await store.log.begin(started(1, content='{"messages": []}', prompt="question"), begun(1))
    store.log.attempt_ended(ended)
    store.log.request_ended(done)
    assert store.flush()
    detail = store.statistics.request(identifier(1))
    for record, row in ((ended, detail.attempts[0]), (done, detail.row)):
        for field in fields(record):
            if field.name not in CONTENT_FIELDS | {"skipped"}:
                assert row[field.name] == getattr(record, field.name), field.name
    assert (detail.answer, detail.reasoning, detail.request) == ("answer", "thoughts", {"messages": []})
    assert detail.skipped == [{"provider": "groq", "model": "old", "state": "retired", "reason": "since May"}]
    assert detail.row["attempts"] == 1
    assert detail.row["owner"] == store._owner.id


ODD_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
ODD_FLOAT = st.one_of(st.none(), st.floats())
ODD_COUNT = st.one_of(st.none(), st.integers())


@settings(max_examples=40, deadline=None)
@example([("", "", 5e-324, None, None, 1), ("", "", None, None, -1, 10**30)])
@given(st.lists(st.tuples(ODD_TEXT, ODD_TEXT, ODD_FLOAT, ODD_FLOAT, ODD_COUNT, ODD_COUNT), min_size=1, max_size=5))
def test_whatever_a_provider_states_every_request_has_its_row_and_its_figures(tmp_path_factory, oddities):
    folder = tmp_path_factory.mktemp("odd")
    store = open_in(folder)
    asyncio.run(_log_odd(store, oddities))
    assert store.flush()
    assert rows_of(store, "SELECT status, count(*) FROM requests GROUP BY 1") == [("succeeded", len(oddities))]
    assert store.statistics.totals(Filters(simulated=None)).requests == len(oddities)
    before = store.statistics.totals(Filters(simulated=None))
    store.rebuild_figures()
    assert store.statistics.totals(Filters(simulated=None)) == before
    store.close()


async def _log_odd(store, oddities):
    for number, (word, text, latency, ttft, prompt_tokens, completion_tokens) in enumerate(oddities):
        await store.log.begin(started(number, prompt=text), begun(number))
        store.log.attempt_ended(
            AttemptEnded(f"{identifier(number)}-1", "succeeded", completion_tokens, latency, ttft, text, prompt_tokens)
        )
        skipped = (SkippedTarget(word, text, "cooling down", word),)
        store.log.request_ended(
            RequestEnded(identifier(number), "succeeded", word, text, latency, ttft, prompt_tokens, completion_tokens,
                         latency, error=word, finish_reason=text, text=text, reasoning=word, skipped=skipped)
        )  # fmt: skip


def test_a_reason_with_half_a_character_is_kept_with_all_others():
    skipped = (SkippedTarget("a", "b", "c", "half \ud83c"), SkippedTarget("d", "e", "f", "whole"))
    assert skipped_json(skipped).count("reason") == 2
    assert skipped_json(()) is None


async def test_a_number_that_is_none_is_left_out_of_its_row_and_of_the_percentiles(store):
    await store.log.begin(started(1), begun(1))
    store.log.request_ended(RequestEnded(identifier(1), "succeeded", "groq", "m", math.inf, math.nan, 10**30))
    assert store.flush()
    row = rows_of(store, "SELECT latency_ms, ttft_ms, prompt_tokens FROM requests")
    assert row == [(None, None, 2**63 - 1)]
    assert store.statistics.totals(Filters()).latency_p50 is None
