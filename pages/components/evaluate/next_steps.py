"""What can be done about a verdict, beside it: the cases that would decide it, all others, one's own, and the route."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.double_click import is_double_click
from pages.components.console.runtime import Runtime
from pages.components.evaluate.allowance_view import uses_text
from pages.components.evaluate.beginning import begin_run
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.results.conclusions import best_finding, deciding_cases, is_beyond_cases
from router.evaluation.results.task_result import TaskResult
from router.evaluation.runs.further import FurtherPlan, plan_further
from router.store import Evaluation


def further_plan(running: Runtime, run: Evaluation, result: TaskResult, *, most: int | None = None) -> FurtherPlan:
    """The cases of a task that a run has not asked, and the run that would ask them.

    Args:
        most: how many of them it asks; None asks all.
    """
    evaluations = running.store.evaluations
    cases = cases_of_task(result.task, own_cases(running.store.cases))
    return plan_further(
        result.task,
        evaluations.steps(run.id),
        evaluations.judgements(run.id),
        cases=cases,
        repetitions=run.repetitions,
        most=most,
    )


def show_next_steps(
    running: Runtime, run: Evaluation, result: TaskResult, *, further: FurtherPlan, is_free: bool, is_main: bool
) -> None:
    """The buttons.

    Args:
        further: the run of all cases that are left.
        is_free: whether another evaluation can be begun now.
        is_main: whether the first of them may be the page's main button.
    """
    task, has_winner = result.task, best_finding(result) is not None
    can_go_on = is_free and result.complete and further.called and run.begun_simulated == running.simulated
    enough, steps = deciding_cases(result), [further] if can_go_on else []
    if can_go_on and enough is not None and enough < further.unasked:
        steps.insert(0, further_plan(running, run, result, most=enough))
    can_decide = not is_beyond_cases(result, further.unasked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for place, step in enumerate(steps):
            is_first = is_main and place == 0 and can_decide and not has_winner
            _offer_further(running, run, result, step, count=enough if step is not further else None, is_main=is_first)
        if result.complete and not has_winner:
            st.button("Add cases", key=f"add-cases-{task}", icon=":material/add:", on_click=_open_cases,
                      type="tertiary" if can_decide else "secondary")  # fmt: skip
        # Here and not in a callback: a page is left while it runs.
        if st.button("Open the route", key=f"route-{task}", icon=":material/route:", type="tertiary"):
            st.switch_page("routing.py", query_params={"task": str(task)})
    if steps:
        st.caption(uses_text(running, steps[0].called))


def _offer_further(
    running: Runtime, run: Evaluation, result: TaskResult, step: FurtherPlan, *, count: int | None, is_main: bool
) -> None:
    """A button that asks further cases; what it takes stands on it.

    Args:
        count: how many cases; None is all that are left.
    """
    requests = looks.counted(len(step.called), "request")
    if count is None:
        words = "Run the other case" if step.unasked == 1 else f"Run the other {step.unasked:,} cases"
    else:
        words = f"Run {looks.counted(count, 'more case')}"
    st.button(f"{words} ({requests})", key=f"{'further' if count is None else 'deciding'}-{result.task}",
              icon=":material/playlist_play:", type="primary" if is_main else "secondary",
              help=f"Of the same models; what is asked already counts with it. {uses_text(running, step.called)}",
              on_click=_run_further, args=(running, run, step))  # fmt: skip


def _open_cases() -> None:
    st.session_state["view"] = "Cases"


def _run_further(running: Runtime, run: Evaluation, further: FurtherPlan) -> None:
    if is_double_click("further", run.id, len(further.plan.steps)):
        return
    tasks = {step.task for step in further.plan.steps}
    baselines = {task: target for task, target in run.baselines.items() if task in tasks}
    begin_run(running, further.plan, run.repetitions, baselines)
