"""Demonstration: providers fail on stage, and the same prompt is answered all the same."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.demonstration.act_view import show_act
from pages.components.demonstration.stage import TROUBLES, Stage, stages
from pages.components.prompt.run_view import watch_place

PROMPT = "I slept badly and have leg day planned. Should I train or rest?"


def own_stage(running: Runtime) -> Stage:
    """This session's stage."""
    found: Stage | None = st.session_state.get("stage")
    if found is None or not stages().cooldowns(found):
        with st.spinner("Setting the stage …"):
            found = st.session_state["stage"] = stages().new(running.router.table, running.store.log)
        st.session_state.pop("act", None)
    return found


def play_act(stage: Stage, trouble: str | None) -> None:
    """Stage a trouble, or none, and send the prompt."""
    stage.set(trouble)
    ask_again(stage)


def ask_again(stage: Stage) -> None:
    """Send the prompt once more, to routers that remember."""
    prompt = st.session_state.get("stage-prompt") or PROMPT
    st.session_state["act"] = stage.ask(prompt)


def show_controls(stage: Stage) -> None:
    """The five troubles, and the way back to normal, which stays in sight."""
    with st.container(horizontal=True, gap="xsmall", key="stage-troubles"):
        for name, trouble in TROUBLES.items():
            icon = f":material/{trouble.icon}:"
            st.button(trouble.name, key=f"trouble-{name}", icon=icon, on_click=play_act, args=(stage, name))
    st.html(f"<style>.st-key-stage-now {{ background: {looks.GROUNDS[looks.ground()]}; }}</style>")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="stage-now"):
        now = TROUBLES[stage.trouble].name if stage.trouble else "everything works"
        st.markdown(f"**On stage now:** {now}", width="stretch")
        if stage.trouble:
            means = "The same prompt once more: the router remembers what failed."
            st.button("Ask again", key="again", icon=":material/replay:", on_click=ask_again, args=(stage,), help=means)
        icon = ":material/restart_alt:"
        st.button("Back to normal", key="normal", type="primary", icon=icon, on_click=play_act, args=(stage, None))


running = runtime_or_stop()
st.title("Demonstration")
st.caption(
    "Staged on simulated providers, with a router of its own that forgets everything: no request leaves this machine, "
    "no quota is used, and neither the real routing nor the figures of work are touched."
)
stage = own_stage(running)
st.text_input("The prompt that both sides get", PROMPT, key="stage-prompt")
show_controls(stage)
act = st.session_state.get("act")
if act is None:
    words = "Press one of the five troubles: the same prompt is sent without and with the router."
    st.info(words, icon=":material/theater_comedy:")
else:
    with watch_place(going=not (act.without.done.is_set() and act.routed.done.is_set())):
        show_act(act, stage.trouble, running.router.table)
