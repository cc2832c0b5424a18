"""A key tried out: what its provider says of it, by a call that costs no quota."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.failures.outcomes import classify, describe
from router.providers.account_calls import fetch
from router.providers.accounts import configured_account
from router.providers.http.connections import Clients
from router.providers.replies import ProviderFailure
from router.redaction import redact
from router.settings import Settings
from router.table.routes import ProviderEntry


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """What a provider said of a key; the words are fit for a page."""

    accepted: bool
    words: str


async def try_key(name: str, entry: ProviderEntry, settings: Settings, clients: Clients | None = None) -> KeyVerdict:
    """Ask a provider about the key that the settings hold for it: `/key` where it has that, else its list of models.

    Args:
        name: the provider's.
        clients: what the call goes over, closed afterwards; connections of its own if left out.

    Raises:
        ConfigurationError: the key cannot be sent, or the base URL is none.
    """
    account = configured_account(name, entry, settings)
    if account is None or account.key is None:
        return KeyVerdict(False, "There is no key to try.")
    clients = Clients() if clients is None else clients
    try:
        data = await fetch(await clients.get(), account.key_info or account.models, account.secrets)
    except ProviderFailure as failure:
        return KeyVerdict(False, f"{entry.label} says: {describe(classify(failure.signal), failure.signal)}.")
    finally:
        await clients.aclose()
    return KeyVerdict(True, redact(f"{entry.label} accepts it. {_details_in_words(data)}", account.secrets).strip())


def _details_in_words(data: Any) -> str:
    """What else the reply tells, in words."""
    inner = data.get("data") if isinstance(data, Mapping) else None
    if isinstance(inner, list):
        return f"It lists {len(inner)} {'model' if len(inner) == 1 else 'models'}."
    if not isinstance(inner, Mapping):
        return ""
    sentences = []
    daily = inner.get("free_model_daily_requests")
    if isinstance(daily, Mapping) and isinstance(daily.get("limit"), int):
        sentences.append(f"Free requests today: {daily.get('used', 0)} of {daily['limit']} used.")
    if inner.get("limit_remaining") is not None:
        sentences.append(f"Credit limit left on the key: ${inner['limit_remaining']}.")
    if inner.get("expires_at"):
        sentences.append(f"It expires {inner['expires_at']}.")
    return " ".join(sentences)
