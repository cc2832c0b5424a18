"""The cache as the engine asks it: for one request, once before it is sent on, and once when it is answered.

Requests that are the same and under way at the same time each go to a provider: who waited for another's answer would
share its deadline, its failure and its end by a client that goes away. The next one is answered from the cache.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from router.cache.documents import RecalledAnswer, read_answer, write_document
from router.cache.keys import cache_key, world_of
from router.cache.rules import is_worth_keeping, may_be_repeated
from router.json_answers import InvalidJson, read_document_async
from router.ports import Clock
from router.ports.cached_answers import AnswerStore, CachedAnswer
from router.providers.accounts import Account
from router.request import Call
from router.types import CacheUse, Completion
from router.types.cache_use import CACHE_MISS
from router.workers import run_in_worker

LARGEST_ANSWER = 256_000
"""Characters of an answer as it is kept; a longer one is a book, and would put many others out."""

_SKEW_SECONDS = 60.0
"""What two machines' clocks may differ by: an answer from further ahead was kept before a clock was set back."""


class AnswerCache:
    """Answers that may be given again.

    Args:
        accounts: the router's.
        cache_seconds: how old they may be where a call does not say; 0 gives and keeps none.
    """

    def __init__(
        self,
        store: AnswerStore,
        accounts: Mapping[str, Account],
        *,
        clock: Clock,
        cache_seconds: float = 0.0,
    ) -> None:
        self.store = store
        self.clock = clock
        self.world = world_of(accounts.values())
        self._accounts = accounts
        self._cache_seconds = cache_seconds

    def lookup_for(self, call: Call, simulators: Collection[str] = ()) -> CacheLookup | None:
        """What one request has to do with the cache; None where it has nothing.

        Args:
            simulators: the ids of accounts that have turned out to be simulated.
        """
        seconds = self._cache_seconds if call.cache_seconds is None else call.cache_seconds
        if not seconds or not may_be_repeated(call):
            return None
        return CacheLookup(self, call, seconds=seconds, simulators=simulators)

    def is_from_here(self, answer: RecalledAnswer, simulators: Collection[str]) -> bool:
        """Whether its provider would answer now, and as it did then: simulated, or really."""
        account = self._accounts.get(answer.provider)
        if account is None:
            return False
        return answer.simulated == (account.simulated or account.id in simulators)


class CacheLookup:
    """One request's look into the cache.

    Attributes:
        use: what came of it; a miss until then.
    """

    def __init__(self, cache: AnswerCache, call: Call, *, seconds: float, simulators: Collection[str]) -> None:
        self.use: CacheUse = CACHE_MISS
        self._cache = cache
        self._call = call
        self._seconds = seconds
        self._simulators = simulators
        self._key = ""

    async def find(self) -> RecalledAnswer | None:
        """The answer that is given again; None where a provider has to be asked."""
        self._key = cache_key(self._call, self._cache.world)
        now = self._cache.clock.time()
        # A server of a database may take its time, in which other requests go on.
        cached = await run_in_worker(self._cache.store.find_answer, self._key, now)
        if cached is None or not now - self._seconds < cached.answered_at < now + _SKEW_SECONDS:
            return None
        answer = await self._read(cached, now)
        if answer is not None:
            self.use = answer.use
        return answer

    async def _read(self, cached: CachedAnswer, now: float) -> RecalledAnswer | None:
        """The answer in what is kept; None where it is not one that would be given to this request now."""
        try:
            answer = read_answer(cached.document, request_id=cached.request_id, age=max(0.0, now - cached.answered_at))
            if not self._cache.is_from_here(answer, self._simulators):
                return None
            if not self._call.wants_json or answer.tool_calls:
                return answer
            document = await read_document_async(answer.text, self._call.schema)
        except (ValueError, InvalidJson):
            return None
        return replace(answer, text=document.text, parsed=document.parsed)

    def keep(self, completion: Completion) -> None:
        """Keep an answer for those who ask the same later, if it is worth it; returns at once."""
        if not self._key or not is_worth_keeping(completion):
            return  # without a key it failed to look: whatever else fails so would be given this answer
        document = write_document(completion)
        if len(document) > LARGEST_ANSWER:
            return
        now = self._cache.clock.time()
        self._cache.store.keep_answer(
            CachedAnswer(
                key=self._key,
                app=self._call.app,
                request_id=completion.request_id,
                answered_at=now,
                expires_at=now + self._seconds,
                document=document,
            )
        )
