"""What a comparison would use of the free quota, said beside the button that spends it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components.compare.lanes import SIDES
from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.prompt.controls import target_name
from router.comparison.trials import Lane
from router.ports import Allowance
from router.types import Target

_MINUTE = 60.0
_SPANS = {_MINUTE: "this minute", 86_400.0: "today"}


@dataclass(frozen=True, slots=True)
class QuotaNeed:
    """What one target would be asked for.

    Attributes:
        words: how many requests, and what is left.
        short_today: whether there are fewer left than it takes, in all but the minute.
        wait: seconds until a minute's allowance that is too small is whole again; 0 where it suffices.
    """

    words: str
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
    needed = f"{looks.counted(wanted[target], 'request')} to {looks.plain(target_name(running, str(target)))}"
    return QuotaNeed(
        f"{needed} ({left} left)" if left else f"{needed} (its provider has not said yet what is left)",
        short_today=any(allowance.span > _MINUTE for allowance in short),
        wait=max((allowance.resets_at - time.time() for allowance in short if allowance.span <= _MINUTE), default=0.0),
    )


def say_quota(running: Runtime, lanes: Sequence[Lane], count: int, *, waits: bool = False) -> None:
    """Say it, and warn of a side that would fail.

    Args:
        waits: whether what is asked for waits for the next minute by itself, as repeats and batches do.
    """
    needs = quota_needs(running, lanes, count)
    st.caption(f"Uses {'; '.join(need.words for need in needs)}.")
    if any(need.short_today for need in needs):
        sides = short_sides([need.short_today for need in needs])
        st.warning(f"Not enough free quota today: {sides} will fail.", icon=":material/error:")
    elif not waits and (wait := max(need.wait for need in needs)) > 0:
        sides = short_sides([need.wait > 0 for need in needs])
        words = f"Not enough free quota this minute: {sides} would wait or fail. Full again in {looks.countdown(wait)}."
        st.warning(words, icon=":material/hourglass_empty:")


def short_sides(short: Sequence[bool]) -> str:
    """Whose quota does not suffice; two lanes with one model have one need, and one quota."""
    sides = [side for side, is_short in zip(SIDES, short, strict=False) if is_short]
    return f"the {sides[0]} side" if len(sides) == 1 and len(short) > 1 else "both sides"
