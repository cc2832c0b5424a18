"""An evaluation is begun, or gone on with: written down, and made by a job of this process."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.console.environment import console_settings
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.background.jobs import Job
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.runs.planning import EvaluationPlan
from router.evaluation.runs.run import EvaluationWork, cases_by_key, make_run
from router.evaluation.runs.targets import serving_target
from router.types import Source, TaskType

USUAL_CASES = 10
"""So many cases of a task are asked where nobody says how many: a press should not take most of a day's allowance."""

UNSEEN_SECONDS = 3_600.0
"""A run is stopped when nobody has looked at it for so long; it goes on from where it was."""


def begin_run(running: Runtime, plan: EvaluationPlan, repeats: int, baselines: Mapping[str, str] | None = None) -> None:
    """Write a run down, have it shown from its first answer on, and make it.

    Args:
        baselines: by task, what the others are held against; without it what serves now.
    """
    tasks = dict.fromkeys(TaskType(step.task) for step in plan.steps)
    serving = {str(task): str(target) for task in tasks if (target := serving_target(running.router, task))}
    run_id = running.store.evaluations.begin(
        plan.steps, plan.judgements, baselines=baselines or serving, repetitions=repeats, simulated=running.simulated
    )
    st.session_state["evaluation-to-show"] = run_id
    go_on_with(running, run_id)


def go_on_with(running: Runtime, run_id: str) -> None:
    """Make what is not made of a run; where another process is evaluating, that is said."""
    router, store = running.router, running.store
    if not store.evaluations.take(run_id):
        leave_note("Another console is evaluating; one evaluation runs at a time.")
        return
    own = own_cases(store.cases)
    cases = cases_by_key({task: cases_of_task(task, own) for task in TaskType})
    keeps_content = console_settings().log_content
    work = EvaluationWork(router, store.evaluations, cases, Source.CONSOLE, keeps_content)
    job: Job[str] = running.portal.begin(
        lambda job: make_run(job, work, run_id), title="Evaluation", unseen_seconds=UNSEEN_SECONDS
    )
    store.evaluations.note_job(run_id, job.id)
