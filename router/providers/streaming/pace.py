"""Whether an answer comes fast enough: a credit that time draws on and tokens fill."""

from __future__ import annotations

_ONE_PAUSE = 0.75
"""Of the credit: so much a single pause may draw at the most. A model that stops to think and then goes on is no slow
one; how long it may be silent is the idle limit's matter."""

_LEAST_CREDIT = 3.0
"""Tokens: with less, the one token of a drip would fill the credit anew each time."""


class PaceWatch:
    """Notes what comes, and tells when it has been too little for too long.

    The credit begins full at the first token, holds what `window` seconds at the least pace would bring, and is never
    more than full: a lively beginning buys no slow end. A steady drip empties it within a few gaps.

    Args:
        least: tokens a second; 0 is no limit.
        window: seconds.
    """

    __slots__ = ("_credit", "_full", "_least", "_moment")

    def __init__(self, least: float, window: float) -> None:
        self._least = least
        self._full = self._credit = max(least * window, _LEAST_CREDIT)
        self._moment: float | None = None

    def is_too_slow(self, moment: float, tokens: float) -> bool:
        """Take note of tokens that have come, of the answer or of its reasoning; whether they come too slowly.

        Args:
            moment: when, in seconds of any clock.
        """
        if self._moment is not None:
            self._credit -= min(self._least * (moment - self._moment), self._full * _ONE_PAUSE)
        self._moment = moment
        is_empty = self._credit < 0
        self._credit = min(self._full, self._credit + tokens)
        return is_empty
