"""What can be looked at once an answer is there: the verdict on its JSON, the wire, and a check by another model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from pages.components.prompt.requests import pictures_of, text_of
from pages.components.run.run_records import find_run
from pages.components.run.run_view import RunPanel, follow_panels, make_places
from router.background.loop_thread import LiveRun
from router.json_answers import InvalidJson, read_document
from router.providers.shown_exchange import ShownExchange
from router.services import second_opinion
from router.table.families import family
from router.types import Completion, Target


def show_verdict(text: str, schema: Mapping[str, Any] | None) -> None:
    """Whether an answer fits the schema that was sent with its question, and each fault with its path."""
    if schema is None or not text.strip():
        return
    try:
        read_document(text, dict(schema))
    except InvalidJson as invalid:
        count = "One thing does" if len(invalid.faults) == 1 else f"{len(invalid.faults)} things do"
        st.error(f"**{count} not fit the schema.**", icon=":material/rule:")
        st.dataframe(
            [dict(zip(("path", "message"), _path_and_message(fault), strict=True)) for fault in invalid.faults],
            hide_index=True,
        )
        return
    st.success("The answer fits the schema.", icon=":material/rule:")


def _path_and_message(fault: str) -> tuple[str, str]:
    path, colon, message = fault.partition(": ")
    return (path, message) if colon and path.startswith("$") else ("$", fault)


# --- the wire ----------------------------------------------------------------------------------------------------


def show_wire(running: Runtime, live: LiveRun) -> None:
    """The calls as they went over the wire; drawn only when they are wanted, as a reply may be long."""
    closed = st.expander("Request and response", icon=":material/swap_horiz:", key="wire", on_change="rerun")
    if not closed.open:
        return
    with closed:
        exchanges = live.exchanges(running.router.accounts)
        if not exchanges:
            st.caption("No call went out, or it is too long ago: only the latest runs keep what went over the wire.")
        names = [
            f"{number}. {target_name(running, str(exchanged.target))}"
            for number, exchanged in enumerate(exchanges, start=1)
        ]
        if len(exchanges) > 1:
            tabs = st.tabs(names, default=names[-1])
            for tab, exchange in zip(tabs, exchanges, strict=True):
                with tab:
                    _show_exchange(exchange)
        elif exchanges:
            _show_exchange(exchanges[0])


def _show_exchange(exchange: ShownExchange) -> None:
    sent, came = st.columns(2, gap="large")
    with sent:
        st.markdown("**Sent**")
        st.code(f"POST {exchange.url}\n{_header_lines(exchange.request_headers)}", language="http", wrap_lines=True)
        st.code(exchange.request, language="json", wrap_lines=True, height=320)
    with came:
        st.markdown("**Received**")
        if exchange.status is None:
            st.caption("No response came.")
        else:
            st.code(
                f"HTTP {exchange.status}\n{_header_lines(exchange.reply_headers)}", language="http", wrap_lines=True
            )
            st.code(exchange.reply, language=None, wrap_lines=True, height=320)
            if exchange.reply_bytes > len(exchange.reply):
                st.caption(f"The beginning of {exchange.reply_bytes:,} bytes.")
    st.markdown("**Copy as curl** – the key is taken from the environment")
    st.code(exchange.curl, language="bash", wrap_lines=True)


def _header_lines(headers: object) -> str:
    assert hasattr(headers, "items")
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


# --- the check ---------------------------------------------------------------------------------------------------


def offer_check(running: Runtime, completion: Completion) -> None:
    """The button that has another family's model check the answer, where none did yet."""
    if running.portal.find(st.query_params.get("check", "")) is None:
        st.button(
            "Second opinion",
            on_click=start_check,
            args=(running, completion),
            key="check",
            icon=":material/rate_review:",
            help="Sends question and answer to a model of another family. Uses one free request.",
        )


def show_check(running: Runtime) -> None:
    """What a model of another family has said, or why none could."""
    if problem := st.session_state.pop("check_problem", None):
        st.info(looks.plain(problem), icon=":material/fact_check:")
    live = running.portal.find(st.query_params.get("check", ""))
    if live is not None:
        _show_check(running, live)


def start_check(running: Runtime, completion: Completion) -> None:
    """Send question and answer to a model of another family, or say that none can."""
    record = find_run(running, completion.request_id)
    asked = [message for message in (record.messages if record is not None else []) if message["role"] == "user"]
    question, pictures = "\n\n".join(map(text_of, asked)), [part for message in asked for part in pictures_of(message)]
    messages = second_opinion.check_messages(question, completion.text, pictures)
    writer, config = Target(completion.provider, completion.model), second_opinion.check_config(pictures)
    able, unable = second_opinion.split_checkers(running.router, writer, messages, config)
    if not able:
        st.session_state["check_problem"] = _nobody_words(
            running, writer, [f"{line.target}: {line.reason}" for line in unable]
        )
        return
    live = running.portal.start(config=config, messages=messages, targets=able, source="console", purpose="check")
    st.query_params["check"] = live.id


def _nobody_words(running: Runtime, writer: Target, reasons: list[str]) -> str:
    own_family = family(running.router.table, writer) or "unknown"
    reason = "; ".join(reasons) or "the task's route has no other"
    return f"No model of another family than {own_family} can give a second opinion now: {reason}."


def _show_check(running: Runtime, live: LiveRun) -> None:
    st.header("Second opinion", anchor=False)
    stop = st.empty()
    if not live.done.is_set():
        stop.button("Stop the second opinion", on_click=live.cancel, key="stop_check", icon=":material/stop:")
    follow_panels([RunPanel(running, live, make_places("checked"))])
    stop.empty()
    completion = live.view().completion
    if completion is not None:
        name = target_name(running, f"{completion.provider}:{completion.requested_model}")
        words = f"Second opinion by {name}, of another model family. It can be wrong too."
        st.caption(looks.plain(words))
