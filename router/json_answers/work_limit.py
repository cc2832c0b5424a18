"""A bound for the work of checking: a schema that refers to itself twice over doubles it with each level."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from router.workers import give_way

_Check = Callable[[Any, Any, Any, Any], Any]

_work = threading.local()


class TooMuchWork(Exception):
    """A check has taken longer than it may."""


@contextmanager
def limited_work(seconds: float) -> Iterator[None]:
    """Within the block, checks end with `TooMuchWork` after so much processor time of this thread.

    Processor time, so that no answer is refused because a machine is busy. Within another such block that one's limit
    holds, and its owner gets the `TooMuchWork`.
    """
    if is_work_limited():
        yield
        return
    _work.until = time.thread_time() + seconds
    try:
        yield
    finally:
        _work.until = None


def is_work_limited() -> bool:
    """Whether a limit holds in this thread."""
    return getattr(_work, "until", None) is not None


def counted(check: _Check) -> _Check:
    """A keyword's check, which looks at the limit each time."""

    def check_within_limit(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        until = getattr(_work, "until", None)
        if until is not None and time.thread_time() > until:
            raise TooMuchWork
        give_way()
        return check(validator, value, instance, schema)

    return check_within_limit
