"""The cache of a router that is built from settings."""

from __future__ import annotations

from collections.abc import Mapping

from router.cache.answers import AnswerCache
from router.ports import Clock
from router.ports.cached_answers import AnswerStore
from router.providers.accounts import Account
from router.settings import Settings


def open_cache(
    settings: Settings, store: AnswerStore, accounts: Mapping[str, Account], *, clock: Clock
) -> AnswerCache | None:
    """The cache; None where no texts are kept: those that it holds from an earlier time go then."""
    if settings.log_content:
        return AnswerCache(store, accounts, clock=clock, cache_seconds=settings.cache_seconds)
    store.drop_all()
    return None
