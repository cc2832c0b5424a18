"""Allowances and calls in the database."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from router.ports import Allowance, CallMade, CallRoom
from router.store import open_store
from tests.store.forked import results_of

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


def call(number, model="m", at=100.0):
    return CallMade(f"{number}", model, at)


async def took(store, made, *rooms):
    return await store.allowances.take_call("a", made, rooms) is None


async def made_since(store, moment):
    """The ids of calls; outside of the event loop, where a busy server is waited for."""
    made = await asyncio.to_thread(store.allowances.calls_since, "a", moment)
    return [call.id for call in made]


async def test_a_call_is_counted_if_every_rule_has_room_for_it(store):
    minute, day, of_model = CallRoom(90.0, 2), CallRoom(0.0, 3), CallRoom(0.0, 1, "other")
    assert await took(store, call(1), minute, day)
    assert await took(store, call(2), minute, day)
    assert not await took(store, call(3), minute, day), "the minute is full"
    assert await took(store, call(4, at=160.0), CallRoom(150.0, 2), day)
    assert not await took(store, call(5, at=170.0), CallRoom(150.0, 2), day), "the day is full"
    assert await took(store, call(6, "other"), of_model)
    assert not await took(store, call(7, "other"), of_model), "the model has had its call"
    assert await took(store, call(8)), "there is no rule"
    assert await store.allowances.take_call("b", call(9), [CallRoom(0.0, 1)]) is None, "another account"


async def test_who_is_refused_is_told_of_the_calls_that_left_no_room(store):
    assert await took(store, call(1, at=50.0), CallRoom(0.0, 5))
    assert await took(store, call(2), CallRoom(0.0, 5))
    assert await store.allowances.take_call("a", call(3), [CallRoom(90.0, 1), CallRoom(60.0, 1)]) == [call(2)]


async def test_a_call_that_was_given_back_makes_room(store):
    assert await took(store, call(1), CallRoom(0.0, 1))
    store.allowances.give_back_call("1")
    assert store.flush()
    assert await took(store, call(2), CallRoom(0.0, 1))
    store.allowances.forget_calls("a")
    assert store.flush()
    assert await made_since(store, 0.0) == []


async def test_calls_are_read_from_a_moment_on_and_forgotten_after_days(store):
    assert await took(store, call(1))
    assert await took(store, call(2, at=200.0))
    assert await made_since(store, 150.0) == ["2"]
    assert await took(store, call(3, at=100.0 + 10 * 86_400))
    assert await made_since(store, 0.0) == ["3"]


async def test_of_many_requests_at_once_as_many_are_let_through_as_there_is_room_for(store):
    taken = await asyncio.gather(*(took(store, call(number), CallRoom(0.0, 7)) for number in range(40)))
    assert taken.count(True) == 7


TAKE_CALLS = """
rooms = [CallRoom({since}, {limit}), CallRoom(0.0, 50)]
made = [CallMade(f"{{number}}-{{place}}-{at}", "m", {at}) for place in range(10)]
taken = await asyncio.gather(*(store.allowances.take_call("a", call, rooms) for call in made))
result = taken.count(None)
"""


@pytest.mark.timeout(120)
def test_eight_processes_make_no_more_calls_together_than_a_minute_and_a_day_have_room_for(store, database):
    of_minute = results_of(TAKE_CALLS.format(since=40.0, limit=20, at=100.0), database.url, 8)
    assert sum(of_minute) == 20
    of_day = results_of(TAKE_CALLS.format(since=140.0, limit=40, at=200.0), database.url, 8)
    assert sum(of_day) == 30, "the day's 50 without those of the first minute"


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_whoever_waits_for_one_allowance_has_locked_none_that_comes_behind_it(postgres_url, tmp_path):
    store = open_store(postgres_url, tmp_path)
    for model in ("x", "y"):
        store.allowances.put_allowance(replace(STATED, model=model))
    assert store.flush()
    with psycopg.connect(postgres_url) as another:
        another.execute("SELECT FROM allowances WHERE model = 'x' FOR UPDATE")
        for model in ("y", "x"):
            store.allowances.put_allowance(replace(STATED, model=model, remaining=7))
        while another.execute(WAITING).fetchone() == (0,):
            pass
        another.execute("SELECT FROM allowances WHERE model = 'y' FOR UPDATE NOWAIT")
    assert store.flush()
    assert {allowance.remaining for allowance in store.allowances.load_allowances("a")} == {7}
    store.close()
