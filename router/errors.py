"""What can go wrong, by who can act on it.

    RouterError
    ├── ConfigurationError   the operator: names the file or setting and what to put there
    ├── RequestRejected      the caller: what a provider refused in this request, and why
    ├── AllTargetsFailed     nobody now: every target was tried or passed over; says when one may answer
    ├── DeadlineExceeded     nobody now: the request's own time ran out (also a TimeoutError)
    ├── ChangeRefused        an operator: this person may look and run, and no more (also a PermissionError)
    └── RouterClosed         the program: the router was closed, or belongs to the process this one was forked from
                             (also a RuntimeError)

A malformed call (empty messages, unknown task type, contradictory flags) is a plain `ValueError`.
No text in here holds a key or an account id: whatever a provider said passes `router.redaction` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from router.types import Attempt


class RouterError(Exception):
    """The root: catch it to catch whatever the router raises about a request or its set-up.

    All of the family can be pickled and copied, with every attribute: they cross processes in work queues.

    Attributes:
        request_id: the request's row in the log; None where it has none.
    """

    request_id: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls the class with `args` alone, and most here need more than those.
        return _bare_error, (type(self), self.args), self.__dict__


def _bare_error(kind: type[RouterError], args: tuple[Any, ...]) -> RouterError:
    """An error without its attributes, which pickle and copy put back."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class ConfigurationError(RouterError):
    """A setting, a file or a key is missing or wrong; only the operator can mend it."""


class RequestRejected(RouterError):
    """A provider refused the request for what is in it, and no other target would take it.

    Attributes:
        provider, model: who refused.
        outcome: the outcome's name, as in the log (`content_policy`, `context_length`, ...).
        attempts: what was tried and passed over, in order.
    """

    def __init__(
        self, message: str, *, provider: str, model: str, outcome: str, attempts: Sequence[Attempt] = ()
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.outcome = outcome
        self.attempts = tuple(attempts)


class AllTargetsFailed(RouterError):
    """No target answered.

    Attributes:
        attempts: what was tried and passed over, in order.
        retry_at: the soonest time (aware, UTC) at which one may answer; None where no time is known,
            because an operator has to act first.
    """

    def __init__(self, message: str, *, attempts: Sequence[Attempt] = (), retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)
        self.retry_at = retry_at


class DeadlineExceeded(RouterError, TimeoutError):
    """The request's deadline passed before a target had answered.

    Attributes:
        attempts: what was tried and passed over, in order.
    """

    def __init__(self, message: str, *, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)


class ChangeRefused(RouterError, PermissionError):
    """Somebody who may look and run, and no more, tried to change something."""

    def __init__(self, message: str = "Only an operator may change this; ROUTER_OPERATORS lists them.") -> None:
        super().__init__(message)


class RouterClosed(RouterError, RuntimeError):
    """The router cannot be used any more: it was closed, or made ahead of a fork; another one has to be made.

    Attributes:
        attempts: what was tried and passed over, in order, where it was closed over a request under way.
    """

    def __init__(self, message: str, *, attempts: Sequence[Attempt] = ()) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)
