"""Keys of apps: made, changed, looked up, and their limits taken from."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import replace

from router.api import DualModelRouter
from router.errors import ConfigurationError
from router.gateway.errors import GatewayError, moment_words, whole_seconds
from router.gateway.http.exchange import HttpExchange
from router.ports import AppKey
from router.store import Store
from router.types import TaskType

PREFIX = "drk_"
"""What every key begins with, so that one that lies about somewhere is known for what it is."""

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 32
_SHOWN = len(PREFIX) + 4
_LONGEST_NAME = 60
_MOST_REQUESTS = 10**9
_LONGEST_HEADER = 200
_MINUTE, _DAY = 60.0, 86_400.0

_HOW_TO_SEND = "send it as Authorization: Bearer drk_…, or as x-api-key"
_HOW_TO_MAKE = "python -m router apps add NAME, or the page Apps, makes one"


def key_digest(secret: str) -> str:
    """What is kept of a key. It is long and random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key(
    name: str,
    now: float,
    *,
    per_minute: int | None = None,
    per_day: int | None = None,
    tasks: Sequence[str] | None = None,
    expires_at: float | None = None,
) -> tuple[str, AppKey]:
    """A new key, and what is kept of it.

    Raises:
        ValueError: a name, a limit, a task or an expiry that cannot be; says which.
    """
    secret = PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    key = AppKey(
        id=0,
        name=_checked_name(name),
        digest=key_digest(secret),
        start=secret[:_SHOWN],
        created_at=now,
        expires_at=_checked_expiry(expires_at, now),
        per_minute=_checked_limit("a minute", per_minute),
        per_day=_checked_limit("a day", per_day),
        tasks=_checked_tasks(tasks),
    )
    return secret, key


def changed_key(
    key: AppKey,
    now: float,
    *,
    per_minute: int | None,
    per_day: int | None,
    tasks: Sequence[str] | None,
    expires_at: float | None,
) -> AppKey:
    """A key as it would be with other limits, tasks and another end; all else stays.

    Raises:
        ValueError: a limit, a task or an expiry that cannot be; says which.
    """
    return replace(
        key,
        expires_at=_checked_expiry(expires_at, now),
        per_minute=_checked_limit("a minute", per_minute),
        per_day=_checked_limit("a day", per_day),
        tasks=_checked_tasks(tasks),
    )


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > _LONGEST_NAME or not stripped.isprintable():
        raise ValueError(f"an app's name is 1 to {_LONGEST_NAME} characters in one line")
    return stripped


def _checked_limit(window: str, limit: int | None) -> int | None:
    if limit is not None and not 1 <= limit <= _MOST_REQUESTS:
        raise ValueError(
            f"requests {window} are a whole number from 1 to {_MOST_REQUESTS:,}; leave it out for no limit"
        )
    return limit


def _checked_tasks(tasks: Sequence[str] | None) -> tuple[str, ...] | None:
    if not tasks:
        return None
    unknown = [task for task in tasks if task not in list(TaskType)]
    if unknown:
        raise ValueError(f"there is no task {unknown[0]!r}; the tasks are: {', '.join(TaskType)}")
    return tuple(str(task) for task in TaskType if task in tasks)


def _checked_expiry(expires_at: float | None, now: float) -> float | None:
    if expires_at is not None and expires_at <= now:
        raise ValueError(f"the key would have expired at {moment_words(expires_at)}, which is past")
    return expires_at


class Keyring:
    """The keys in force, looked up by what is kept of them; read anew when any process has changed one."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self._version = -1
        self._keys: Mapping[str, AppKey] = {}

    def key_of(self, exchange: HttpExchange, router: DualModelRouter) -> AppKey:
        """Whose key a request came with.

        Raises:
            GatewayError: 401: it came with none, or with one that is not in force.
        """
        sent = _sent_secrets(exchange)
        if not sent:
            raise _unauthorized(f"There is no key with this request; {_HOW_TO_SEND}. {_HOW_TO_MAKE}.")
        keys = self._current_keys(router)
        matching = [keys[digest] for secret in sent if (digest := key_digest(secret)) in keys]
        if not matching:
            raise _unauthorized(f"This key is not known here; {_HOW_TO_MAKE}.")
        now = router.clock.time()
        for key in matching:
            if key.holds_at(now):
                return key
        raise _unauthorized(_ended_words(matching[0]))

    def has_keys(self, router: DualModelRouter) -> bool:
        """Whether any key is in force."""
        now = router.clock.time()
        return any(key.holds_at(now) for key in self._current_keys(router).values())

    def _current_keys(self, router: DualModelRouter) -> Mapping[str, AppKey]:
        store = router.store
        if store is None:
            return {}
        version = store.apps.version()
        if store is not self._store or version != self._version:
            self._keys = {key.digest: key for key in store.apps.load()}
            self._store, self._version = store, version
        return self._keys


def _sent_secrets(exchange: HttpExchange) -> list[str]:
    """The keys in a request's headers; some clients send one in both, and some a placeholder in one of them."""
    scheme, _, token = (exchange.header(b"authorization") or "").strip().partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    sent = (bearer, (exchange.header(b"x-api-key") or "").strip())
    return [secret for secret in dict.fromkeys(sent) if 0 < len(secret) <= _LONGEST_HEADER]


def _ended_words(key: AppKey) -> str:
    if key.revoked_at is not None:
        return f"This key of {key.name!r} was revoked; {_HOW_TO_MAKE}."
    return f"This key of {key.name!r} expired at {moment_words(key.expires_at or 0.0)}; {_HOW_TO_MAKE}."


def _unauthorized(message: str) -> GatewayError:
    return GatewayError(401, message, code="invalid_api_key", headers=[(b"www-authenticate", b"Bearer")])


def check_task(key: AppKey, task: TaskType) -> None:
    """See that a key may be used for a task.

    Raises:
        GatewayError: 403: it may not.
    """
    if key.tasks is not None and str(task) not in key.tasks:
        raise GatewayError(
            403,
            f"The key of {key.name!r} may not be used for {task}; it may for: {', '.join(key.tasks)}.",
            code="model_not_allowed",
            kind="permission_error",
            param="model",
        )


async def take_request(key: AppKey, router: DualModelRouter) -> None:
    """Count one request of a key.

    Raises:
        GatewayError: 401: it was revoked a moment ago; 429: one of its limits is reached; says which, and when to come
            again.
    """
    store = router.store
    if store is None:
        raise ConfigurationError("the gateway needs a database for its keys; set ROUTER_DATABASE_URL")
    now = router.clock.time()
    taken = store.apps.take(key, now)
    if key.per_minute is None and key.per_day is None:
        return  # it is counted, and nothing depends on the count
    if not await taken:
        raise _refusal(key, store, now)


def _refusal(key: AppKey, store: Store, now: float) -> GatewayError:
    used = next((line for line in store.apps.usage(now) if line.id == key.id), key)
    if used.revoked_at is not None:
        return _unauthorized(_ended_words(used))
    is_day = used.per_day is not None and used.day_used >= used.per_day
    limit, window, span = (used.per_day, "day", _DAY) if is_day else (used.per_minute, "minute", _MINUTE)
    wait = span - now % span
    ends = f", which ends at {moment_words(now + wait)}" if is_day else ""
    words = f"The key of {key.name!r} has made its {limit:,} requests of this {window}{ends}."
    return GatewayError(
        429,
        f"{words} Try again in {whole_seconds(wait)} seconds.",
        code="rate_limit_exceeded",
        kind="rate_limit_error",
        wait=wait,
    )
