"""A proposal on a page: the route before and after, Take it, and the undo of what was taken."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.evaluation.results.conclusions import best_finding
from router.evaluation.results.proposals import Proposal, living_route, note_of, proposal_of, take_proposal
from router.evaluation.results.task_result import TaskResult
from router.evaluation.runs.targets import serving_target
from router.store.state.edits import KeptEdit
from router.types import Target


def show_proposal(running: Runtime, result: TaskResult, *, is_invented: bool) -> None:
    """What would be changed, before and after, and the button that does it; or its undo, once it is done.

    Args:
        is_invented: whether simulated providers made the result: it can be tried out while they serve, and changes no
            route of real ones.
    """
    latest = running.store.edits.latest()
    label = running.router.table.tasks[result.task].label
    if latest is not None and latest.note.startswith(f"{label}: ") and _is_taken(running, result, latest):
        st.success(f"Taken {looks.clock_time(latest.at)}: the next request uses it.", icon=":material/check_circle:")
        st.markdown(f"Route now: {looks.plain(_names(running, living_route(running.router, result.task)))}")
        st.button("Undo", key=f"undo-{result.task}", icon=":material/undo:", on_click=_undo, args=(running, latest))
        return
    proposal = proposal_of(result, running.router)
    if proposal is None:
        best = best_finding(result)
        if best is not None and best.challenger.target == serving_target(running.router, result.task):
            st.caption("It serves this task already.")
        return
    living = living_route(running.router, result.task)
    after = [proposal.target, *(target for target in living if target != proposal.target)]
    st.markdown(
        f"Route now: {looks.plain(_names(running, living))}  \nRoute then: **{looks.plain(_names(running, after))}**"
    )
    if is_invented and not running.simulated:
        st.info("These results are invented, so they change no route. Evaluate the same models live.",
                icon=":material/science:")  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Take it (simulated)" if is_invented else "Take it", key=f"take-{result.task}",
                  icon=":material/check:", on_click=_take, args=(running, proposal))  # fmt: skip
        st.caption(_TRIAL_WORDS if is_invented else _TAKING_WORDS)


_TAKING_WORDS = (
    "Rests on what rules decide, and on no judge. Applies from the next request, in every process on this database. "
    "One click undoes it."
)
_TRIAL_WORDS = (
    "To try how it works: the figures are invented, and the new order would hold for real providers too. Undo it "
    "before you go live."
)


def _is_taken(running: Runtime, result: TaskResult, latest: KeptEdit) -> bool:
    """Whether the latest edit is the one that this result proposed."""
    return latest.note == note_of(result, running.router)


def _names(running: Runtime, chain: Sequence[Target]) -> str:
    return " → ".join(running.router.table.label(target) for target in chain)


def _take(running: Runtime, proposal: Proposal) -> None:
    try:
        number = take_proposal(proposal, running.router, running.store.edits)
    except ValueError as error:
        leave_note(f"Not taken: {looks.plain(str(error))}")
        return
    label = running.router.table.tasks[proposal.task].label
    if number is None:
        leave_note("Not taken: somebody has changed the routing meanwhile, or it cannot be written now. Look again.")
    else:
        leave_note(f"Taken: {label} is asked of {running.router.table.label(proposal.target)} first from now on.")


def _undo(running: Runtime, latest: KeptEdit) -> None:
    if running.router.routes.undo(over=latest.number):
        leave_note("Undone: the next request routes as before.")
    else:
        leave_note("Nothing was undone: somebody else has changed the routing meanwhile. Look again.")
