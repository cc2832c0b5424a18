"""Answers that may be given again, in either database: found by all, bounded, and forgotten with what they are of."""

import time
from dataclasses import replace

import pytest

from router.gateway.keys import new_key
from router.ports import RequestEnded
from router.ports.cached_answers import CachedAnswer
from router.store import Filters, Selection
from router.store.state import answers
from tests.store.logged import begun, change_rows, end, identifier, rows_of, started

pytestmark = pytest.mark.anyio
NOW = time.time()


def answer(key="a", *, number=1, at=NOW, seconds=600.0, document='{"text": "Rest."}', app=""):
    return CachedAnswer(key, app, identifier(number), at, at + seconds, document)


def keys_in(store):
    store.flush()
    return [row[0] for row in rows_of(store, "SELECT key FROM cached_answers ORDER BY key")]


async def log_repeated(log, number, of):
    """A request that the cache answered."""
    await log.begin(started(number), None)
    log.request_ended(RequestEnded(identifier(number), "succeeded", "groq", "m", 0.5, 0.2, 0, 0, text="Rest.",
                                   cached_from=identifier(of)))  # fmt: skip


async def test_an_answer_is_found_at_once_and_after_it_is_committed(store):
    store.answers.keep_answer(answer())
    assert store.answers.find_answer("a", NOW) == answer()
    assert store.flush()
    assert store.answers.find_answer("a", NOW) == answer()
    assert store.answers.find_answer("b", NOW) is None
    assert store.answers.size() == answers.CacheSize(1, len(answer().document))


async def test_a_later_answer_takes_the_place_of_an_earlier_one(store):
    store.answers.keep_answer(answer())
    later = answer(number=2, at=NOW + 1, document='{"text": "Train."}')
    store.answers.keep_answer(later)
    assert keys_in(store) == ["a"]
    assert store.answers.find_answer("a", NOW) == later


async def test_what_has_expired_is_found_by_nobody_and_goes_with_the_next_one(store):
    store.answers.keep_answer(answer(seconds=5))
    assert store.answers.find_answer("a", NOW + 5) is None
    store.answers.keep_answer(answer("b", at=NOW + 5))
    assert keys_in(store) == ["b"]


async def test_what_has_expired_goes_by_itself_though_nothing_more_is_kept(store):
    store.answers.keep_answer(answer(seconds=-1))
    assert keys_in(store) == ["a"]
    assert store._writer.perform(store._do_chore)
    assert keys_in(store) == []


async def test_there_are_never_more_answers_than_are_allowed(store):
    values = [(f"{number:05}", NOW + 60 + number) for number in range(answers.MOST_ANSWERS)]
    rows = "(?, '', 'r', 1.0, ?, 10, '{}')"
    for start in range(0, len(values), 500):
        part = values[start : start + 500]
        change_rows(
            store,
            f"INSERT INTO cached_answers (key, app, request_id, answered_at, expires_at, size, document) "
            f"VALUES {', '.join(rows for _ in part)}",
            *(value for pair in part for value in pair),
        )
    store.answers.keep_answer(answer("new", seconds=10_000))
    left = keys_in(store)
    assert len(left) <= answers.MOST_ANSWERS
    assert left[-1] == "new"
    assert "00000" not in left, "what expires soonest goes first"
    assert "04999" in left


async def test_there_are_never_more_characters_than_are_allowed(store):
    sql = (
        "INSERT INTO cached_answers (key, app, request_id, answered_at, expires_at, size, document) "
        "VALUES (?, '', 'r', 1.0, ?, ?, '{}')"
    )
    for number in range(10):
        change_rows(store, sql, f"{number}", NOW + 60 + number, answers.MOST_CHARACTERS // 10)
    store.answers.keep_answer(answer("new", seconds=10_000))
    assert keys_in(store) == [*map(str, range(1, 10)), "new"]
    assert store.answers.size().characters <= answers.MOST_CHARACTERS


async def test_another_process_finds_it_and_empties_it_for_all(database, store):
    store.answers.keep_answer(answer())
    assert store.flush()
    other = database.open()
    assert other.answers.find_answer("a", NOW) == answer()
    assert other.answers.clear() == 1
    other.close()
    assert store.answers.find_answer("a", NOW) is None
    assert store.statistics.events(kind="cache emptied")[0]["detail"] == "1 answers"


@pytest.mark.parametrize("forgotten", [1, 2])
async def test_a_text_that_is_deleted_is_not_given_again_whichever_of_its_requests_is_forgotten(store, forgotten):
    await store.log.begin(started(1), begun(1))
    end(store.log, 1)
    await log_repeated(store.log, 2, of=1)
    store.answers.keep_answer(answer())
    store.answers.keep_answer(answer("another", number=3))
    assert store.flush()
    assert store.history.delete_content(identifier(forgotten))
    assert keys_in(store) == ["another"]


async def test_retention_forgets_older_answers_too(store):
    store.answers.keep_answer(answer("old", at=NOW - 5 * 86_400, seconds=30 * 86_400))
    store.answers.keep_answer(answer("new"))
    store.retain(3)
    assert keys_in(store) == ["new"]


async def test_an_apps_answers_go_with_its_key(store):
    for name in ("website", "phone"):
        assert store.apps.add(new_key(name, NOW)[1])
        store.answers.keep_answer(answer(name, app=name))
    assert store.apps.revoke("website", NOW)
    assert keys_in(store) == ["phone"]


async def test_figures_count_requests_that_the_cache_answered_and_take_no_time_of_theirs(store):
    await store.log.begin(started(1), begun(1))
    end(store.log, 1)
    for number in (2, 3):
        await log_repeated(store.log, number, of=1)
    assert store.flush()
    everything = Filters(simulated=None)
    minutes = replace(everything, start=time.time() - 1800, by_minute=True)
    for filters in (everything, minutes):
        totals = store.statistics.totals(filters)
        assert (totals.requests, totals.succeeded, totals.cached, totals.called) == (3, 3, 2, 1)
        assert totals.latency_p50 == pytest.approx(5.0, rel=0.06)
    assert store.rebuild_figures() == 3
    assert store.statistics.totals(everything).cached == 2
    assert [row.row["cached_from"] for row in store.history.page(Selection(everything))] == [identifier(1)] * 2 + [None]
