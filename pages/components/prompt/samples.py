"""The sample pictures, each with a question about it: one click gives what can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from pages.components.console.examples import suggest_example
from pages.components.prompt.pictures import add_picture, pictures_to_send
from router.settings import PROJECT

FOLDER = PROJECT / "data" / "samples"

QUESTIONS: Mapping[str, str] = {
    "breakfast-plate": "What is on this plate, and roughly how many kilocalories are there?",
    "gym-board": "Which workout does this board ask for?",
    "nutrition-label": "How much energy and protein does this food have in 100 g?",
    "scale": "Which weight does this scale show?",
}
"""A question about each sample, by its file's name without the ending."""

FIRST = "breakfast-plate"
"""What the example of the task for pictures is about."""


def offer_samples(field: str) -> None:
    """The sample pictures, four in a row also where that is narrow.

    Args:
        field: the key of the field that takes the question.
    """
    st.caption("Or take a drawn sample and its question.")
    with st.container(horizontal=True, key="samples", gap="xsmall"):
        for name in QUESTIONS:
            with st.container(gap="xxsmall"):
                label = name.replace("-", " ").capitalize()
                st.image(_file_of(name), width="stretch", alt=label)
                st.button(label, on_click=take_sample, args=(name, field), key=f"sample_{name}", width="stretch")


def take_sample(name: str, field: str) -> None:
    """Put a sample into the tray in the place of another, and its question where a person wrote none."""
    _put_into_tray(name)
    if st.session_state.get(field) in QUESTIONS.values():
        st.session_state[field] = ""  # a reload brings a sample's question back as if a person had written it
    suggest_example({field: QUESTIONS[name]})


def take_first_sample() -> None:
    """Put the picture that the task's example is about into the tray, where there is none to ask about."""
    if not pictures_to_send():
        _put_into_tray(FIRST)


def _put_into_tray(name: str) -> None:
    samples = {f"{sample}.jpg" for sample in QUESTIONS}
    tray = pictures_to_send()
    tray[:] = [added for added in tray if added.name not in samples]
    add_picture(f"{name}.jpg", _file_of(name).read_bytes())


def _file_of(name: str) -> Path:
    return FOLDER / f"{name}.jpg"
