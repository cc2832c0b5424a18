"""What a page says where it meets a fault of its own, in place of a box that names nothing a person could do."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

_log = logging.getLogger(__name__)


@contextmanager
def say_if_broken(page: str) -> Iterator[None]:
    """Say that a page is broken and what to do; its kind and place go to the console's output, and no text of it.

    A fault's own words may hold what was typed or a key, and a stack trace tells an operator nothing.

    Args:
        page: its name, for the output.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 – whatever it is, the page has to say something
        code = secrets.token_hex(3)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        _log.error("%s is broken (%s): %s at %s", page, code, type(error).__name__, where)
        st.error(
            "**This page could not be shown.** What is stored is not touched. The console's output names the place "
            f"under `{code}`, for whoever maintains it.",
            icon=":material/build:",
        )
        st.button("Start this page anew", key="page-anew", icon=":material/refresh:", on_click=st.query_params.clear)
