"""The routing table on a page: as asked for, as the catalogue has changed it, as edited, and what serves now."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TargetState, TaskConfig, TaskType

SHOWN = 3
"""Targets of a long chain that are shown; the rest is named on hover, and in the editor."""


def show_routes(running: Runtime) -> None:
    """Every task with its four views."""
    columns = ("Task", "As asked for", "As the catalogue has changed it", "As edited", "Serves now")
    head = "".join(f"<th>{name}</th>" for name in columns)
    rows = "".join(_row_html(running, task, columns) for task in TaskType)
    st.html(f'<table class="grid routes"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def _row_html(running: Runtime, task: TaskType, columns: Sequence[str]) -> str:
    shipped, table = running.router.routes.shipped, running.router.table
    entry = shipped.tasks[task]
    edited = task in running.router.routes.edits.tasks
    cells = (
        _chain_html(entry.targets, shipped),
        _changed_html(running.router.shipped_plan(config=TaskConfig(task)), shipped),
        _chain_html(table.tasks[task].chain, table) if edited else '<span class="quiet">not edited</span>',
        _serving_html(running, running.router.plan(config=TaskConfig(task))),
    )
    labelled = "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in zip(columns[1:], cells, strict=True))
    return f"<tr><th>{escape(entry.label)}</th>{labelled}</tr>"


def _chain_html(targets: Sequence[Target], table: RoutingTable) -> str:
    return "<br>".join(target_html(target, table) for target in targets)


def target_html(target: Target, table: RoutingTable) -> str:
    """A target with its provider in its colour and its whole id on hover."""
    name = f'<span title="{escape(str(target))}">{escape(table.label(target))}</span>'
    return f"{looks.provider_html(target.provider, table)} {name}"


def _changed_html(plan: Sequence[PlannedTarget], table: RoutingTable) -> str:
    """What is left of the chain: successors, each with what it stands for, and what was chosen from the catalogue."""
    living = [line for line in plan if line.state is not TargetState.RETIRED]
    shown = [target_html(line.target, table) + _stands_for(line, table) for line in living[:SHOWN]]
    if rest := living[SHOWN:]:
        names = escape(", ".join(str(line.target) for line in rest))
        shown.append(f'<span class="quiet" title="{names}">and {len(rest)} more</span>')
    return "<br>".join(shown) or "nothing left"


def _stands_for(line: PlannedTarget, table: RoutingTable) -> str:
    if line.chosen:
        return " <small>chosen from the catalogue</small>"
    return "" if line.stands_for is None else f" <small>for {escape(table.label(line.stands_for))}</small>"


def _serving_html(running: Runtime, plan: Sequence[PlannedTarget]) -> str:
    """The first target of each provider that would be tried now, in the order in which they are tried."""
    table = running.router.table
    firsts = {line.provider: line.target for line in reversed(plan) if line.kept}
    ordered = sorted(firsts.values(), key=[line.target for line in plan].index)
    serving = [target_html(target, table) for target in ordered]
    idle = [name for name in table.providers if name not in firsts]
    return "<br>".join(
        [*serving, *(f'{looks.provider_html(name, table)} <span class="quiet">nothing</span>' for name in idle)]
    )
