"""The speed table on a page: what a run would use, the run itself, and what it came to beside the figures of 2025."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.job_view import announce_job, show_job
from pages.components.console.runtime import Runtime
from pages.components.usage.speed_result import show_past, show_result
from router.background.jobs import Job
from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_run import AllowanceNeed, RunPaused, SpeedRunPlan, make_plan, measure_run
from router.comparison.speed_table import FEWEST
from router.store import SAMPLE_OWNER, SpeedRun
from router.table.routes import RoutingTable
from router.types import Source, Target, TaskType

UNSEEN_SECONDS = 120.0
"""A run is stopped when nobody has looked at it for so long; it goes on from where it was."""

_STARTED = "speed-started"
_LEAST, _MOST = 3, 20  # repeats
_LITTLE = 4
"""A run that takes less than one part in so many of what is left needs no warning."""

_CALLS_A_MINUTE = 12
"""About how many requests a run makes in a minute where no limit slows it, for the estimate alone."""


def show_speed(running: Runtime) -> None:
    """Everything about the speed table: what the latest run says, and what the next one would need."""
    runs = running.store.speed_runs.runs()
    unfinished = next((run for run in runs if not run.complete and run.begun_simulated == running.simulated), None)
    job = _job_of(running, unfinished or runs[0]) if runs else None
    is_going = job is not None and not job.ended.is_set()
    with st.container():  # always there, so that what stands below keeps its place when the run ends
        if job is not None and is_going:
            show_job(job)
        elif job is not None:
            announce_job(job)
    if runs:
        show_result(running, _choose_run(runs))
    if not is_going:
        _show_next(running, unfinished, job)
    if not runs:
        show_past(running)


def _show_next(running: Runtime, unfinished: SpeedRun | None, job: Job[str] | None) -> None:
    """The next run: somebody else's that is under way, the one that was stopped, or a new one."""
    st.header("Measure", anchor=False)
    st.markdown(
        "Asks every provider the same prompts for each of the eight tasks, one request at a time and in turns. "
        "The table shows today's speeds next to the 2025 figures."
    )
    if unfinished is not None and unfinished.taken:
        show_taken(unfinished)
        return
    error = job.view().error if job is not None else None
    if error is not None:
        st.warning(looks.plain(why_stopped(running, error)), icon=":material/pause_circle:")
    show_start(running, unfinished)


def why_stopped(running: Runtime, error: Exception) -> str:
    """Why a run did not come to its end."""
    if not isinstance(error, RunPaused):
        return str(error)
    label, until = running.router.table.providers[error.provider].label, looks.clock_time(error.until.timestamp())
    return f"{label} is out of free quota; the run can go on from {until}."


def _job_of(running: Runtime, run: SpeedRun) -> Job[str] | None:
    return running.portal.find_job(run.job)


# --- before and during -----------------------------------------------------------------------------------------------


def show_taken(run: SpeedRun) -> None:
    """A run that another process makes: two at once would slow each other down and spoil both."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**Another console is measuring:** {run.done} of "
            f"{looks.counted(run.total, 'request')} made. "
            "Stop it there, or wait for its end: one run is made at a time."
        )
        st.button("Look again", key="speed-look", icon=":material/refresh:")


def show_start(running: Runtime, unfinished: SpeedRun | None) -> None:
    """What a run would use, and the buttons that begin one or go on with the one that was stopped."""
    if unfinished is not None:
        _show_unfinished(running, unfinished)
    with st.container(border=True):
        most = _most_repetitions(running)
        repetitions = int(st.number_input(
            "Repeats of each task on each provider", _LEAST, _MOST, max(_LEAST, min(FEWEST, most)),
            key="speed-times", width=280,
            help=f"From {FEWEST} on the table can say how certain a difference is; with fewer it shows times alone.",
        ))  # fmt: skip
        plan = make_plan(running.router, repetitions)
        _show_needs(running, plan, most)
        fits = repetitions <= most and bool(plan.steps)
        if st.button("Measure", type="primary", key="speed-start", disabled=not fits):
            runs, version = running.store.speed_runs, load_prompts().version
            _go_on(running, runs.begin(
                plan.steps, version=version, repetitions=repetitions, simulated=running.simulated
            ))  # fmt: skip


def _show_unfinished(running: Runtime, run: SpeedRun) -> None:
    """The run that was stopped, with what the rest of it needs."""
    left = [step for step in running.store.speed_runs.steps(run.id) if step.status == "pending"]
    needs = SpeedRunPlan(tuple(left), ()).needs(running.router.quotas())
    with st.container(border=True):
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.markdown(
            f"The run of {looks.clock_time(run.started_at)} was stopped after {run.done} of {run.total} requests; "
            f"{len(left)} {'is' if len(left) == 1 else 'are'} left."
        )
        fits = all(need.fits for need in needs)
        if button.button(
            "Go on", key="speed-go-on", icon=":material/play_arrow:", width="stretch", disabled=not fits
        ):  # fmt: skip
            _go_on(running, run.id)
        _show_allowances(running, needs, "Go on when it has refilled.")


def _most_repetitions(running: Runtime) -> int:
    """How many repetitions the day's allowances still have room for."""
    needs = make_plan(running.router, 1).needs(running.router.quotas())
    return min((need.fitting_repetitions(1) for need in needs), default=_MOST)


def _go_on(running: Runtime, run_id: str) -> None:
    router, runs = running.router, running.store.speed_runs
    st.session_state[_STARTED] = run_id
    if not runs.take(run_id):
        st.rerun()  # somebody was quicker; what they are making is shown instead
    job: Job[str] = running.portal.begin(
        lambda job: measure_run(job, router, runs=runs, run_id=run_id, source=Source.CONSOLE),
        title="Speed table",
        unseen_seconds=UNSEEN_SECONDS,
    )
    runs.note_job(run_id, job.id)
    st.rerun()


def _show_needs(running: Runtime, plan: SpeedRunPlan, most: int) -> None:
    table, needs = running.router.table, plan.needs(running.router.quotas())
    calls = ", ".join(
        f"{count} to {table.providers[provider].label} {looks.plain(table.label(Target(provider, model)))}"
        for (provider, model), count in plan.count_calls().items()
    )
    counts = Counter(step.provider for step in plan.steps)
    each = ", ".join(f"{count} to {table.providers[provider].label}" for provider, count in counts.items())
    minutes = max(1, round(len(plan.steps) / _CALLS_A_MINUTE))
    st.markdown(f"**{len(plan.steps)} requests**, about {minutes} min: {each}.")
    st.caption(f"{calls[:1].upper()}{calls[1:]}.")
    _show_allowances(running, needs, _advice_words(most))
    if not needs and plan.steps:
        st.caption("Not known yet how many free requests are left today: providers tell with their first replies.")
    for words in missing_words(table, plan.missing):
        st.caption(words)


def missing_words(table: RoutingTable, missing: Sequence[tuple[TaskType, str]]) -> list[str]:
    """What a run cannot measure: a sentence for each provider, whatever number of tasks it is."""
    sentences = []
    for provider in dict.fromkeys(provider for _, provider in missing):
        tasks = [table.tasks[task].label for task, name in missing if name == provider]
        which = "" if len(tasks) == len(TaskType) else f" for {looks.plain(', '.join(tasks))}"
        sentences.append(f"No model of {table.providers[provider].label} is available{which}: it is left out there.")
    return sentences


def _show_allowances(running: Runtime, needs: Sequence[AllowanceNeed], advice: str) -> None:
    """What is needed of each allowance of today; the advice stands where it is not there."""
    table = running.router.table
    for need in needs:
        left, whose = need.allowance.remaining, table.providers[need.allowance.provider].label
        what = "" if need.allowance.model == "" else f" {looks.plain(need.allowance.model)}"
        requests = "request" if need.calls == 1 else "requests"
        words = f"Needs {need.calls:,} {whose}{what} {requests}, {left:,} {'is' if left == 1 else 'are'} left today"
        if need.fits:
            # What takes little of a day's allowance is no matter to decide on.
            if need.calls * _LITTLE > left:
                st.caption(f"{words}.")
        else:
            until = looks.short_time(need.allowance.resets_at, time.time())
            st.warning(f"{words} (refills at {until}). {advice}", icon=":material/hourglass_empty:")


def _advice_words(most: int) -> str:
    if most < _LEAST:
        return f"Not enough for {_LEAST} repeats: wait until it refills."
    return f"{most} {'repeat fits' if most == 1 else 'repeats fit'} today; for more, wait until it refills."


# --- which one -----------------------------------------------------------------------------------------------


def _choose_run(runs: list[SpeedRun]) -> SpeedRun:
    by_id = {run.id: run for run in runs}
    # A run that was just begun shows what it has, while it goes on and after it.
    if (started := st.session_state.pop(_STARTED, None)) in by_id:
        st.session_state["speed-run"] = started
    run_id = st.selectbox(
        "Measurement", list(by_id), key="speed-run", format_func=lambda name: _run_name(by_id[name]), width=420
    )
    return by_id[run_id]


def _run_name(run: SpeedRun) -> str:
    kind = ", sample" if run.job == SAMPLE_OWNER else ", simulated" if run.simulated else ""
    return (
        f"{looks.clock_time(run.started_at)}, {run.repetitions} {'repeat' if run.repetitions == 1 else 'repeats'}{kind}"
    )
