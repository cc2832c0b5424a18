"""What providers state is shared with other processes: what matters at once, and of two words the newer."""

import threading

import pytest

from router.failures.stated_pools import KEEP_SECONDS, StatedPools
from router.failures.statements import StatedAllowance
from router.ports import Allowance
from tests.failures.ledgers import NOON, ONE


@pytest.fixture
def pools(store):
    return StatedPools(store, threading.RLock())


def note(pools, remaining, now):
    pools.note(ONE.account, ONE.provider, ONE.model, StatedAllowance("requests", 86_400.0, 1_000, remaining, 60.0), now)


def left(pools):
    return pools.day_of(ONE.account, ONE.model).remaining


def written(store):
    return [allowance.remaining for allowance in store.allowances.values()]


def test_while_there_is_plenty_left_the_database_hears_of_it_once_a_second(pools, store):
    for number in range(5):
        note(pools, 900 - number, NOON + number * KEEP_SECONDS / 10)
    assert (left(pools), written(store)) == (896, [900])
    note(pools, 800, NOON + KEEP_SECONDS)
    assert written(store) == [800]


def test_what_is_nearly_used_up_is_written_at_once(pools, store):
    for remaining in (900, 250, 249):
        note(pools, remaining, NOON)
    assert written(store) == [249]


def test_an_older_word_from_the_database_does_not_replace_a_newer_one(pools, store):
    older = Allowance(ONE.account, ONE.provider, ONE.model, "requests", 86_400.0, 9, 0, NOON + 9e4, NOON - 1)
    store.allowances = {"older": older}
    note(pools, 900, NOON)
    pools.load(ONE.account, NOON)
    assert left(pools) == 900


def test_a_newer_word_of_another_process_is_taken_over(pools, store):
    note(pools, 900, NOON)
    other = StatedPools(store, threading.RLock())
    note(other, 100, NOON + 1.0)
    pools.load(ONE.account, NOON + 1.0)
    assert left(pools) == 100
