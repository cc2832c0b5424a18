"""Allowances and calls in the database."""

import time

import pytest
from ulid import ULID

from router.ports import Allowance, AttemptBegun, AttemptEnded, RequestStarted

pytestmark = pytest.mark.anyio
STATED = Allowance("a", "groq", "m", "requests", 60.0, 30, 29, 2.0, 1.0)


def test_an_allowance_is_read_back_and_a_later_one_takes_its_place(store):
    for allowance in (STATED, Allowance("a", "groq", "m", "requests", 60.0, 30, 28, 3.0, 2.0)):
        store.allowances.put_allowance(allowance)
        assert store.flush()
        assert store.allowances.load_allowances("a") == [allowance]
    assert store.allowances.load_allowances("b") == []


@pytest.mark.parametrize(("limit", "kept"), [(2**63 - 1, 2**63 - 1), (2**63, 2**63 - 1), (-(10**30), -(2**63))])
def test_a_limit_of_any_size_is_kept_within_what_columns_hold(store, limit, kept):
    store.allowances.put_allowance(Allowance("a", "groq", "m", "tokens", 60.0, limit, limit, 2.0, 1.0))
    assert store.flush()
    assert [allowance.limit for allowance in store.allowances.load_allowances("a")] == [kept]


async def test_calls_are_counted_from_a_moment_on_without_those_that_never_left(store):
    now = time.time()
    for outcome, sent in (("succeeded", True), ("not_sent", False), ("rate_limited", None)):
        request_id = str(ULID())
        begun = AttemptBegun(f"{request_id}-1", request_id, 1, "groq", outcome, "a", now)
        await store.log.begin(RequestStarted(request_id, now, "vision", "library", "prompt", False, False), begun)
        store.log.attempt_ended(AttemptEnded(begun.id, outcome, None, 1.0, None, None, sent=sent))
    assert store.flush()
    assert {call.model for call in store.allowances.calls_since("a", now - 60)} == {"succeeded", "rate_limited"}
    assert store.allowances.calls_since("a", now + 60) == []
