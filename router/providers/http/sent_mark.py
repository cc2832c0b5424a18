"""Whether a request has left, and on what connection: noted by the transport, read by whoever sent it."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class SentMark:
    """Whether a request has left: set once it has a connection, on which it is written without further waiting.

    Attributes:
        sent_at: the event loop's time at which it left.
        on_kept: whether its connection had carried a call before, and may have been closed in the meantime.
        wants_new: whether it has to have a new connection, since a kept one has just failed it.
    """

    sent: bool = False
    sent_at: float | None = None
    on_kept: bool = False
    wants_new: bool = False

    def mark(self, *, on_kept: bool = False) -> None:
        """The request leaves now."""
        self.sent, self.on_kept, self.sent_at = True, on_kept, asyncio.get_running_loop().time()

    def was_stale(self) -> bool:
        """Whether a connection lost now had most likely been closed before the request left, on the other side."""
        if not self.on_kept or self.sent_at is None:
            return False
        return asyncio.get_running_loop().time() - self.sent_at < STALE_SECONDS


STALE_SECONDS = 1.0
"""A kept connection that breaks later than this after a call left was alive when it left: the call is to blame."""

_SENT_MARK: ContextVar[SentMark | None] = ContextVar("sent_mark", default=None)


def carry_mark(sent_mark: SentMark) -> None:
    """The request that this context sends next is noted there."""
    _SENT_MARK.set(sent_mark)


def mark_sent(*, on_kept: bool = False) -> None:
    """The request under way in this context has its connection: every transport has to say so.

    Args:
        on_kept: whether the connection had carried a call before.
    """
    if (sent_mark := _SENT_MARK.get()) is not None:
        sent_mark.mark(on_kept=on_kept)


def wants_new_connection() -> bool:
    """Whether the request under way in this context has to have a connection that has carried no call."""
    return (sent_mark := _SENT_MARK.get()) is not None and sent_mark.wants_new
