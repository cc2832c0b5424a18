"""“Write a case”: a question and what is right, by hand."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.run.keep_case import RIGHT_HELP
from router.evaluation.cases.case import LONGEST_PROMPT
from router.evaluation.cases.files import case_values
from router.evaluation.cases.kept_answers import CaseDraft, RightKind, case_of_draft
from router.types import TaskType

_TASK, _QUESTION, _KIND, _RIGHT = "case-task", "case-question", "case-kind", "case-right"


def offer_written_case(running: Runtime) -> None:
    """The button and the form behind it."""
    table = running.router.table
    with st.popover("Write a case", icon=":material/edit:", key="case-write"):
        st.selectbox("Task", list(TaskType), key=_TASK, format_func=lambda name: table.tasks[name].label)
        st.text_area("Question", key=_QUESTION, height=100, max_chars=LONGEST_PROMPT,
                     placeholder="What is asked, with its instruction")  # fmt: skip
        kind = st.selectbox("Right answer", list(RightKind), key=_KIND,
                            format_func=lambda name: str(name).capitalize())  # fmt: skip
        st.text_area("Expected", key=_RIGHT, height=80, help=RIGHT_HELP[kind or RightKind.WORDS])
        st.button("Add case", key="case-add", type="primary", on_click=_add_case, args=(running,))


def _add_case(running: Runtime) -> None:
    """Keep what is written, and empty the form for the next; what cannot be kept stays in it."""
    state = st.session_state
    draft = CaseDraft(
        task=TaskType(state[_TASK]), prompt=state[_QUESTION], system="", earlier=(), schema=None,
        kind=RightKind(state[_KIND]), right=state[_RIGHT],
    )  # fmt: skip
    if not draft.prompt.strip():
        leave_note("Not added: write what is asked.")
        return
    try:
        case = case_of_draft(draft, f"written-{secrets.token_hex(6)}", draft.kind, right=draft.right)
    except ValueError as error:
        leave_note(f"Not added: {looks.plain(str(error))}.")
        return
    if running.store.cases.put([case_values(case)]):
        state[_QUESTION] = state[_RIGHT] = ""
        leave_note(f"Added to the cases of {running.router.table.tasks[case.task].label}.")
    else:
        leave_note("Not added: the database cannot be written now.")
