"""A key tried out: what its provider says of it, by a call that costs no quota wherever there is one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from router.failures.outcomes import Kind, Signal, classify, describe
from router.providers.account_calls import SECONDS, fetch
from router.providers.accounts import Account, configured_account, missing_settings
from router.providers.http.connections import Clients
from router.providers.http.transport import send
from router.providers.replies import ProviderFailure, error_signal, is_success
from router.redaction import redact
from router.settings import Settings
from router.table.dialects import AccountForm
from router.table.document_places import value_at
from router.table.listings import listed_entries
from router.table.routes import ProviderEntry

_LEAST_MODEL = "test"
"""The model of a test with a completion where the table names none; a key is looked at ahead of the model's name."""


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """What a provider said of a key; the words are fit for a page."""

    accepted: bool
    words: str


async def try_key(name: str, entry: ProviderEntry, settings: Settings, clients: Clients | None = None) -> KeyVerdict:
    """Ask a provider about the key that the settings hold for it, in the way that its dialect has for that.

    A provider that takes no key is asked whether it is there.

    Args:
        name: the provider's.
        clients: what the call goes over, closed afterwards; connections of its own if left out.

    Raises:
        ConfigurationError: the key cannot be sent, or the base URL is none.
    """
    if missing := missing_settings(entry, settings):
        return KeyVerdict(False, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set.")
    account = configured_account(name, entry, settings)
    if account is None or (entry.key_env and account.key is None):
        return KeyVerdict(False, "There is no key to try.")
    clients = Clients() if clients is None else clients
    try:
        details = await _asked_details(account, await clients.get())
    except ProviderFailure as failure:
        words = describe(classify(failure.signal), failure.signal)
        said = "says" if failure.signal.http_status else "did not answer"  # what never reached it, it has not said
        return KeyVerdict(False, f"{entry.label} {said}: {words}.")
    finally:
        await clients.aclose()
    answer = "accepts it" if account.key else "answers"
    return KeyVerdict(True, redact(f"{entry.label} {answer}. {details}", account.secrets).strip())


async def _asked_details(account: Account, transport: httpx.AsyncBaseTransport) -> str:
    """What the provider tells besides that the key is good, in words.

    Raises:
        ProviderFailure: it refuses the key, or does not answer.
    """
    dialect = account.dialect
    if dialect.key_test == "account" and account.key_info is not None and dialect.account is not None:
        data = await fetch(transport, account.key_info, account.secrets, dialect)
        return _account_in_words(data, dialect.account)
    if dialect.key_test == "list" and account.models is not None:
        count = len(listed_entries(await fetch(transport, account.models, account.secrets, dialect), dialect))
        return f"It lists {count} {'model' if count == 1 else 'models'}."
    return await _asked_by_completion(account, transport)


async def _asked_by_completion(account: Account, transport: httpx.AsyncBaseTransport) -> str:
    """The smallest completion: a key that is refused is told so, and any other answer accepts it.

    Raises:
        ProviderFailure: the key or the account is refused, or nobody answers.
    """
    model = next((model for models in account.entry.serves.values() for model in models if model != "*"), _LEAST_MODEL)
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], account.dialect.output_field: 16}
    try:
        async with asyncio.timeout(SECONDS), send(transport, account.chat, orjson.dumps(body), connect=5.0) as reading:
            reply = await reading.body()
    except TimeoutError:
        raise ProviderFailure(Signal(Kind.SLOW)) from None
    if is_success(reading.status):
        return "The test used one request."
    signal = error_signal(reading.status, reading.headers, reply, None, account.secrets, account.dialect)
    outcome = classify(signal)
    if outcome.name not in _SAYS_NOTHING_OF_KEY:
        raise ProviderFailure(signal)
    return f"The test used one request, and was told: {describe(outcome, signal)}."


_SAYS_NOTHING_OF_KEY = frozenset(
    {"rate_limited", "free_day_used_up", "free_minute_used_up", "no_allowance", "gone", "bad_request", "length"}
)
"""Outcomes that only a key that was accepted meets: whoever is refused by them has been let in."""


def _account_in_words(data: Any, form: AccountForm) -> str:
    """What an account tells of itself, in words."""
    sentences = []
    limit, used = value_at(data, form.limit), value_at(data, form.used)
    if isinstance(limit, int):
        sentences.append(f"Free requests today: {used or 0} of {limit} used.")
    if (credit := value_at(data, form.credit)) is not None:
        sentences.append(f"Credit limit left on the key: ${credit}.")
    if expires := value_at(data, form.expires):
        sentences.append(f"It expires {expires}.")
    return " ".join(sentences)
