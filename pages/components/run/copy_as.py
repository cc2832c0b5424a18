"""A run's question as a program to paste: curl, Python, TypeScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.components.console.gateway_address import base_url
from pages.components.run.run_records import RunRecord
from router.gateway.snippets.programs import KEY_VARIABLE, SNIPPETS
from router.gateway.snippets.requests import picture_files

_HEIGHT = 360  # pixels: as much of a program as a laptop's screen shows beside the answer


def copy_as(record: RunRecord) -> None:
    """A button that opens the programs; nothing where the question was not kept."""
    if record.request is None:
        return
    popover = st.popover("Copy as", icon=":material/code:", key="copy-as", type="tertiary", on_change="rerun")
    # Written only when it is looked at: it would go to the browser with every step of the page.
    if popover.open:
        with popover:
            show_program(record.request)


def show_program(request: Mapping[str, Any]) -> None:
    """The choice of programs, the chosen one with the button that copies it, and what it needs to run."""
    names = list(SNIPPETS)
    name = st.segmented_control(
        "Program", names, default=names[0], required=True, key="copy-as-program", label_visibility="collapsed"
    )
    snippet = SNIPPETS[name or names[0]]
    st.code(snippet.write(request, base_url()), language=snippet.language, height=_HEIGHT)
    st.caption(" ".join([_key_advice(needs_gateway=snippet.needs_gateway), *_file_advice(picture_files(request))]))


def _key_advice(*, needs_gateway: bool) -> str:
    if needs_gateway:
        return f"Set `{KEY_VARIABLE}` to the key of an app; the page Apps makes one."
    return "Runs the router itself, with the providers' keys from the environment or `.env`."


def _file_advice(files: Sequence[str]) -> list[str]:
    if not files:
        return []
    return [
        f"Save the {'picture' if len(files) == 1 else 'pictures'} next to it as {', '.join(map('`{}`'.format, files))}."
    ]
