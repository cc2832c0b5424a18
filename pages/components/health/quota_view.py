"""Quota gauges: what is left of each allowance, when it refills, and when it runs dry at the present pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import groupby

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import require_operator
from pages.components.console.notes import ask_for_redrawing, leave_note
from pages.components.console.runtime import Runtime
from router.ports import Allowance
from router.store import Pace
from router.table.routes import RoutingTable
from router.types import Target

_MINUTE, _DAY = 60.0, 86_400.0
_SPANS = {_MINUTE: "per minute", 3_600.0: "per hour", _DAY: "per day"}
_SLACK = 120.0
"""Seconds around midnight that are midnight: clocks differ, and a reset is put behind it."""


def show_quotas(
    allowances: Sequence[Allowance], paces: Mapping[tuple[str, str], Pace], table: RoutingTable, now: float
) -> None:
    """A gauge for each allowance, those of a model together.

    Args:
        paces: the present pace by account and model.
    """
    gauges = "".join(_pool_html(pool, paces, table, now) for pool in _pools(allowances, table))
    st.html(f'<div class="gauges">{gauges}</div>')


def silent_words(running: Runtime, allowances: Sequence[Allowance]) -> str:
    """Which providers have stated no allowance yet; empty where each has."""
    table, told = running.router.table, {allowance.provider for allowance in allowances}
    names = [table.providers[name].label for name in running.router.accounts if name not in told]
    return f"{looks.plain(' and '.join(names))} {'has' if len(names) == 1 else 'have'} not said yet." if names else ""


def refill_simulated(running: Runtime) -> None:
    """Whole simulated allowances again."""
    require_operator()
    running.router.refill_simulated()
    ask_for_redrawing()
    leave_note("Simulated quota refilled, cooldowns reset.")


def pace_of(allowance: Allowance, paces: Mapping[tuple[str, str], Pace]) -> Pace:
    """The pace at which an allowance is used: its model's, or that of all models of the account."""
    account_paces = [
        pace for key, pace in paces.items() if key[0] == allowance.account and allowance.model in ("", key[1])
    ]
    return sum(account_paces, Pace())


def runs_dry(allowance: Allowance, pace: Pace, now: float) -> float | None:
    """When nothing is left at this pace, in seconds since the epoch; None where it refills before."""
    rate = pace.per_second(allowance.unit, allowance.span)
    if rate <= 0:
        return None
    dry = now + allowance.remaining / rate
    return dry if dry < allowance.resets_at else None


def _pools(allowances: Sequence[Allowance], table: RoutingTable) -> list[list[Allowance]]:
    """The allowances by whose they are, in the table's order; the longest window of each first."""
    providers = list(table.providers)
    ordered = sorted(allowances, key=lambda allowance: (providers.index(allowance.provider), allowance.model))
    pools = groupby(ordered, key=lambda allowance: (allowance.account, allowance.provider, allowance.model))
    return [sorted(pool, key=lambda allowance: -allowance.span) for _, pool in pools]


def _pool_html(
    pool: Sequence[Allowance], paces: Mapping[tuple[str, str], Pace], table: RoutingTable, now: float
) -> str:
    """A model's allowances, or those of all free models of an account, one under the other."""
    provider, model = pool[0].provider, pool[0].model
    name = table.label(Target(provider, model)) if model else "all free models"
    windows = "".join(_window_html(allowance, name, pace_of(allowance, paces), table, now) for allowance in pool)
    return f'<div class="gauge"><div>{looks.provider_html(provider, table)} {escape(name)}</div>{windows}</div>'


def _window_html(allowance: Allowance, model: str, pace: Pace, table: RoutingTable, now: float) -> str:
    share = min(1.0, allowance.remaining / allowance.limit)
    colour = looks.provider_css(allowance.provider, list(table.providers))
    name = f"{allowance.unit} {_SPANS.get(allowance.span, f'in {allowance.span:.0f} s')}"
    left = f"{allowance.remaining:,} of {allowance.limit:,} left"
    return (
        f'<div class="window"><div class="split"><span>{escape(name.capitalize())}</span><b>{left}</b></div>'
        f'<div class="bar" role="meter" aria-label="{escape(f"{model}: {name}")}" aria-valuemin="0" '
        f'aria-valuemax="{allowance.limit}" aria-valuenow="{allowance.remaining}" aria-valuetext="{left}">'
        f'<i style="width:{share:.1%};background:{colour}"></i></div>'
        f'<div class="quiet">{_refill_words(allowance, now)} {_runs_dry(allowance, pace, now)}</div>'
        f"{_reserve_html(allowance, table)}</div>"
    )


def _reserve_html(allowance: Allowance, table: RoutingTable) -> str:
    """What of an account's day is kept for certain tasks."""
    entry = table.providers.get(allowance.provider)
    if entry is None or not entry.reserve or allowance.model or allowance.span != _DAY:
        return ""
    reserved = ", ".join(f"{requests} for {table.tasks[task].label}" for task, requests in entry.reserve.items())
    return f'<div class="quiet">The last are kept: {escape(reserved)}.</div>'


def comes_back_steadily(allowance: Allowance) -> bool:
    """Whether a day's allowance comes back bit by bit, and not all at once at midnight UTC.

    Such a day is full again within seconds of a single request, which would read like a slip if it were not explained.
    """
    return allowance.span == _DAY and _SLACK < allowance.resets_at % _DAY < _DAY - _SLACK


def _refill_words(allowance: Allowance, now: float) -> str:
    """When an allowance is whole again, in the words that its window calls for."""
    if allowance.remaining >= allowance.limit:
        return "Full."
    if allowance.resets_at <= now:
        return "Full again within a minute." if allowance.span <= _MINUTE else "Full again soon."
    when, left = escape(looks.clock_time(allowance.resets_at)), looks.span(allowance.resets_at - now)
    if comes_back_steadily(allowance):
        return f'<span title="{when}">Used requests come back one by one; full again in {left}.</span>'
    if allowance.span == _DAY:
        clock = datetime.fromtimestamp(allowance.resets_at, looks.zone())
        return f'<span title="{when}">Refills at {clock:%H:%M}, in {left}.</span>'
    return f'<span title="{when}">Full again in {left}.</span>'


def _runs_dry(allowance: Allowance, pace: Pace, now: float) -> str:
    if allowance.remaining == 0:
        return "<b>Used up.</b>"
    if allowance.remaining >= allowance.limit:
        return ""
    dry = runs_dry(allowance, pace, now)
    if dry is not None:
        return f"<b>Runs dry in {looks.span(dry - now)} at this pace.</b>"
    # Of an allowance that is always coming back there is no moment until which it lasts.
    is_used = allowance.resets_at > now and pace.per_second(allowance.unit, allowance.span) > 0
    return "Lasts until then at this pace." if is_used and not comes_back_steadily(allowance) else ""
