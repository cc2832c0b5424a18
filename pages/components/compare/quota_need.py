"""What a comparison would use of the free quota, said beside the button that spends it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from router.comparison.trials import Lane
from router.ports import Allowance
from router.types import Target

_MINUTE = 60.0
_SPANS = {_MINUTE: "this minute", 86_400.0: "today"}


@dataclass(frozen=True, slots=True)
class QuotaNeed:
    """What one target would be asked for.

    Attributes:
        name: whom it is asked of.
        count: how many requests.
        words: how many requests to whom, and all that is left.
        provider: its name, which is enough beside what is left.
        left: what is left of the widest span, as in `49`; empty where its provider has not said it.
        short_today: whether there are fewer left than it takes, in all but the minute.
        wait: seconds until a minute's allowance that is too small is whole again; 0 where it suffices.
    """

    name: str
    count: int
    words: str
    provider: str
    left: str
    short_today: bool
    wait: float


def quota_needs(running: Runtime, lanes: Sequence[Lane], count: int) -> list[QuotaNeed]:
    """What `count` requests in each lane would use; lanes with one target have one need."""
    wanted: dict[Target, int] = {}
    for lane in lanes:
        wanted[lane.target] = wanted.get(lane.target, 0) + count
    allowances = running.router.quotas()
    return [_need_of(running, target, wanted, allowances) for target in wanted]


def _need_of(
    running: Runtime, target: Target, wanted: Mapping[Target, int], allowances: Sequence[Allowance]
) -> QuotaNeed:
    provider_allowances = [
        allowance
        for allowance in allowances
        if allowance.provider == target.provider and allowance.model in ("", target.model)
    ]
    requests = sorted(
        (allowance for allowance in provider_allowances if allowance.unit == "requests"),
        key=lambda allowance: -allowance.span,
    )
    # Models of one free pool draw on the same allowance.
    pooled = sum(number for asked, number in wanted.items() if asked.provider == target.provider)
    short = [
        allowance
        for allowance in requests
        if allowance.remaining < (pooled if allowance.model == "" else wanted[target])
    ]
    left = ", ".join(
        f"{allowance.remaining:,} of {allowance.limit:,} {_SPANS.get(allowance.span, 'in all')}"
        for allowance in requests
    )
    name = looks.plain(target_name(running, str(target)))
    needed = f"{looks.counted(wanted[target], 'request')} to {name}"
    widest = [f"{one.remaining:,}" for one in requests[:1]]
    return QuotaNeed(
        name,
        wanted[target],
        f"{needed} ({left} left)" if left else f"{needed} (its provider has not said yet what is left)",
        looks.plain(running.router.table.providers[target.provider].label),
        widest[0] if widest else "",
        short_today=any(allowance.span > _MINUTE for allowance in short),
        wait=max((allowance.resets_at - time.time() for allowance in short if allowance.span <= _MINUTE), default=0.0),
    )


def say_quota(running: Runtime, lanes: Sequence[Lane], count: int, *, waits: bool = False, brief: bool = False) -> None:
    """Say it, and warn of a model that would fail.

    Args:
        waits: whether what is asked for waits for the next minute by itself, as repeats and batches do.
        brief: whether the figures are enough, and all that is left is told on request.
    """
    needs = quota_needs(running, lanes, count)
    if brief:
        st.caption(brief_words(needs), help=whole_words(needs))
    else:
        st.caption(whole_words(needs))
    warn_of_quota(needs, waits=waits)


def warn_of_quota(needs: Sequence[QuotaNeed], *, waits: bool = False) -> None:
    """Say which model would fail or wait, by its name: a side tells nothing where the sides are shuffled."""
    if short := [need.name for need in needs if need.short_today]:
        st.warning(f"Not enough free quota today: {' and '.join(short)} will fail.", icon=":material/error:")
    elif not waits and (wait := max(need.wait for need in needs)) > 0:
        short = [need.name for need in needs if need.wait > 0]
        words = f"{' and '.join(short)} would wait or fail. Full again in {looks.countdown(wait)}."
        st.warning(f"Not enough free quota this minute: {words}", icon=":material/hourglass_empty:")


def whole_words(needs: Sequence[QuotaNeed]) -> str:
    """How many requests to whom, and all that is left."""
    return f"Uses {'; '.join(need.words for need in needs)}."


def brief_words(needs: Sequence[QuotaNeed]) -> str:
    """`Uses 1 + 1 requests · Groq 998, OpenRouter 49 left now`."""
    counts = [need.count for need in needs]
    noun = "request" if counts == [1] else "requests"
    return f"Uses {' + '.join(f'{count:,}' for count in counts)} {noun} · {_left_words(needs)}"


def _left_words(needs: Sequence[QuotaNeed]) -> str:
    known = [(need.provider, need.left) for need in needs if need.left]
    if not known:
        return "quota not known yet"
    if len(known) < len(needs):
        return "one quota not known yet"
    # Not "today": what some providers count comes back one by one, and may be more in a minute.
    return f"{', '.join(f'{name} {figure}' for name, figure in known)} left now"
