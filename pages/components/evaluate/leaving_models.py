"""Models that go, or are gone: said in the sidebar and on Health, with one click to evaluate their successors."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.evaluation.runs.leaving import Leaving, leaving_models

_SOON = 30
"""Days: what goes later is no matter for the sidebar."""


def show_leaving_notice(running: Runtime) -> None:
    """A line in the sidebar while a model that serves goes within a month, or is gone."""
    leaving = [model for model in _leaving(running) if model.days <= _SOON]
    if leaving:
        first = leaving[0]
        more = f" (and {len(leaving) - 1} more)" if len(leaving) > 1 else ""
        label = looks.plain(running.router.table.label(first.target))
        st.sidebar.warning(f"{label} {_going_words(first)}{more}. [Health](./health)",
                           icon=":material/event_busy:")  # fmt: skip


def show_leaving(running: Runtime) -> None:
    """Each model that goes or is gone, with its days and a button for each task that counts on it."""
    for model in _leaving(running):
        table = running.router.table
        label = looks.plain(table.label(model.target))
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"leaving-{model.place}"):
            st.markdown(
                f"{looks.provider_text(model.target.provider, table)} **{label}** {_going_words(model)}"
                f"{f' ({model.on:%d %b %Y})' if model.on else ''}. Find out now which model should take its place.",
                width="stretch",
            )
            for task in model.tasks:
                if st.button(f"Evaluate {table.tasks[task].label}", key=f"evaluate-{model.place}-{task}",
                             icon=":material/fact_check:"):  # fmt: skip
                    targets = ",".join(map(str, model.candidates[task]))
                    st.switch_page("evaluate.py", query_params={"task": str(task), "targets": targets})


def _going_words(model: Leaving) -> str:
    return "is not on its provider's list any more" if model.on is None else f"goes {days_words(model.days)}"


def days_words(days: int) -> str:
    """`today`, `tomorrow`, `in 12 days`."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _leaving(running: Runtime) -> list[Leaving]:
    return leaving_models(running.router, _today(running))


def _today(running: Runtime) -> date:
    return datetime.fromtimestamp(running.router.clock.time(), UTC).date()
