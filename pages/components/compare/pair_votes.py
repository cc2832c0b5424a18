"""Votes by pair: how often one model was preferred to the other, with the interval of that share."""

from __future__ import annotations

import streamlit as st

from pages.components.console.runtime import Runtime
from pages.components.prompt.controls import target_name
from router.evaluation.results.statistics import wilson_interval
from router.types import TaskType


def show_pair_votes(running: Runtime) -> None:
    """A row for each task and pair; votes for both or neither decide nothing and are counted apart."""
    table, rows = running.router.table, []
    for pair in running.store.votes.pairs():
        decided = pair.first_won + pair.second_won
        interval = wilson_interval(pair.first_won, decided) if decided else None
        rows.append(
            {
                "task": table.tasks[TaskType(pair.task_type)].label,
                "model": target_name(running, pair.first) + (" (simulated)" if pair.simulated else ""),
                "against": target_name(running, pair.second),
                "preferred": f"{pair.first_won} of {decided}",
                "share": "–" if interval is None else f"{interval.share * 100:.0f}%",
                "likely range": "–" if interval is None else f"{interval.low * 100:.0f} – {interval.high * 100:.0f}%",
                "both or neither": pair.even,
                "blind": pair.blind,
            }
        )
    if rows:
        st.dataframe(rows, hide_index=True, key="pair-votes")
