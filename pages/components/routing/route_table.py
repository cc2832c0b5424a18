"""A task's route on a page: in a line, in the order of trial; and how it came to be so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.health.task_states import is_ready
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TargetState, TaskConfig, TaskType

SHOWN = 7
"""Targets of a chain that a line shows, as many as two lines hold; the rest is named on hover, and in the editor."""

_ARROW = '<span class="arrow" aria-hidden="true">→</span>'


def route_html(plan: Sequence[PlannedTarget], table: RoutingTable) -> str:
    """A task's targets in the order in which they are tried, those that are out with their state.

    The next to be asked is always among those that are shown. A provider is named where it is another than just before.
    """
    living = [line for line in plan if line.state is not TargetState.RETIRED]
    next_place = next((place for place, line in enumerate(living) if is_ready(line)), 0)
    shown = [*range(min(len(living), SHOWN))] if next_place < SHOWN else [*range(SHOWN - 1), next_place]
    labels = Counter(table.label(line.target) for line in living)
    steps, before = [], -1
    for place in shown:
        steps += _more_html(living[before + 1 : place], table)
        is_named = before < 0 or before + 1 < place or living[before].provider != living[place].provider
        is_named = is_named or labels[table.label(living[place].target)] > 1  # two providers have it: whose is it?
        is_first = place == next_place and is_ready(living[place])
        steps.append(_step_html(living[place], table, is_first=is_first, is_named=is_named))
        before = place
    steps += _more_html(living[before + 1 :], table)
    # An arrow goes with what it leads to: a line that breaks begins with it.
    first, *others = steps or ["No model left"]
    further = "".join(f"<span>{_ARROW}{step}</span>" for step in others)
    return f'<div class="steps">{first}{further}</div>'


def _more_html(lines: Sequence[PlannedTarget], table: RoutingTable) -> list[str]:
    """How many more there are, with their names on hover; nothing for none."""
    names = escape(", ".join(table.label(line.target) for line in lines))
    return [f'<span class="quiet" title="{names}">+{len(lines)} more</span>'] if lines else []


def _step_html(line: PlannedTarget, table: RoutingTable, *, is_first: bool, is_named: bool) -> str:
    model = target_html(line.target, table) if is_named else _model_html(line.target, table)
    if is_first:
        model = f"<b>{model}</b>"
    state = "" if is_ready(line) else f' <span class="quiet">({escape(looks.state_word(line.state))})</span>'
    return f"<span>{model}{state}</span>"


def target_html(target: Target, table: RoutingTable) -> str:
    """A target with its provider in its colour and its whole id on hover."""
    return f"{looks.provider_html(target.provider, table)} {_model_html(target, table)}"


def _model_html(target: Target, table: RoutingTable) -> str:
    return f'<span title="{escape(str(target))}">{escape(table.label(target))}</span>'


# --- how it came to be so ------------------------------------------------------------------------------------------


def show_origin(running: Runtime, task: TaskType) -> None:
    """A task's chain as it was asked for, after retirements, as edited, and what serves now."""
    shipped, table = running.router.routes.shipped, running.router.table
    edited = task in running.router.routes.edits.tasks
    views = {
        "Original": _chain_html(shipped.tasks[task].targets, shipped),
        "After retirements": _changed_html(running.router.shipped_plan(config=TaskConfig(task)), shipped),
        "Your edits": _chain_html(table.tasks[task].chain, table)
        if edited
        else '<span class="quiet">not edited</span>',
        "Serving now": _serving_html(running, running.router.plan(config=TaskConfig(task))),
    }
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{cell}</dd></div>" for name, cell in views.items())
    st.markdown("**How this route came about**, from the file that was shipped to what answers now")
    st.html(f'<dl class="origin">{cells}</dl>')


def _chain_html(targets: Sequence[Target], table: RoutingTable) -> str:
    return "<br>".join(target_html(target, table) for target in targets)


def _changed_html(plan: Sequence[PlannedTarget], table: RoutingTable) -> str:
    """What is left of the chain: successors, each with what it stands for, and what was chosen from the catalogue."""
    living = [line for line in plan if line.state is not TargetState.RETIRED]
    return "<br>".join(target_html(line.target, table) + _stands_for(line, table) for line in living) or "no model left"


def _stands_for(line: PlannedTarget, table: RoutingTable) -> str:
    if line.chosen:
        return " <small>chosen from the catalogue</small>"
    if line.joined:
        return " <small>added by its key</small>"
    return "" if line.stands_for is None else f" <small>for {escape(table.label(line.stands_for))}</small>"


def _serving_html(running: Runtime, plan: Sequence[PlannedTarget]) -> str:
    """The first target of each provider that would be tried now, in the order in which they are tried."""
    table = running.router.table
    firsts = {line.provider: line.target for line in reversed(plan) if line.kept}
    ordered = sorted(firsts.values(), key=[line.target for line in plan].index)
    serving = [target_html(target, table) for target in ordered]
    idle = [name for name in table.providers if name not in firsts]
    return "<br>".join(
        [*serving, *(f'{looks.provider_html(name, table)} <span class="quiet">no model</span>' for name in idle)]
    )
