"""The votes so far: by pair how often one model was preferred, with the interval of that share, and by model."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.console.grid import grid_html
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from router.evaluation.results.statistics import wilson_interval
from router.store.console.votes import PairTally, Tally
from router.types import TaskType

_PAIR_HEADS = ("Task", "Model", "Against", "Win rate", "Likely range", "Both or neither", "Blind")
_MODEL_HEADS = ("Model", "Task", "Won", "Lost", "Both", "Neither")


def show_votes(running: Runtime) -> None:
    """A row for each task and pair, then one for each task and model; nothing before the first vote."""
    tally = running.store.votes.tally()
    if not tally:
        return
    with st.expander("Votes so far", icon=":material/how_to_vote:", key="votes"):
        st.html(grid_html(_PAIR_HEADS, [_pair_cells(running, pair) for pair in running.store.votes.pairs()]))
        st.caption(
            "Win rate: of the votes for one of the two. Likely range: where that share lies with 95% certainty. Blind: "
            "votes that were given before the names were shown."
        )
        st.html(grid_html(_MODEL_HEADS, [_model_cells(running, counts) for counts in tally]))


def _pair_cells(running: Runtime, pair: PairTally) -> list[str]:
    """Votes for both or neither decide nothing, and are counted apart."""
    decided = pair.first_won + pair.second_won
    interval = wilson_interval(pair.first_won, decided) if decided else None
    return [
        _task_name(running, pair.task_type),
        _model_name(running, pair.first, simulated=pair.simulated),
        escape(target_name(running, pair.second)),
        "–" if interval is None else f"<b>{interval.share:.0%}</b> ({pair.first_won} of {decided})",
        "–" if interval is None else f"{interval.low * 100:.0f} – {interval.high * 100:.0f}%",
        f"{pair.even:,}",
        f"{pair.blind:,} of {decided + pair.even:,}",
    ]


def _model_cells(running: Runtime, counts: Tally) -> list[str]:
    name = _model_name(running, counts.target, simulated=counts.simulated)
    figures = (counts.won, counts.lost, counts.both, counts.neither)
    return [name, _task_name(running, counts.task_type), *(f"{figure:,}" for figure in figures)]


def _task_name(running: Runtime, task: str) -> str:
    return escape(running.router.table.tasks[TaskType(task)].label)


def _model_name(running: Runtime, target: str, *, simulated: bool) -> str:
    return escape(target_name(running, target)) + (" <small>simulated</small>" if simulated else "")
