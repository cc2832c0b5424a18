"""Demonstration: providers fail on stage, and the same prompt is answered all the same."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.demonstration import chaos as chaos_act
from pages.components.demonstration.act_view import show_act
from pages.components.demonstration.chaos import Chaos, show_chaos
from pages.components.demonstration.sample_month import show_sample_month
from pages.components.demonstration.scenery import STYLE
from pages.components.demonstration.scores import (
    ActResult,
    result_of,
    result_of_many,
    show_scores,
    show_summary,
)
from pages.components.demonstration.show import ACTS, CHAOS, Show
from pages.components.demonstration.stage import TROUBLES, Act, Stage, stages
from pages.components.run.run_view import watch_place

PROMPT = "I slept badly and have leg day planned. Should I train or rest?"

FINALE = "finale"
"""The session's mark that a show was played to its end: the summary then has the stage to itself."""


def session_stage(running: Runtime) -> Stage:
    """This session's stage."""
    stage: Stage | None = st.session_state.get("stage")
    if stage is None or not stages().is_open(stage):
        with st.spinner("Setting the stage …"):
            stage = st.session_state["stage"] = stages().new(running.router.table, running.store.log)
        for name in ("act", "chaos", "show", FINALE):
            st.session_state.pop(name, None)
    return stage


def scores() -> dict[str, ActResult]:
    """The results of this session's acts, by their short names."""
    results: dict[str, ActResult] = st.session_state.setdefault("scores", {})
    return results


def play_act(stage: Stage, name: str | None) -> None:
    """Stage a trouble, or none, and send the prompt; what was played by itself is over."""
    st.session_state.pop("show", None)
    begin_act(stage, name)


def begin_act(stage: Stage, name: str | None) -> None:
    """Begin an act by its short name."""
    for shown in ("act", "chaos", FINALE):
        st.session_state.pop(shown, None)
    if name == CHAOS:
        st.session_state["chaos"] = Chaos(stage, audience_prompt())
        return
    stage.set(name)
    ask_again(stage)


def ask_again(stage: Stage) -> None:
    """Send the prompt once more, to a router that remembers."""
    st.session_state["act"] = stage.ask(audience_prompt())


def audience_prompt() -> str:
    """What the audience wants asked."""
    return (st.session_state.get("stage-prompt") or "").strip() or PROMPT


def play_all(stage: Stage) -> None:
    """Begin the show."""
    st.session_state["scores"] = {}
    show = st.session_state["show"] = Show()
    begin_act(stage, show.left[0])


def stop_show() -> None:
    """Let the act on stage be the last."""
    st.session_state.pop("show", None)


def show_controls(stage: Stage) -> None:
    """Play all, the five troubles and chaos, and the way back to normal, which stays in sight."""
    with st.container(horizontal=True, gap="xsmall", key="stage-troubles", vertical_alignment="center"):
        # One button for both, so that neither stands there disabled while the other is meant.
        playing = "show" in st.session_state
        st.button(
            "Stop" if playing else "Play all", key="play-all", type="primary",
            icon=":material/stop:" if playing else ":material/play_arrow:",
            on_click=stop_show if playing else play_all, args=() if playing else (stage,),
        )  # fmt: skip
        st.markdown("Break something:", width="content")
        for name, trouble in TROUBLES.items():
            icon = f":material/{trouble.icon}:"
            st.button(trouble.name, key=f"trouble-{name}", icon=icon, on_click=play_act, args=(stage, name))
        icon = ":material/casino:"
        st.button(chaos_act.NAME, key="trouble-chaos", icon=icon, on_click=play_act, args=(stage, CHAOS))


def show_caption(stage: Stage) -> DeltaGenerator:
    """What is on stage, and what can be done with it; gives the place for the score."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="stage-now"):
        show: Show | None = st.session_state.get("show")
        number = f"Act {show.number} of {len(ACTS)}:" if show else "Now showing:"
        st.markdown(f"**{number}** {_name_on_stage(stage)}", width="content")
        score = st.container(width="stretch", key="stage-score").empty()
        with score:
            show_scores(scores())
        if show is not None:
            return score
        if "chaos" not in st.session_state:
            means = "The same prompt once more: the router remembers what failed."
            st.button("Ask again", key="again", icon=":material/replay:", on_click=ask_again, args=(stage,), help=means)
        if stage.trouble or "chaos" in st.session_state:
            icon = ":material/restart_alt:"
            st.button("Back to normal", key="normal", icon=icon, on_click=play_act, args=(stage, None))
    return score


def _name_on_stage(stage: Stage) -> str:
    if "chaos" in st.session_state:
        return chaos_act.NAME
    return TROUBLES[stage.trouble].name if stage.trouble else "everything works"


def show_stage(running: Runtime, stage: Stage) -> None:
    """The act that is on, until it is over; its result then counts."""
    act: Act | None = st.session_state.get("act")
    chaos: Chaos | None = st.session_state.get("chaos")
    on_stage = chaos or act
    if st.session_state.get(FINALE):
        show_summary(scores())
        return
    if on_stage is None:
        words = (
            "Press **Play all** to see six acts in about a minute, or break something yourself: each time the same "
            "prompt is sent without the router and with it."
        )
        st.info(words, icon=":material/theater_comedy:")
        return
    with watch_place(going=not on_stage.is_over):
        score = show_caption(stage)
        sentence = st.container(key="happened").empty()
        if chaos is not None:
            show_chaos(chaos, sentence.markdown)
            scores()[CHAOS] = result_of_many(chaos_act.NAME, chaos.endings("without"), chaos.endings("routed"))
        elif act is not None:
            show_act(act, stage.trouble, running.router.table, sentence.markdown)
            count_act(stage, act)
    with score:
        show_scores(scores())


def count_act(stage: Stage, act: Act) -> None:
    """Count a trouble's first act; that the router remembers the second time is another matter."""
    if stage.trouble and not act.again:
        name = TROUBLES[stage.trouble].name
        scores()[stage.trouble] = result_of(name, act.without.view(), act.routed.view())


def go_on_with_show(stage: Stage) -> None:
    """Wait for the pause's end, then begin the next act."""
    show: Show | None = st.session_state.get("show")
    if show is None:
        return
    place = st.empty()
    while (left := show.seconds_to_next()) > 0:
        place.caption(f"Next in {left:.0f}{looks.THIN}s" if show.left[1:] else "The end")
        time.sleep(0.25)
    place.empty()  # or "next in 0 s" would stand there while the next act plays
    name = show.go_on()
    if name is None:
        st.session_state.pop("show")
        st.session_state[FINALE] = True
    else:
        begin_act(stage, name)
    st.rerun()


running = runtime_or_stop()
st.html(STYLE)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="stage-head"):
    st.title("Demonstration", width="content")
    st.caption("A safe sandbox: simulated providers, no quota used, your statistics untouched.", width="content")
stage = session_stage(running)
st.text_input("Prompt from the audience", PROMPT, key="stage-prompt", max_chars=500)
show_controls(stage)
scene, foot = st.container(key="scene"), st.container()
with foot:
    # Before the stage: below a script that plays for a minute it would stand there faded.
    show_sample_month(running)
with scene:
    show_stage(running, stage)
    go_on_with_show(stage)
    if len(scores()) == len(ACTS) and "show" not in st.session_state and FINALE not in st.session_state:
        show_summary(scores())
