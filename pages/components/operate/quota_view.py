"""Quota gauges: what is left of each allowance, when it refills, and when it runs dry at the present pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from router.ports import Allowance
from router.store import Pace
from router.table.routes import RoutingTable
from router.types import Target

_DAY = 86_400.0
_SPANS = {60.0: "a minute", 3_600.0: "an hour", _DAY: "a day"}


def show_quotas(
    allowances: Sequence[Allowance], paces: Mapping[tuple[str, str], Pace], table: RoutingTable, now: float
) -> None:
    """A gauge for each allowance.

    Args:
        paces: the present pace by account and model.
    """
    ordered = sorted(allowances, key=lambda one: (list(table.providers).index(one.provider), one.model, -one.span))
    gauges = "".join(_gauge_html(allowance, pace_of(allowance, paces), table, now) for allowance in ordered)
    st.html(f'<div class="gauges">{gauges}</div>')


def pace_of(allowance: Allowance, paces: Mapping[tuple[str, str], Pace]) -> Pace:
    """The pace at which an allowance is used: its model's, or that of all models of the account."""
    own = [pace for key, pace in paces.items() if key[0] == allowance.account and allowance.model in ("", key[1])]
    return sum(own, Pace())


def runs_dry(allowance: Allowance, pace: Pace, now: float) -> float | None:
    """When nothing is left at this pace, in seconds since the epoch; None where it refills before."""
    rate = pace.per_second(allowance.unit, allowance.span)
    if rate <= 0:
        return None
    dry = now + allowance.remaining / rate
    return dry if dry < allowance.resets_at else None


def _gauge_html(allowance: Allowance, pace: Pace, table: RoutingTable, now: float) -> str:
    share = min(1.0, allowance.remaining / allowance.limit)
    colour = looks.provider_css(allowance.provider, list(table.providers))
    model = table.label(Target(allowance.provider, allowance.model)) if allowance.model else "all free models"
    name = f"{allowance.unit} {_SPANS.get(allowance.span, f'in {allowance.span:.0f} s')}"
    left = f"{allowance.remaining:,} of {allowance.limit:,} left"
    return (
        f'<div class="gauge"><div>{looks.provider_html(allowance.provider, table)} {escape(model)}</div>'
        f'<div class="bar" role="meter" aria-label="{escape(f"{model}: {name}")}" aria-valuemin="0" '
        f'aria-valuemax="{allowance.limit}" aria-valuenow="{allowance.remaining}" aria-valuetext="{left}">'
        f'<i style="width:{share:.1%};background:{colour}"></i></div>'
        f'<div><b>{left}</b> <span class="quiet">{name}</span></div>'
        f'<div class="quiet">{_refill_words(allowance, now)} {_runs_dry(allowance, pace, now)}</div>'
        f"{_reserve_html(allowance, table)}</div>"
    )


def _reserve_html(allowance: Allowance, table: RoutingTable) -> str:
    """What of an account's day is kept for certain tasks."""
    entry = table.providers.get(allowance.provider)
    if entry is None or not entry.reserve or allowance.model or allowance.span != _DAY:
        return ""
    kept = ", ".join(f"{requests} for {table.tasks[task].label}" for task, requests in entry.reserve.items())
    return f'<div class="quiet">The last are kept: {escape(kept)}.</div>'


def _refill_words(allowance: Allowance, now: float) -> str:
    if allowance.remaining >= allowance.limit:
        return "Full."
    if allowance.resets_at <= now:
        return f"Refills within {_SPANS.get(allowance.span, 'its time')}."
    when = escape(looks.clock_time(allowance.resets_at))
    return f'<span title="{when}">Refills in {looks.span(allowance.resets_at - now)}.</span>'


def _runs_dry(allowance: Allowance, pace: Pace, now: float) -> str:
    if allowance.remaining == 0:
        return "<b>Used up.</b>"
    dry = runs_dry(allowance, pace, now)
    if dry is None:
        return (
            ""
            if allowance.resets_at <= now or pace.per_second(allowance.unit, allowance.span) <= 0
            else "Lasts until then at this pace."
        )
    return f"<b>Runs dry in {looks.span(dry - now)} at this pace.</b>"
