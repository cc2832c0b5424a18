"""The vote on two answers."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import lanes
from pages.components.console.runtime import Runtime
from pages.components.prompt.run_records import find_run
from router.store.console.votes import Choice, Vote

VOTES: dict[Choice, str] = {"left": "Left", "right": "Right", "both": "Both", "neither": "Neither"}


def show_vote(running: Runtime, ids: tuple[str, str]) -> None:
    """The vote, once both have answered."""
    if len(lanes.completions_of(running, ids)) < len(ids):
        return
    vote = running.store.votes.of(*ids)
    with st.container(horizontal=True, vertical_alignment="center", key="vote"):
        st.markdown("**Which is better?**")
        for choice, name in VOTES.items():
            kind = "primary" if choice == vote else "secondary"
            st.button(name, on_click=_keep_vote, args=(running, choice, ids), key=f"vote_{choice}", type=kind)  # type: ignore[arg-type]


def _keep_vote(running: Runtime, choice: Choice, ids: tuple[str, str]) -> None:
    """Keep a vote, and show the names."""
    completions, record = lanes.completions_of(running, ids), find_run(running, ids[0])
    task = record.task if record is not None else None
    if len(completions) < len(ids) or task is None:
        return
    left, right = completions
    running.store.votes.put(
        Vote(
            *ids,
            task_type=task,
            left_target=f"{left.provider}:{left.requested_model}",
            right_target=f"{right.provider}:{right.requested_model}",
            choice=choice,
            blind="blind" in st.query_params,
            simulated=left.simulated or right.simulated,
        )
    )
    running.store.flush()
    st.query_params.pop("blind", None)
