"""The cases on a page: an operator's own, written, brought from a file and taken away, and those of the router."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.console.uploads import LOST, take_arrivals
from pages.components.evaluate.right_words import right_words
from pages.components.evaluate.written_case import offer_written_case
from router.evaluation.cases.case import Case, shipped_cases
from router.evaluation.cases.collection import own_cases
from router.evaluation.cases.files import as_csv, as_jsonl, case_values, read_case_file
from router.types import TaskType

_FILE = "cases-file"


def show_cases(running: Runtime) -> None:
    """Own cases first, then the shipped ones to be looked at."""
    own = own_cases(running.store.cases)
    search = _ask_search()
    st.header("My cases", anchor=False)
    if problem := st.session_state.pop("cases-problem", None):
        st.error(looks.plain(problem), icon=":material/table_rows:")
    _show_own(running, own, search)
    with st.container(horizontal=True, gap="small"):
        offer_written_case(running)
        if own:
            _offer_downloads(own)
    _offer_upload(running)
    _show_shipped(running, search)


def _ask_search() -> str:
    words = st.text_input("Search cases", key="cases-search", placeholder="Search cases", width=360,
                          icon=":material/search:", label_visibility="collapsed")  # fmt: skip
    return words.strip().casefold()


def _is_found(case: Case, search: str) -> bool:
    return search in f"{case.title}\n{right_words(case)}".casefold()


def _show_own(running: Runtime, own: list[Case], search: str) -> None:
    """Those that are searched for; where there are none at all, where they come from."""
    if not own:
        st.markdown(
            "No cases of your own yet. Write one here, bring a file, or press “Keep as a case” below an answer on "
            "[Run](./) or in [History](./history)."
        )
        return
    st.markdown("They are asked ahead of those that come with the console.")
    found = [case for case in own if _is_found(case, search)]
    for case in found:
        _show_own_case(running, case)
    if not found:
        st.caption("None of your cases has these words.")


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


def _show_shipped(running: Runtime, search: str) -> None:
    """The cases that come with the router, by task; open where they are searched for."""
    st.header("Cases that come with the console", anchor=False)
    by_task = {task: [case for case in shipped_cases(task).cases if _is_found(case, search)] for task in TaskType}
    if not any(by_task.values()):
        st.caption("None of these cases has these words.")
    for task, found in by_task.items():
        if not found:
            continue
        label = running.router.table.tasks[task].label
        with st.expander(f"{label}: {looks.counted(len(found), 'case')}", icon=looks.TASK_ICONS[task],
                         expanded=bool(search)):  # fmt: skip
            rows = [(escape(case.title), escape(right_words(case))) for case in found]
            st.html(f'<div class="cases">{grid_html(("Question", "Right answer"), rows)}</div>')
