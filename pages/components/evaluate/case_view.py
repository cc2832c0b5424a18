"""The cases on a page: an operator's own, brought from a file and taken away, and those that come with the router."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.console.uploads import LOST, take_arrivals
from pages.components.evaluate.right_words import right_words
from router.evaluation.cases.case import Case, shipped_cases
from router.evaluation.cases.collection import own_cases
from router.evaluation.cases.files import as_csv, as_jsonl, case_values, read_case_file
from router.types import TaskType

_FILE = "cases-file"


def show_cases(running: Runtime) -> None:
    """Own cases first, then the shipped ones to be looked at."""
    own = own_cases(running.store.cases)
    st.header("My cases", anchor=False)
    st.markdown("Kept from answers (“Keep as a case”), or brought from a file. They are asked ahead of those below.")
    if problem := st.session_state.pop("cases-problem", None):
        st.error(looks.plain(problem), icon=":material/table_rows:")
    for case in own:
        _show_own_case(running, case)
    if own:
        _offer_downloads(own)
    _offer_upload(running)
    _show_shipped(running)


def _show_own_case(running: Runtime, case: Case) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"case-{case.id}", gap="small"):
        label = running.router.table.tasks[case.task].label
        words = (
            f"{looks.TASK_ICONS[case.task]} **{label}** {looks.plain(case.title[:160])}  \n"
            f":small[{looks.plain(right_words(case))}]"
        )
        st.markdown(words, width="stretch")
        st.button("Delete", key=f"delete-{case.id}", icon=":material/delete:", on_click=_delete_case,
                  args=(running, case.id), help="Delete this case", type="tertiary")  # fmt: skip


def _delete_case(running: Runtime, case_id: str) -> None:
    if not running.store.cases.delete(case_id):
        leave_note("Not deleted: the database cannot be written now.")


def _offer_downloads(own: list[Case]) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button("Download as CSV", lambda: as_csv(own).encode("utf-8-sig"), "cases.csv", "text/csv",
                           key="cases-csv", icon=":material/download:", on_click="ignore")  # fmt: skip
        st.download_button("Download as JSONL", lambda: as_jsonl(own).encode(), "cases.jsonl", "application/jsonl",
                           key="cases-jsonl", icon=":material/download:", on_click="ignore")  # fmt: skip


def _offer_upload(running: Runtime) -> None:
    """Cases from a file; all of it or nothing."""
    table = running.router.table
    with st.expander("Add cases from a file", icon=":material/upload:"):
        task = st.selectbox("Task of cases that name none", list(TaskType), key="cases-task", width=320,
                            format_func=lambda name: table.tasks[name].label)  # fmt: skip
        st.file_uploader("CSV, JSONL, or promptfoo's YAML", type=["csv", "jsonl", "yaml", "yml"], key=_FILE)
        st.caption("A CSV needs the columns prompt and expected; a file downloaded here has all there are.")
        is_new = False
        for upload in take_arrivals(_FILE):
            is_new = True
            if upload is None:
                st.session_state["cases-problem"] = LOST
            else:
                _take_file(running, upload.name, upload.data, task=task or TaskType.REAL_TIME_CHAT)
        # Not within the loop: a file counts as taken when it goes on.
        if is_new:
            st.rerun()


def _take_file(running: Runtime, name: str, data: bytes, *, task: TaskType) -> None:
    try:
        cases = read_case_file(data, name, task)
    except ValueError as error:
        st.session_state["cases-problem"] = f"{name}: {error}. Nothing of it was taken."
        return
    if running.store.cases.put([case_values(case) for case in cases]):
        leave_note(f"{looks.counted(len(cases), 'case')} added.")
    else:
        leave_note("Nothing was added: the database cannot be written now.")


def _show_shipped(running: Runtime) -> None:
    """The cases that come with the router, by task."""
    st.header("Cases that come with the console", anchor=False)
    for task in TaskType:
        shipped = shipped_cases(task)
        label = running.router.table.tasks[task].label
        with st.expander(f"{label}: {looks.counted(len(shipped.cases), 'case')}", icon=looks.TASK_ICONS[task]):
            rows = [(escape(case.title), escape(right_words(case))) for case in shipped.cases]
            st.html(f'<div class="cases">{grid_html(("Question", "Right answer"), rows)}</div>')
