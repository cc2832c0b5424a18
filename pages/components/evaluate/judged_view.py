"""What a judge says, apart from what rules decide: a line for each model, and its verdicts case by case."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.runtime import Runtime
from router.evaluation.cases.case import Case
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.results.judged_results import RULES_ALONE, JudgedCase, JudgedResult
from router.evaluation.results.task_result import TaskResult
from router.evaluation.runs.planning import EvaluationPlan
from router.types import Target

_HEADS = ("Model", "Right, by the judge", "What served", "Undecided", "Judge", "Requests")


def choose_judge() -> bool:
    """The switch, off to begin with."""
    return st.toggle(
        "Ask a judge too", key="evaluate-judge",
        help="A model of another family is asked about the cases that no rule can decide: whether an answer and that "
        "of what serves now are right. It is asked twice, the second time in the other order; where it contradicts "
        "itself the case counts for nobody. That uses two more requests for each such answer.",
    )  # fmt: skip


def say_judge(running: Runtime, plan: EvaluationPlan, *, has_judge: bool) -> None:
    """Who would judge, how many requests that is, and what is left out."""
    table = running.router.table
    if plan.judgements:
        judges = ", ".join(looks.plain(table.label(judge)) for judge in plan.judges)
        st.caption(f"{looks.counted(len(plan.judgements), 'request')} of these ask a judge: {judges}.")
    if plan.left_out:
        cases = looks.counted(plan.left_out, "case")
        why = "nobody can judge them now" if has_judge else "the judge is off"
        st.caption(f"Left out: {cases} that only a judge can decide; {why}.")
    if plan.unjudged:
        names = ", ".join(looks.plain(table.label(target)) for target in plan.unjudged)
        st.caption(
            f"Not judged: {names}. A judge needs what serves now among the models to hold an answer against, and is of "
            "another family than both."
        )


def show_judged(running: Runtime, result: TaskResult) -> None:
    """The judge's part of a task's result; nothing where none was asked."""
    if not result.judged:
        return
    st.markdown(f"**By a judge**, beside the rules. {RULES_ALONE}")
    st.html(judged_html(running, result))
    cases = {(case.id, case.digest): case for case in cases_of_task(result.task, own_cases(running.store.cases))}
    with st.expander("What the judge says, case by case", icon=":material/gavel:"):
        for judged in result.judged:
            st.html(_verdicts_html(running, judged, cases))


def judged_html(running: Runtime, result: TaskResult) -> str:
    """The table of the judge's results."""
    return grid_html(_HEADS, [_row_cells(running, judged) for judged in result.judged])


def _row_cells(running: Runtime, judged: JudgedResult) -> list[str]:
    decided, table = len(judged.decided), running.router.table
    return [
        _name_html(running, judged.target),
        f"<b>{judged.right} of {decided}</b>",
        f"{judged.baseline_right} of {decided}",
        f"{judged.undecided:,}",
        escape(", ".join(table.label(judge) for judge in judged.judges)),
        f"{judged.calls:,}",
    ]


def _name_html(running: Runtime, target: Target) -> str:
    table = running.router.table
    return f"{looks.provider_html(target.provider, table)} {escape(table.label(target))}"


def _verdicts_html(running: Runtime, judged: JudgedResult, cases: Mapping[tuple[str, str], Case]) -> str:
    """The verdicts on one model and on what served."""
    heads = ("Case", running.router.table.label(judged.target), running.router.table.label(judged.baseline))
    return grid_html(heads, [_verdict_cells(case, cases.get(case.version)) for case in judged.cases])


def _verdict_cells(judged: JudgedCase, case: Case | None) -> list[str]:
    title = judged.version[0] if case is None else case.title[:200]
    criterion = f"<br><small>{escape(case.judge[:300])}</small>" if case is not None and case.judge else ""
    return [f"{escape(title)}{criterion}", escape(judged.target_side), escape(judged.baseline_side)]
