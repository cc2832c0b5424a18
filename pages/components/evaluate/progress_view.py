"""The evaluation that is under way: how far it is, its Stop, and how one that was stopped or paused goes on."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.job_view import show_job
from pages.components.console.runtime import Runtime
from pages.components.evaluate.allowance_view import say_uses
from pages.components.evaluate.beginning import go_on_with
from pages.components.evaluate.result_view import show_standing
from router.background.jobs import Job
from router.evaluation.runs.asking import EvaluationPaused
from router.store import Evaluation
from router.store.console.evaluations import PENDING
from router.types import Target


def unfinished_run(running: Runtime, runs: Sequence[Evaluation]) -> Evaluation | None:
    """The latest run that is not all made, on the kind of providers that serve now."""
    return next((run for run in runs if not run.complete and run.begun_simulated == running.simulated), None)


def current_job(running: Runtime, runs: Sequence[Evaluation]) -> Job[str] | None:
    """The job of the latest run, under way or over, where this process has it."""
    run = unfinished_run(running, runs) or next(iter(runs), None)
    return None if run is None else running.portal.find_job(run.job)


def show_progress(running: Runtime, unfinished: Evaluation | None, job: Job[str] | None) -> None:
    """What is under way here or elsewhere, or was stopped."""
    if job is not None and not job.ended.is_set():
        show_job(job, lambda run_id: show_standing(running, run_id))
    elif unfinished is not None and unfinished.taken:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Another console is evaluating:** {unfinished.done} of "
                f"{looks.counted(unfinished.total, 'request')} made. "
                "Stop it there, or wait for its end: one evaluation runs at a time."
            )
            st.button("Look again", key="evaluation-look", icon=":material/refresh:")
    elif unfinished is not None:
        error = job.view().error if job is not None else None
        if error is not None:
            st.warning(looks.plain(why_paused(running, error)), icon=":material/pause_circle:")
        _show_unfinished(running, unfinished)


def why_paused(running: Runtime, error: Exception) -> str:
    """Why a run did not come to its end."""
    if not isinstance(error, EvaluationPaused):
        return str(error)
    label = running.router.table.providers[error.provider].label
    until = looks.list_time(error.until.timestamp(), time.time())
    return f"Paused: what is left of {label}'s free quota today is kept for work. The evaluation can go on at {until}."


def _show_unfinished(running: Runtime, run: Evaluation) -> None:
    """The run that was stopped, with what the rest of it needs."""
    runs = running.store.evaluations
    left = [Target(step.provider, step.model) for step in runs.steps(run.id) if step.status == PENDING]
    left += [Target(asking.provider, asking.model) for asking in runs.judgements(run.id) if asking.status == PENDING]
    with st.container(border=True):
        words, go_on, give_up = st.columns([4, 1, 1], vertical_alignment="center")
        words.markdown(
            f"The evaluation of {looks.list_time(run.started_at, time.time())} stopped after {run.done} of "
            f"{looks.counted(run.total, 'request')}."
        )
        go_on.button("Go on", key="evaluation-go-on", icon=":material/play_arrow:", type="primary", width="stretch",
                     on_click=go_on_with, args=(running, run.id))  # fmt: skip
        give_up.button("End it here", key="evaluation-end", icon=":material/stop:", width="stretch",
                       help="What is made stays; the rest is never asked.",
                       on_click=running.store.evaluations.abandon, args=(run.id,))  # fmt: skip
        say_uses(running, left)
