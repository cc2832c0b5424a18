"""The cache over any store: one that fails costs no answer, and none is asked where nobody wants an earlier answer."""

import pytest

from router import DualModelRouter
from router.cache import AnswerCache
from router.ports import SystemClock
from router.providers.accounts import simulated_accounts
from router.settings import SHIPPED_ROUTES
from router.table.route_file import load_routes
from tests.world import CHAT, HELLO, MODES

pytestmark = pytest.mark.anyio


class NotedAnswers:
    """A program's own store, in memory; it notes what it is asked.

    Args:
        failing: what fails at it.
    """

    def __init__(self, failing=()):
        self.asked = []
        self._failing = failing
        self._answers = {}

    def find_answer(self, key, now):
        self._note("find")
        return self._answers.get(key)

    def keep_answer(self, answer):
        self._note("keep")
        self._answers[answer.key] = answer

    def drop_all(self):
        self._answers.clear()

    def _note(self, call):
        self.asked.append(call)
        if call in self._failing:
            raise OSError("the store is gone")


def routed(simulator, store, seconds):
    table = load_routes(SHIPPED_ROUTES)
    accounts = simulated_accounts(table, simulator)
    cache = AnswerCache(store, accounts, clock=SystemClock(), cache_seconds=seconds)
    return DualModelRouter(table, accounts, cache=cache)


async def asked(router, mode, **options):
    if mode == "complete":
        return await router.complete(config=CHAT, messages=HELLO, **options)
    async with router.stream(config=CHAT, messages=HELLO, **options) as stream:
        async for _ in stream:
            pass
        return stream.completion


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("failing", ["find", "keep"])
async def test_a_store_that_fails_takes_no_answer_away_and_is_said(simulator, mode, failing):
    async with routed(simulator, NotedAnswers([failing]), 60.0) as router:
        for _ in range(2):
            completion = await asked(router, mode, temperature=0)
            assert completion.text
            assert not completion.from_cache
        assert "cache" in router.recording_fault.text


@pytest.mark.parametrize("mode", MODES)
async def test_a_store_of_ones_own_gives_answers_again(simulator, mode):
    store = NotedAnswers()
    async with routed(simulator, store, 60.0) as router:
        assert [(await asked(router, mode, seed=1)).from_cache for _ in range(2)] == [False, True]
    assert store.asked == ["find", "keep", "find"]


@pytest.mark.parametrize("mode", MODES)
async def test_with_the_cache_off_or_not_wanted_the_store_is_asked_nothing(simulator, mode):
    store = NotedAnswers()
    async with routed(simulator, store, 0.0) as router:
        await asked(router, mode, temperature=0)
    async with routed(simulator, store, 60.0) as router:
        for options in ({}, {"temperature": 0, "cache_seconds": 0}, {"temperature": 0, "purpose": "compare"}):
            await asked(router, mode, **options)
    assert store.asked == []
