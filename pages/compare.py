"""Compare: one prompt in two lanes at the same time, repeated or as a list, with figures and a vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.compare import lanes
from pages.components.compare.pair_votes import show_votes
from pages.components.compare.quota_need import brief_words, quota_needs, say_quota, warn_of_quota, whole_words
from pages.components.compare.right_view import show_right
from pages.components.compare.trial_view import show_trials
from pages.components.compare.vote import show_vote
from pages.components.console import looks
from pages.components.console.announcements import note_awaited
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import keep_fresh_example
from pages.components.console.job_view import show_ending, show_job
from pages.components.console.last_address import keep_address
from pages.components.console.runtime import Runtime, runtime, runtime_or_stop
from pages.components.console.uploads import LOST, Upload, take_arrivals, uploads_in
from pages.components.prompt import controls
from pages.components.prompt.pictures import offer_upload, pictures_to_send, show_tray
from pages.components.prompt.requests import CONTROLS, Wanted, wanted_from
from pages.components.prompt.samples import offer_samples
from pages.components.run.questions import (
    NOT_KEPT,
    bring_back,
    bring_history,
    history_to_send,
    is_in_controls,
    is_new,
    note_sent,
    offer_history,
    show_question,
)
from pages.components.run.run_records import find_run, is_going
from pages.components.run.run_view import watch_place
from router.background.jobs import Job
from router.comparison.prompt_list import read_expected, read_prompts
from router.comparison.trials import Lane, run_pairs
from router.images import Picture
from router.types import TaskType

MOST_REPEATS = 30
# Batches whose question is remembered; beyond them the oldest are forgotten, as their jobs are.
MOST_BATCHES = 200
BATCH_CONTROLS = (*CONTROLS, "left_lane", "right_lane", "fall_back", "repeats")


@st.cache_resource(show_spinner=False)
def known_batches() -> dict[str, dict[str, Any]]:
    """What each batch of this server was asked with, by its job's id: a reload or a link brings it back."""
    return {}


def take_over(running: Runtime) -> None:
    """Set the controls to what the address names: a request to send again, two lanes, or a batch."""
    query = st.query_params
    if "again" in query:
        take_again(running)
    elif "job" in query and is_new(query["job"]):
        note_sent(query["job"])
        st.session_state.update(known_batches().get(query["job"], {}))
    elif (ids := lanes.current_lanes()) is not None:
        take_pair(running, ids)


def take_again(running: Runtime) -> None:
    """Fill the controls with an earlier request."""
    record = find_run(running, st.query_params["again"])
    st.query_params.clear()
    if record is None or record.request is None:
        st.session_state["problem"] = NOT_KEPT
    else:
        controls.fill_controls(record.request)
        bring_history(record.request)
        st.session_state["target"] = ""


def take_pair(running: Runtime, ids: tuple[str, str]) -> None:
    """Fill the controls with the question of two lanes; who they are only where that is no secret."""
    records = [find_run(running, run_id) for run_id in ids]
    if records[0] is None or not bring_back(records[0], *ids):
        return
    st.session_state["target"] = ""
    if "blind" not in st.query_params:
        lanes.bring_lanes_back(records)


def wanted_prompt(**more: Any) -> Wanted:
    """What the controls ask for; the lanes take the place of a pinned target."""
    asked = wanted_from(st.session_state, **{"target": "", "history": history_to_send(), **more})
    return replace(asked, pictures=asked_pictures(asked.task))


def asked_pictures(task: TaskType) -> tuple[Picture, ...]:
    """The pictures of the tray, where the task is about pictures."""
    if not runtime().router.table.tasks[task].vision:
        return ()
    return tuple(added.picture for added in pictures_to_send())


def lane_names() -> tuple[str, str]:
    """What the two lanes are set to."""
    return st.session_state["left_lane"], st.session_state["right_lane"]


def run_both(running: Runtime) -> None:
    """Start both lanes."""
    keep_fresh_example()
    state = st.session_state
    if is_double_click("run both", wanted_prompt(), lane_names()):
        return
    try:
        lanes.start_lanes(
            running,
            wanted_prompt(),
            lane_names(),
            fallback=bool(state.get("fall_back")),
            blind=bool(state.get("blind")),
        )
    except ValueError as error:
        state["problem"] = str(error)
    note_sent(*(lanes.current_lanes() or ()))


def begin_batch(
    running: Runtime, prompts: list[str], title: str, *, expected: Mapping[int, str] = MappingProxyType({})
) -> None:
    """Start a batch: each prompt through both lanes.

    Args:
        expected: what is right, by the prompt's place from 1 on, where the list says it.
    """
    if is_double_click(title, wanted_prompt(), prompts, lane_names()):
        return
    try:
        asked = [wanted_prompt(prompt=prompt) for prompt in prompts]
        requests = [(one.prompt, one.request(running.router, purpose="compare")) for one in asked]
        both = lanes.lanes_of(running, asked[0], lane_names(), fallback=bool(st.session_state.get("fall_back")))
    except ValueError as error:
        st.session_state["problem"] = str(error)
        return
    job: Job[Any] = running.portal.begin(
        lambda job: run_pairs(running.router, both, requests, job=job), title=title, total=2 * len(requests)
    )
    note_awaited(job.id)
    st.query_params["job"] = job.id
    note_sent(job.id)
    known_batches()[job.id] = {name: st.session_state[name] for name in BATCH_CONTROLS if name in st.session_state}
    known_batches()[job.id]["batch_expected"] = dict(expected)
    while len(known_batches()) > MOST_BATCHES:
        known_batches().pop(next(iter(known_batches())))


def repeat_prompt(running: Runtime) -> None:
    """Send the prompt several times through both lanes."""
    count = int(st.session_state.get("repeats") or 2)
    begin_batch(running, [wanted_prompt().prompt] * count, f"Repeat {count} times")


def run_list(running: Runtime) -> None:
    """Send each prompt of the list through both lanes."""
    prompts = st.session_state.get("list") or []
    if prompts:
        begin_batch(running, prompts, "Batch", expected=st.session_state.get("list_expected") or {})


def take_list() -> None:
    """Read the uploaded list, once; without a file there is none."""
    state = st.session_state
    if not uploads_in("list_file"):
        state["list"], state["list_problem"], state["list_expected"] = [], "", {}
    for upload in take_arrivals("list_file"):
        state["list"], state["list_problem"] = prompts_of(upload)
        state["list_expected"] = read_expected(upload.data) if upload is not None and state["list"] else {}


def prompts_of(upload: Upload | None) -> tuple[list[str], str]:
    """The prompts of a list, or none and why."""
    if upload is None:
        return [], LOST
    try:
        return read_prompts(upload.data), ""
    except ValueError as error:
        return [], f"{upload.name}: {error}."


def ask_for_pair(running: Runtime) -> DeltaGenerator:
    """The prompt, the lanes, and what sends it; gives the place beside that."""
    task = controls.choose_task(running.router.table)
    controls.write_prompt(running.router.table, task)
    table = running.router.table
    if table.tasks[task].vision:
        show_tray()
        offer_pictures()
    offer_history()
    needs_eyes = table.tasks[task].vision
    lanes.choose_lanes(running, wanted_prompt, only=lambda target: not needs_eyes or table.model(target).vision is True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run both", type="primary", on_click=run_both, args=(running,), key="run_both",
            icon=":material/compare_arrows:", shortcut="Ctrl+Enter",
        )  # fmt: skip
        st.toggle("Hide names", key="blind", help="Who answered, and how fast, is shown after your vote.")
        words = "A side that fails is answered by the next model instead, and says so."
        st.toggle("Allow fallback", key="fall_back", help=words)
        controls.choose_settings(running, pins=False)
        controls.offer_example(running.router.table, task)
        return st.empty()


def offer_pictures() -> None:
    """A place for files, and the samples beside it while there is no picture."""
    if pictures_to_send():
        offer_upload()
        return
    files, drawn = st.columns(2, gap="medium")
    with files:
        offer_upload()
    with drawn:
        offer_samples("prompt")


def say_what_it_uses(running: Runtime, line: DeltaGenerator, below: DeltaGenerator) -> list[Lane]:
    """What a run would use of the free quota; gives the lanes.

    Args:
        line: a place beside the button.
        below: where what is wrong with it is said.
    """
    try:
        both = lanes.lanes_of(running, wanted_prompt(), lane_names(), fallback=bool(st.session_state.get("fall_back")))
    except ValueError as error:
        line.empty()
        below.warning(looks.plain(str(error)), icon=":material/edit_note:")
        return []
    needs = quota_needs(running, both, 1)
    line.caption(brief_words(needs), help=whole_words(needs), width="content")
    with below:
        warn_of_quota(needs)
    return both


def show_pair(running: Runtime) -> None:
    """The two lanes that the address names."""
    ids = lanes.current_lanes()
    if ids is None:
        if "job" not in st.query_params:
            st.caption("One prompt to two models at the same time. Both answers will stream here, on the same clock.")
        return
    blind, record = "blind" in st.query_params, find_run(running, ids[0])
    place = st.empty()  # with a question or without one: what follows keeps its place, or it stood there twice
    if record is not None and not is_in_controls(running, record, wanted_prompt(), target=""):
        with place.container():
            show_question(running, record, pinned=False)
    if blind and lanes.show_blind_lanes(running, ids):
        show_vote(running, ids)
        return
    # Where one did not answer there is nothing to vote on, and nothing to hide.
    st.query_params.pop("blind", None)
    lanes.show_compared(running, ids)
    show_vote(running, ids)


def offer_repeats(running: Runtime, both: list[Lane]) -> None:
    """The same prompt several times."""
    with st.expander("Repeat", icon=":material/replay:", key="repeat_it"):
        count = st.number_input("Times", 2, MOST_REPEATS, 5, key="repeats", persist_state="session")
        if both:
            say_quota(running, both, int(count), waits=True)
        st.button("Repeat", on_click=repeat_prompt, args=(running,), key="repeat", icon=":material/replay:")


def offer_list(running: Runtime, both: list[Lane]) -> None:
    """A list of prompts."""
    with st.expander("Batch from CSV", icon=":material/table_rows:", key="a_list"):
        st.file_uploader(
            "CSV with a column named prompt, or one prompt a line", type=["csv", "txt"], key="list_file",
            help="With a column named expected beside it, the result says who was right.",
        )  # fmt: skip
        # Not when the field changes: in a new session's first run a full field is no change.
        take_list()
        if problem := st.session_state["list_problem"]:
            st.error(looks.plain(problem), icon=":material/table_rows:")
        prompts = st.session_state.get("list") or []
        if prompts and both:
            count = "1 prompt" if len(prompts) == 1 else f"{len(prompts)} prompts"
            st.caption(f"{count}; the settings above go with each. Nothing is sent yet: this is what would be.")
            expected = st.session_state.get("list_expected") or {}
            rows = [
                {"#": number, "prompt": prompt} | ({"expected": expected.get(number, "")} if expected else {})
                for number, prompt in enumerate(prompts, start=1)
            ]
            st.dataframe(rows, hide_index=True, width="stretch", height=min(38 * (len(rows) + 1), 260), key="preview")
            say_quota(running, both, len(prompts), waits=True)
            st.button(
                "Run the batch", on_click=run_list, args=(running,), key="run_list", icon=":material/playlist_play:"
            )


def show_batch(running: Runtime) -> None:
    """The batch that the address names: its progress, then what it came to."""
    job = running.portal.find_job(st.query_params.get("job", ""))
    if job is None:
        if "job" in st.query_params:
            st.info("This batch is over and not in memory any more; its requests are in the log.")
        return
    if not job.ended.is_set():
        show_job(job, lambda trials: show_trials(running, trials))
        return
    show_ending(job)
    trials, expected = job.result or job.partial or [], known_batches().get(job.id, {}).get("batch_expected", {})
    show_right(running, trials, expected)
    show_trials(running, trials, expected)


running = runtime_or_stop()
keep_address(*lanes.SIDES, "blind", "job")
take_over(running)
st.title("Compare", anchor=False)
quota = ask_for_pair(running), st.empty()
both = say_what_it_uses(running, *quota)
if problem := st.session_state.pop("problem", None):
    st.warning(looks.plain(problem), icon=":material/edit_note:")
going = any(is_going(running, st.query_params.get(side)) for side in lanes.SIDES)
with watch_place(going=going):
    show_pair(running)
if going:
    lanes.draw_again_if_moved(running, wanted_prompt)
    both = say_what_it_uses(running, *quota)  # what was left before these answers is left no more
show_batch(running)
offer_repeats(running, both)
offer_list(running, both)
show_votes(running)
