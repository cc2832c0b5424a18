"""What can be done with an answer: copy it or its address, change its question and ask again, have it checked."""

from __future__ import annotations

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages.components.answer.answers import copy_html
from pages.components.console.runtime import Runtime, runtime
from pages.components.prompt import controls
from pages.components.run.ask_anew import offer_anew
from pages.components.run.copy_as import copy_as
from pages.components.run.keep_case import offer_case
from pages.components.run.questions import bring_history
from pages.components.run.run_details import offer_check
from pages.components.run.run_records import RunRecord, find_run
from router.errors import ConfigurationError


def show_actions(running: Runtime, record: RunRecord, *, editable: bool = True) -> None:
    """A row of buttons below an answer.

    The two that copy are the frame's script's: a server reaches no clipboard. The answer's text is fetched when it is
    wanted, and not sent a second time with every answer.

    Args:
        editable: whether the page has the controls that a question goes back to.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="actions", gap="small"):
        copy = copy_html(record.id) if record.text else ""
        link = '<button type="button" data-copy="address">Copy link</button>'
        st.html(f'<div class="actions">{copy}{link}</div>', width="content")
        copy_as(record)
        if editable and record.request is not None:
            st.button(
                "Edit and run", on_click=edit_question, args=(running, record.id), key="edit", icon=":material/edit:"
            )
        if editable:
            offer_anew(running, record)
        offer_case(running, record)
        if record.completion is not None:
            offer_check(running, record.completion)


def edit_question(running: Runtime, run_id: str) -> None:
    """Put an answer's question back into the controls, whatever they were changed to since; its script focuses it."""
    record = find_run(running, run_id)
    if record is not None and record.request is not None:
        controls.fill_controls(record.request)
        bring_history(record.request)


def _answer_of(run_id: str) -> str | None:
    record = find_run(runtime(), run_id)
    return None if record is None else record.text


async def _serve_answer(request: Request) -> Response:
    """An answer as the model wrote it."""
    try:
        # The log may have to be read, and this is the loop of everybody's pages.
        text = await run_in_threadpool(_answer_of, request.path_params["run_id"])
    except ConfigurationError as error:
        return PlainTextResponse(f"This console cannot start with these settings: {error}.", 503)
    if text is None:
        return PlainTextResponse("There is no answer with this id here.", 404)
    return PlainTextResponse(text, headers={"Cache-Control": "no-store"})


ROUTES = [Route("/answers/{run_id}.txt", _serve_answer)]
"""For the launcher."""
