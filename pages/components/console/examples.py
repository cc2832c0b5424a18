"""Examples that are put into fields; what a person had written there stays one click away."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import streamlit as st

_EXAMPLE, _REPLACED, _MOMENT = "example-put", "example-replaced", "example-moment"
_DRAWING_SECONDS = 3.0
"""How long a browser may take to draw an example: whoever sends by then cannot have emptied its field."""


def hint_of(example: str) -> str:
    """An example as a field's placeholder: without its mark it reads like what stands in the field, or like a default.

    Args:
        example: what a person might write there.
    """
    return f"e.g. {example}"


def put_example(values: Mapping[str, Any]) -> None:
    """Fill fields with an example; call it in a callback.

    Args:
        values: by the keys of the fields. Words of the person's in any of them are kept for `offer_replaced`; another
            example is none.
    """
    state = st.session_state
    present = {key: state.get(key) for key in values}
    if _is_written(present):
        state[_REPLACED] = present
    state[_EXAMPLE], state[_MOMENT] = dict(values), time.monotonic()
    state.update(values)


def keep_fresh_example() -> None:
    """Put an example back that a quick hand sends before its browser drew it; call it first in what sends the fields.

    The browser sends its own words with a press, and there they are still none.
    """
    state = st.session_state
    if time.monotonic() - state.get(_MOMENT, -_DRAWING_SECONDS) < _DRAWING_SECONDS:
        texts = {key: value for key, value in state[_EXAMPLE].items() if isinstance(value, str)}
        state.update({key: value for key, value in texts.items() if not state.get(key)})


def suggest_example(values: Mapping[str, Any]) -> None:
    """`put_example`, but only where a person wrote nothing; an earlier example gives way."""
    if not _is_written({key: st.session_state.get(key) for key in values}):
        put_example(values)


def offer_form_example(put: Callable[[], None]) -> None:
    """The example of a form, for a place after the button that sends it: Enter presses a form's first button.

    Within the form, as the server hears what is written there only from a button of the form's own.

    Args:
        put: the callback that fills the form.
    """
    st.form_submit_button("Use the example", on_click=put, icon=":material/lightbulb:", key="example", type="tertiary")


def _is_written(present: Mapping[str, Any]) -> bool:
    """Whether a person wrote any of it; the example before is nobody's words."""
    before = st.session_state.get(_EXAMPLE, {})
    # A choice is a text too, by its kind; it has a value before anybody wrote a word.
    words = {key: value for key, value in present.items() if isinstance(value, str) and not isinstance(value, Enum)}
    return any(value.strip() and value != before.get(key) for key, value in words.items())


def offer_replaced(*keys: str) -> None:
    """Offer to bring back what an example replaced in these fields, while the example stands there unchanged."""
    state = st.session_state
    replaced, example = state.get(_REPLACED, {}), state.get(_EXAMPLE, {})
    stands = all(state.get(key) == value for key, value in example.items() if isinstance(value, str))
    if stands and not set(keys).isdisjoint(replaced):
        st.button(
            "Bring my text back", key="example-undo", on_click=_bring_back, icon=":material/undo:", type="tertiary"
        )


def _bring_back() -> None:
    st.session_state.update(st.session_state.pop(_REPLACED, {}))
