"""The evaluations there are, a line each: when, which tasks, how many cases, and what followed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.evaluation.results.conclusions import verdict_text
from router.evaluation.results.task_result import TaskResult, task_results
from router.store import Evaluation
from router.types import TaskType

_AT_ONCE = 20
_WORDS = "evaluation-words"


def show_run_list(running: Runtime, runs: Sequence[Evaluation], chosen: Evaluation) -> None:
    """The run that is shown, and a list of the others to choose from.

    Args:
        chosen: the one that is shown.
    """
    st.caption(f"{looks.clock_time(chosen.started_at)}. {_asked_words(running, chosen)}.")
    if len(runs) < 2:
        return
    with st.expander(f"All evaluations: {len(runs)}", icon=":material/list:"):
        with st.container(key="evaluation-list", gap=None):
            for run in runs[: st.session_state.get("evaluation-list-length", _AT_ONCE)]:
                _show_line(running, run, is_chosen=run is chosen)
        if len(runs) > st.session_state.get("evaluation-list-length", _AT_ONCE):
            st.button("Show all", key="evaluation-list-all", on_click=_show_all, args=(len(runs),))


def _asked_words(running: Runtime, run: Evaluation) -> str:
    """`Quick categorization, 12 cases`: what came of it, and by which providers, stands below."""
    results = {result.task: result for result in task_results(run, running.store.evaluations, running.router.table)}
    return "; ".join(_name_of(running, TaskType(task), results.get(TaskType(task))) for task in run.tasks)


def _show_all(length: int) -> None:
    st.session_state["evaluation-list-length"] = length


def _show_line(running: Runtime, run: Evaluation, *, is_chosen: bool) -> None:
    words = f"{looks.clock_time(run.started_at)} – {_run_words(running, run)}"
    st.button(f"**{words}**" if is_chosen else words, key=f"evaluation-open-{run.id}", type="tertiary", width="stretch",
              on_click=_choose_run, args=(run.id,))  # fmt: skip


def _choose_run(run_id: str) -> None:
    st.session_state["evaluation-run"] = run_id


def _run_words(running: Runtime, run: Evaluation) -> str:
    """`Quick categorization, 12 cases: no winner`; kept for the session once the run is complete."""
    kept: dict[str, str] = st.session_state.setdefault(_WORDS, {})
    name = f"{run.id}-{run.total}"
    if name in kept:
        return kept[name]
    results = {result.task: result for result in task_results(run, running.store.evaluations, running.router.table)}
    words = "; ".join(_task_words(running, TaskType(task), results.get(TaskType(task))) for task in run.tasks)
    words = f"{words}{', simulated' if run.begun_simulated else ''}"
    if run.complete:
        kept[name] = words
    return words


def _task_words(running: Runtime, task: TaskType, result: TaskResult | None) -> str:
    verdict = "" if result is None else f": {looks.plain(verdict_text(result, running.router.table.label))}"
    return f"{_name_of(running, task, result)}{verdict}"


def _name_of(running: Runtime, task: TaskType, result: TaskResult | None) -> str:
    label = running.router.table.tasks[task].label
    if result is None:
        return label
    return f"{label}, {looks.counted(max((target.cases for target in result.results), default=0), 'case')}"
