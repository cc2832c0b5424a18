"""Figures in words, for a glance: the one home of how pages and the report write shares, changes, times and money."""

from __future__ import annotations

THIN = "\u2009"
"""A thin space, between a figure and its unit."""

NOTHING = "–"
"""What stands for a figure that there is none of."""

LEAST_SHOWN = 5.0
"""Milliseconds: a shorter time would read "0.00 s"."""

SAME = "about the same"
"""A change too small to be shown: "+0%" would read like one."""

_MANY_TIMES = 10.0  # from this growth on a percentage says less than a factor: "+1,900%"


def two_digits(value: float) -> str:
    """A figure for a glance: two significant digits, and no more than are needed from 100 on."""
    if value == 0:
        return "0"
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def seconds_text(milliseconds: float | None) -> str:
    """Milliseconds as seconds for a glance: `0.42 s`, `<0.01 s`."""
    if milliseconds is None:
        return NOTHING
    figure = "<0.01" if 0 < milliseconds < LEAST_SHOWN else two_digits(milliseconds / 1000)
    return f"{figure}{THIN}s"


def range_text(lower: float | None, upper: float | None) -> str:
    """Two times in milliseconds, the unit once: `0.41 – 0.51 s`."""
    if lower is None or upper is None:
        return NOTHING
    return f"{seconds_text(lower).removesuffix(f'{THIN}s')} – {seconds_text(upper)}"


def pace_text(tokens: float | None) -> str:
    """Tokens per second for a glance: `187 tok/s`."""
    return NOTHING if tokens is None else f"{tokens:,.0f}{THIN}tok/s"


def dollars_text(amount: float) -> str:
    """An amount of money for a glance: `$1,240`, `$3.20`, `$0.0042`, `under $0.0001`."""
    if amount >= 100:
        return f"${amount:,.0f}"
    if 0 < amount < 0.0001:
        return "under $0.0001"
    return f"${amount:.2f}" if amount >= 0.1 or amount == 0 else f"${amount:.2g}"


def share_text(share: float | None) -> str:
    """A share, 0 to 1: `99.3%`. Only all is `100%` and only nothing `0%`: one failure in 100,000 is not lost."""
    if share is None:
        return NOTHING
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return ">99.9%" if share >= 0.9995 else "<0.1%" if share < 0.0005 else f"{share:.1%}"


_HARDLY = 100
"""A period with fewer than one request to so many of the next is a beginning, and nothing to hold the next against."""


def is_comparable(now: int, before: int) -> bool:
    """Whether a period has requests enough before it for a change to say something: `1,995 times` says nothing."""
    return before * _HARDLY >= now and before > 0


def change_text(now: float | None, before: float | None) -> str | None:
    """What has become of an amount: `+12%`, `20 times`; None where there is nothing to hold it against."""
    if now is None or not before:
        return None
    change = (now - before) / before
    if change >= _MANY_TIMES:
        return f"{now / before:,.0f} times"
    return SAME if abs(change) < 0.005 else f"{change:+.0%}"


def points_text(now: float | None, before: float | None) -> str | None:
    """What has become of a share: `-1.5 points`; None where there is nothing to hold it against."""
    if now is None or before is None:
        return None
    points = (now - before) * 100
    return SAME if abs(points) < 0.05 else f"{points:+.1f} points"
