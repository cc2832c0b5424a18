"""Models that go, or are gone: said in the sidebar and on Health, with one click to evaluate their successors."""

from __future__ import annotations

from datetime import UTC, date, datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.double_click import is_double_click
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.evaluate.allowance_view import uses_text
from pages.components.evaluate.beginning import USUAL_CASES, begin_run
from pages.components.evaluate.progress_view import unfinished_run
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.runs.leaving import Leaving, leaving_models
from router.evaluation.runs.planning import plan_evaluation
from router.types import TaskType

_SOON = 30
"""Days: what goes later is no matter for the sidebar."""


def show_leaving_notice(running: Runtime) -> None:
    """A line in the sidebar while a model that serves goes within a month, or is gone."""
    leaving = [model for model in _leaving(running) if model.days <= _SOON]
    if leaving:
        first = leaving[0]
        more = f" (and {len(leaving) - 1} more)" if len(leaving) > 1 else ""
        label = looks.plain(running.router.table.label(first.target))
        words = "is gone" if first.on is None else _going_words(first)
        st.sidebar.warning(f":small[{label} {words}{more}. [Health](./health)]")


def show_leaving(running: Runtime) -> None:
    """Each model that goes or is gone, with its days and a button for each task that counts on it."""
    for model in _leaving(running):
        table = running.router.table
        label = looks.plain(table.label(model.target))
        with st.container(border=True, key=f"leaving-{model.place}", gap="small"):
            st.markdown(
                f":material/event_busy: {looks.provider_text(model.target.provider, table)} **{label}** "
                f"{_going_words(model)}{f' ({model.on:%d %b %Y})' if model.on else ''}. "
                "Find out now which model should take its place."
            )
            for task in model.tasks:
                _offer_evaluation(running, model, task)


def _offer_evaluation(running: Runtime, model: Leaving, task: TaskType) -> None:
    """The button that begins the evaluation, and what that takes."""
    cases = cases_of_task(task, own_cases(running.store.cases))[:USUAL_CASES]
    targets = model.candidates[task]
    plan = plan_evaluation(running.router, {task: cases}, {task: targets}, repetitions=1, has_judge=False)
    names = ", ".join(looks.plain(running.router.table.label(target)) for target in targets)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        is_pressed = st.button(
            f"Evaluate {running.router.table.tasks[task].label}",
            key=f"evaluate-{model.place}-{task}",
            icon=":material/fact_check:",
            disabled=len(targets) < 2 and model.on is not None,  # there is nobody to hold it against
        )
        st.caption(f"Asks {names}. {uses_text(running, plan.called)}")
    if not is_pressed:
        return
    if unfinished_run(running, running.store.evaluations.runs()) is not None:
        leave_note("Not started: another evaluation is not finished. Go on with it, or end it, first.")
    elif not is_double_click("evaluate successors", plan):
        begin_run(running, plan, 1)
    st.switch_page("evaluate.py")


def _going_words(model: Leaving) -> str:
    return "is not on its provider's list any more" if model.on is None else f"goes {days_words(model.days)}"


def days_words(days: int) -> str:
    """`today`, `tomorrow`, `in 12 days`."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _leaving(running: Runtime) -> list[Leaving]:
    return leaving_models(running.router, _today(running))


def _today(running: Runtime) -> date:
    return datetime.fromtimestamp(running.router.clock.time(), UTC).date()
