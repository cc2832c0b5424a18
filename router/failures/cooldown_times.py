"""For how long a failure has its target cool down: the provider's word, our own ladder, and the end of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from router.failures import durations
from router.failures.account_words import MINUTE_WORDS
from router.failures.outcomes import Outcome, Signal, Span, stated_seconds, word_pattern
from router.table.routes import Limits


def cooldown_seconds(outcome: Outcome, signal: Signal, limits: Limits, strikes: int, now: float) -> float | None:
    """For how long `outcome.cooldown` lasts at the `strikes`-th time in a row; None is until somebody acts.

    A time that the provider names is where the ladder begins: what it names again and again although its time was
    waited for is too little, so it doubles with each repeat, as our own times do. But nothing outlasts the allowance
    that it is about: a minute's is whole again after a minute, whatever is named.
    """
    ladder = _SPANS[outcome.span](limits, strikes, now)
    if outcome.span is Span.MIDNIGHT:
        ladder = _until_day_ends(limits, strikes, now, signal.midnight)
    stated = _stated_wait(signal, now) if outcome.stated else None
    if ladder is None or stated is None or stated <= 0:
        return ladder
    if outcome.span is Span.MIDNIGHT and stated < limits.cooldown_rate_limited_cap:
        return ladder  # a day's allowance is not back in some seconds: another pool's wait, or one for a single request
    return min(durations.grown(stated, max(stated, _ladder_end(outcome, limits)), strikes), _longest(outcome, signal))


def _stated_wait(signal: Signal, now: float) -> float | None:
    """The time that the provider names, by its own clock where its reply tells what time it is there.

    A moment (a reset as an epoch, an HTTP date) is one of the provider's clock: counted from a clock of ours that is
    an hour slow it would be an hour too far away. Where it is no wait at all by the reply's `Date`, ours counts.
    """
    server_time = signal.stated.server_time
    stated = None if server_time is None else stated_seconds(signal, server_time)
    return stated if stated is not None and 0 < stated <= durations.DAY else stated_seconds(signal, now)


def _ladder_end(outcome: Outcome, limits: Limits) -> float:
    """Seconds: up to where repeats lengthen a stated time."""
    ends = {Span.SICK: limits.cooldown_sick_cap, Span.MIDNIGHT: durations.DAY}
    return ends.get(outcome.span, limits.cooldown_rate_limited_cap)


_IS_MINUTE = word_pattern(MINUTE_WORDS)


def _longest(outcome: Outcome, signal: Signal) -> float:
    """Seconds: the span of the allowance that a failure is about; a day where that is not known."""
    if outcome.span is Span.MINUTE:
        return durations.MINUTE
    if outcome.span is Span.SICK:  # it is no allowance at all, and who is well again should be found so
        return _LONGEST_SICK
    is_minute = outcome.span is Span.LIMIT and _IS_MINUTE.search(signal.message)
    return durations.MINUTE if is_minute else durations.DAY


_LONGEST_SICK = 600.0
"""Seconds: the longest `Retry-After` of a 5xx that is believed."""

_JUST_PAST_MIDNIGHT = 600.0
"""Seconds: clocks differ, and a provider's day may end a little after ours."""


def _until_day_ends(limits: Limits, strikes: int, now: float, zone: str = "UTC") -> float:
    if strikes > 1 and now - durations.midnight_before(now, zone) < _JUST_PAST_MIDNIGHT:
        # Else the call that finds the old day still going on would cost the whole new one.
        return durations.grown(limits.cooldown_rate_limited, limits.cooldown_rate_limited_cap, strikes - 1)
    return durations.until_midnight(now, zone)


_SPANS: Mapping[Span, Callable[[Limits, int, float], float | None]] = {
    Span.LIMIT: lambda limits, strikes, now: durations.grown(
        limits.cooldown_rate_limited, limits.cooldown_rate_limited_cap, strikes
    ),
    Span.SICK: lambda limits, strikes, now: durations.grown(limits.cooldown_sick, limits.cooldown_sick_cap, strikes),
    Span.MIDNIGHT: _until_day_ends,
    Span.MINUTE: lambda limits, strikes, now: durations.MINUTE,
    Span.GONE: lambda limits, strikes, now: limits.cooldown_gone,
    Span.OPERATOR: lambda limits, strikes, now: limits.cooldown_operator,
    Span.ENDLESS: lambda limits, strikes, now: None,
}
