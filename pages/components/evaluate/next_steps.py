"""What can be done about a verdict, beside it: the cases that are left, cases of one's own, and the route."""

from __future__ import annotations

import streamlit as st

from pages.components.console.double_click import is_double_click
from pages.components.console.runtime import Runtime
from pages.components.evaluate.allowance_view import uses_text
from pages.components.evaluate.beginning import begin_run
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.results.conclusions import best_finding
from router.evaluation.results.task_result import TaskResult
from router.evaluation.runs.further import FurtherPlan, plan_further
from router.store import Evaluation


def further_plan(running: Runtime, run: Evaluation, result: TaskResult) -> FurtherPlan:
    """The cases of a task that a run has not asked, and the run that would ask them."""
    evaluations = running.store.evaluations
    cases = cases_of_task(result.task, own_cases(running.store.cases))
    return plan_further(
        result.task,
        evaluations.steps(run.id),
        evaluations.judgements(run.id),
        cases=cases,
        repetitions=run.repetitions,
    )


def show_next_steps(
    running: Runtime, run: Evaluation, result: TaskResult, *, further: FurtherPlan, is_free: bool
) -> None:
    """The buttons.

    Args:
        is_free: whether another evaluation can be begun now.
    """
    task = result.task
    can_go_on = is_free and result.complete and further.called and run.begun_simulated == running.simulated
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if can_go_on:
            words = "case" if further.unasked == 1 else f"{further.unasked:,} cases"
            st.button(f"Run the other {words}", key=f"further-{task}", icon=":material/playlist_play:",
                      help="Of the same models; what is asked already counts with it.",
                      on_click=_run_further, args=(running, run, further))  # fmt: skip
        if result.complete and best_finding(result) is None:
            st.button(
                "Add cases", key=f"add-cases-{task}", icon=":material/add:", type="tertiary", on_click=_open_cases
            )
        # Here and not in a callback: a page is left while it runs.
        if st.button("Open the route", key=f"route-{task}", icon=":material/route:", type="tertiary"):
            st.switch_page("routing.py", query_params={"task": str(task)})
    if can_go_on:
        st.caption(uses_text(running, further.called))


def _open_cases() -> None:
    st.session_state["view"] = "Cases"


def _run_further(running: Runtime, run: Evaluation, further: FurtherPlan) -> None:
    if is_double_click("further", run.id, further.unasked):
        return
    tasks = {step.task for step in further.plan.steps}
    baselines = {task: target for task, target in run.baselines.items() if task in tasks}
    begin_run(running, further.plan, run.repetitions, baselines)
