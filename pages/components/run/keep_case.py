"""“Keep as a case”: an answer's question becomes a case of evaluations, with what is right edited beside it."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.run.run_records import RunRecord, find_run
from router.evaluation.cases.files import case_values
from router.evaluation.cases.kept_answers import CaseDraft, RightKind, case_of_draft, draft_case

RIGHT_HELP = {
    RightKind.WORDS: "Several with semicolons between; “a|b” takes either.",
    RightKind.LABEL: "The first line that names it counts.",
    RightKind.NUMBER: "The last number of the answer counts.",
    RightKind.FIELDS: 'Places and values, such as {"kcal": 372, "items[0].food": "oats"}.',
    RightKind.JUDGE: "What makes an answer right, where no rule can tell; asked only where a judge is switched on.",
}
"""How each kind of what is right is written."""


def offer_case(running: Runtime, record: RunRecord | None, *, name: str = "Keep as a case") -> None:
    """The button beside an answer, where its question can be asked again as it was; nothing where it cannot.

    Args:
        name: of the button; beside several answers it says whose.
    """
    draft = None if record is None or record.going else _draft_of(record)
    if record is None or draft is None:
        return
    with st.popover(name, icon=":material/fact_check:", key=f"keep-{record.id}"):
        st.caption("Evaluations ask this question of several models. Say what a right answer is.")
        kinds, kind_key, right_key = list(RightKind), f"keep-kind-{record.id}", f"keep-right-{record.id}"
        kind = st.selectbox("Right answer", kinds, kinds.index(draft.kind), key=kind_key,
                            format_func=lambda name: str(name).capitalize())  # fmt: skip
        st.text_area("Expected", draft.right, key=right_key, height=100, help=RIGHT_HELP[kind or draft.kind])
        st.button("Keep", key=f"keep-it-{record.id}", type="primary", on_click=_keep_case,
                  args=(running, record.id, draft))  # fmt: skip


def offer_case_of(running: Runtime, request_id: str, *, name: str = "Keep as a case") -> None:
    """The same for a request that only its id is known of."""
    offer_case(running, find_run(running, request_id), name=name)


def _draft_of(record: RunRecord) -> CaseDraft | None:
    if record.task is None or record.tool_calls or (record.request or {}).get("tools"):
        return None
    return draft_case(record.task, record.messages, record.schema, answer=record.text)


def _keep_case(running: Runtime, run_id: str, draft: CaseDraft) -> None:
    state = st.session_state
    kind, right = state.get(f"keep-kind-{run_id}") or draft.kind, state.get(f"keep-right-{run_id}") or ""
    try:
        case = case_of_draft(draft, f"kept-{run_id[-12:].lower()}", RightKind(kind), right=right)
    except ValueError as error:
        leave_note(f"Not kept: {looks.plain(str(error))}.")
        return
    if running.store.cases.put([case_values(case)]):
        label = running.router.table.tasks[case.task].label
        leave_note(f"Kept as a case of {label}; [Evaluate](./evaluate?view=Cases) has it.")
    else:
        leave_note("Not kept: the database cannot be written now.")
