"""Vision: pictures from a file, the camera or the samples, what is sent of them, and what one or two models see."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.compare import lanes
from pages.components.compare.quota_need import say_quota
from pages.components.compare.vote import show_vote
from pages.components.console import looks
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import hint_of, keep_fresh_example, offer_replaced, put_example
from pages.components.console.last_address import keep_address
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.console.targets import prompt_targets, target_name
from pages.components.prompt import pictures, samples
from pages.components.prompt.controls import show_route
from pages.components.prompt.requests import Wanted, controls_from
from pages.components.run.answer_actions import show_actions
from pages.components.run.ask_anew import offer_anew
from pages.components.run.questions import is_in_controls, is_new, note_sent, show_question
from pages.components.run.run_details import show_check, show_wire
from pages.components.run.run_records import RunRecord, find_run, is_going
from pages.components.run.run_view import UNKNOWN, make_places, stop_run, watch_place, watch_run
from router.types import TaskType

PROMPT = "vision_prompt"
"""The key of the field for the question."""

UPLOAD, CAMERA = "Upload", "Camera"
BOTH = "both_lanes"
SETTINGS = {"target": "see_target", "system": "see_system"}
"""The keys of what can be set besides the question."""


def choose_pictures() -> None:
    """Where pictures come from; each is made small as soon as it is there."""
    st.session_state.setdefault("from", UPLOAD)
    origin = st.segmented_control(
        "Pictures from", [UPLOAD, CAMERA], key="from", required=True, label_visibility="collapsed"
    )
    if origin == CAMERA:
        pictures.offer_camera()
    else:
        with st.container(key="drop"):
            pictures.offer_upload()
            if "problem" in st.session_state and not pictures.pictures_to_send():
                st.html('<span class="roomless wanted"></span>')
        samples.offer_samples(PROMPT)


def wanted_prompt() -> Wanted:
    """What is asked for; two lanes take the place of a chosen model."""
    state = st.session_state
    target = "" if state.get(BOTH) else state.get(SETTINGS["target"]) or ""
    return Wanted(
        TaskType.VISION,
        state.get(PROMPT) or "",
        system=state.get(SETTINGS["system"]) or "",
        target=target,
        pictures=tuple(one.picture for one in pictures.pictures_to_send()),
    )


def say_missing(asked: Wanted) -> None:
    """Refuse what cannot be asked yet.

    Raises:
        ValueError: a picture or the question is missing; says which.
    """
    missing = [] if asked.pictures else ["a picture"]
    missing += [] if asked.prompt.strip() else ["a question"]
    if missing:
        raise ValueError(f"Add {' and '.join(missing)} first, or use the example.")


def use_example(text: str) -> None:
    """Put the example into the prompt, and a picture beside it where there is none."""
    put_example({PROMPT: text})
    samples.take_first_sample()


def send_pictures(running: Runtime) -> None:
    """Send the prompt with its pictures: as routed, or to both lanes; a second click sends nothing."""
    keep_fresh_example()
    if is_double_click("look", wanted_prompt(), st.session_state.get(BOTH)):
        return
    try:
        say_missing(wanted_prompt())
        if st.session_state.get(BOTH):
            lanes.start_lanes(running, wanted_prompt(), lane_names(), fallback=False, blind=False)
        else:
            st.query_params.from_dict({"run": running.portal.start(**wanted_prompt().request(running.router)).id})
    except ValueError as error:
        st.session_state["problem"] = str(error)
    note_sent(*named_runs())


def lane_names() -> tuple[str, str]:
    """What the two lanes are set to."""
    return st.session_state["see_left_lane"], st.session_state["see_right_lane"]


def ask_for_answer(running: Runtime) -> None:
    """The prompt, and what sends it."""
    example = running.router.table.tasks[TaskType.VISION].example
    st.text_area(
        "Prompt",
        key=PROMPT,
        height=76,
        placeholder=hint_of(example),
        persist_state="session",
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Analyse",
            type="primary",
            on_click=send_pictures,
            args=(running,),
            key="look",
            icon=":material/image_search:",
            shortcut="Ctrl+Enter",
        )
        st.toggle(
            "Compare two models",
            key=BOTH,
            help="The same pictures to two models at the same time.",
            persist_state="session",
        )
        choose_settings(running)
        st.button(
            "Use the example",
            on_click=use_example,
            args=(example,),
            key="see_example",
            icon=":material/lightbulb:",
            type="tertiary",
        )
        offer_replaced(PROMPT)
    if st.session_state.get(BOTH):
        table = running.router.table
        lanes.choose_lanes(
            running, wanted_prompt, prefix="see_", only=lambda target: table.model(target).vision is True
        )


def choose_settings(running: Runtime) -> None:
    """Which model looks, and what it is told besides the question; closed until it is wanted."""
    with st.popover("Settings", icon=":material/tune:", key="see-settings", type="tertiary"):
        if not st.session_state.get(BOTH):
            st.selectbox(
                "Model",
                seeing_targets(running),
                key=SETTINGS["target"],
                format_func=lambda name: target_name(running, name) if name else "Automatic",
                persist_state="session",
            )
        st.text_area("System prompt", key=SETTINGS["system"], height=104, persist_state="session")


def seeing_targets(running: Runtime) -> list[str]:
    """What a picture can be sent to: nobody in particular, or one of the models that see."""
    table = running.router.table
    options = ["", *(str(one) for one in prompt_targets(running) if table.model(one).vision is True)]
    chosen = st.session_state.get(SETTINGS["target"]) or ""
    return options if chosen in options else [*options, chosen]


def say_plan(running: Runtime, place: DeltaGenerator) -> None:
    """Who would look, and what it uses of the free quota."""
    asked = wanted_prompt()
    with place.container():
        try:
            if st.session_state.get(BOTH):
                both = lanes.lanes_of(running, asked, lane_names(), fallback=False)
                say_quota(running, both, 1, brief=True)
                for lane in both:
                    say_limit(running, str(lane.target))
            else:
                show_route(running, asked.plan(running.router))
        except ValueError as error:
            st.warning(looks.plain(str(error)), icon=":material/edit_note:")


def say_limit(running: Runtime, name: str) -> None:
    """How many pictures a lane takes, where there are more."""
    provider, _, model = name.partition(":")
    most = next((entry.images for key, entry in running.router.table.models.items() if key == name), None)
    if most is not None and len(pictures.pictures_to_send()) > most:
        count = "1 picture" if most == 1 else f"{most} pictures"
        words = f"{target_name(running, f'{provider}:{model}')} takes {count}; remove some for this model."
        st.warning(looks.plain(words))


def take_over(running: Runtime) -> None:
    """Bring the prompt and the lanes of the run that the address names back, once."""
    ids = named_runs()
    if not ids or not is_new(*ids):
        return
    note_sent(*ids)
    records = [find_run(running, run_id) for run_id in ids]
    if records[0] is None:
        return
    bring_question(records[0])
    st.session_state[BOTH] = len(ids) > 1
    lanes.bring_lanes_back(records, prefix="see_")


def bring_question(record: RunRecord) -> None:
    """Put a run's question into the controls, with the model that it was pinned to and what that was told besides."""
    st.session_state[PROMPT] = record.prompt
    if record.request is not None:
        asked = controls_from(record.request)
        st.session_state.update({key: asked[name] for name, key in SETTINGS.items()})


def edit_question(running: Runtime, run_id: str) -> None:
    """Put an answer's question back, whatever the controls were changed to since; the frame's script focuses it."""
    record = find_run(running, run_id)
    if record is not None:
        bring_question(record)


def named_runs() -> tuple[str, ...]:
    """The runs that the address names: one, or two lanes."""
    return tuple(st.query_params[name] for name in ("run", *lanes.SIDES) if name in st.query_params)


def show_run(running: Runtime, record: RunRecord) -> None:
    """One answer."""
    place = st.empty()
    if record.going:
        place.button(
            "Stop", on_click=stop_run, args=(running, record.id), key="stop", icon=":material/stop:", shortcut="Escape"
        )
    watch_run(running, record, make_places())
    place.empty()
    with st.container(horizontal=True, vertical_alignment="center", key="see-actions", gap="small"):
        show_actions(running, record, editable=False)
        if record.request is not None:
            st.button(
                "Edit and run", on_click=edit_question, args=(running, record.id), key="edit", icon=":material/edit:"
            )
        offer_anew(running, record)
    if record.live is not None:
        show_wire(running, record.live)
    show_check(running)


def show_answers(running: Runtime) -> None:
    """What the address names: one answer, or two lanes."""
    ids, record = lanes.current_lanes(), find_run(running, next(iter(named_runs()), None))
    place = st.empty()  # with a question or without one: what follows keeps its place, or it stood there twice
    now = wanted_prompt()
    # Lanes have targets of their own, whatever the settings' model is.
    if record is not None and not is_in_controls(running, record, now, **({"target": now.target} if ids else {})):
        with place.container():
            show_question(running, record, pinned=ids is None, field=PROMPT)
    if ids is not None:
        lanes.show_compared(running, ids)
        show_vote(running, ids)
    elif record is not None:
        show_run(running, record)
    elif named_runs():
        st.info(UNKNOWN)
    else:
        st.caption("The answer will stream here. The picture is not stored: the log keeps a small preview of it.")


running = runtime_or_stop()
keep_address("run", *lanes.SIDES)
take_over(running)
st.title("Vision", anchor=False)
# Two answers beside each other need more of the width than one.
chosen, answered = st.columns([2, 5] if st.session_state.get(BOTH) else [2, 3], gap="medium")
with chosen:
    pictures.show_tray(large=True)
    # Once there is a picture, its answer is what one looks for, on a narrow screen right below it.
    with st.expander("Add a picture", key="add-picture") if pictures.pictures_to_send() else st.container():
        choose_pictures()
going = any(is_going(running, run_id) for run_id in named_runs())
with answered:
    ask_for_answer(running)
    plan = st.empty()
    say_plan(running, plan)
    if problem := st.session_state.pop("problem", None):
        st.warning(looks.plain(problem), icon=":material/edit_note:")
# Beside the picture, which has to be seen to judge what was read in it.
with answered, watch_place(going=going):
    show_answers(running)
if going:
    if lanes.current_lanes() and st.session_state.get(BOTH):
        lanes.draw_again_if_moved(running, wanted_prompt, prefix="see_")
    say_plan(running, plan)  # what was left before these answers is left no more
