"""Evaluate: which model answers one's own cases best, what follows for the routing, and the cases themselves."""

from __future__ import annotations

import streamlit as st

from pages.components.console.runtime import runtime_or_stop
from pages.components.evaluate.case_view import show_cases
from pages.components.evaluate.choice_view import show_choice
from pages.components.evaluate.progress_view import current_job, show_progress, unfinished_run
from pages.components.evaluate.result_view import show_results

VIEWS = ("Evaluations", "Cases")

running = runtime_or_stop()
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Evaluate", anchor=False, width="content")
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key="view", bind="query-params", required=True, label_visibility="collapsed"
    )
if view == "Cases":
    show_cases(running)
else:
    runs = running.store.evaluations.runs()
    unfinished = unfinished_run(running, runs)
    job = current_job(running, runs)
    with st.container():  # always there, so that what stands below keeps its place when the run ends
        show_progress(running, unfinished, job)
    is_choosing = unfinished is None and show_choice(running, is_first=not any(run.done for run in runs))
    is_going = job is not None and not job.ended.is_set()
    others = [run for run in runs if not (is_going and run is unfinished)]  # it stands above as it grows
    show_results(running, others, is_free=unfinished is None, has_main=unfinished is None and not is_choosing)
