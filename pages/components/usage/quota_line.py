"""What is left of the free requests of a day, in a line on Usage; all quotas stand on Health."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.health.quota_view import silent_words
from router.ports import Allowance
from router.store import Cube
from router.table.routes import RoutingTable
from router.types import Target, TargetState

_DAY = 86_400.0


def show_left_now(running: Runtime, cube: Cube | None = None) -> None:
    """What is left of a day's free requests: of each provider its busiest model, and whatever is used up.

    In the table's order, so that nothing in it moves while it is read. "Now", and not "today": where used requests
    come back one by one, a day can be full again although it had requests.

    Args:
        cube: the requests that the page is about, by provider and model.
    """
    table, allowances = running.router.table, running.router.quotas()
    daily = [allowance for allowance in allowances if allowance.span == _DAY and allowance.unit == "requests"]
    busiest = [] if cube is None else [key for key, _ in cube.breakdown("provider", "model")]
    parts = [_left_text(allowance, table) for allowance in named_allowances(daily, list(table.providers), busiest)]
    if parts:
        words = f"Free requests left now: {', '.join(parts)}. {silent_words(running, allowances)}"
        st.markdown(f"{words.strip()} [All quotas](./health)")


def named_allowances(
    allowances: Sequence[Allowance], providers: Sequence[str], busiest: Sequence[tuple[str, ...]]
) -> Iterator[Allowance]:
    """Of each provider the allowance of its busiest model, and those that are used up.

    Args:
        providers: in the table's order.
        busiest: provider and model, those with the most requests first.
    """
    places = {key: place for place, key in enumerate(busiest)}
    ordered = sorted(allowances, key=lambda one: (providers.index(one.provider), one.model))
    for provider, group in groupby(ordered, key=lambda one: one.provider):
        of_provider = list(group)
        first = min(of_provider, key=lambda one: places.get((provider, one.model), len(places)))
        yield from (one for one in of_provider if one is first or one.remaining == 0)


def _left_text(allowance: Allowance, table: RoutingTable) -> str:
    """Whose it is and how much is left; nothing left looks as it does on every page, as a state."""
    left, target = f"{allowance.remaining:,} of {allowance.limit:,}", Target(allowance.provider, allowance.model)
    name = looks.provider_text(allowance.provider, table)
    if allowance.model:
        name += f" {looks.plain(table.label(target))}"
    if allowance.remaining:
        return f"{name} {left}"
    state = TargetState.NO_ALLOWANCE
    return f"{name} :{looks.STATE_COLOURS[state]}-badge[{looks.STATE_ICONS[state]} {left}]"
