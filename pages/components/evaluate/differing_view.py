"""The cases that models differ in, in one table: what is asked, what is right, and what each has said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.runtime import Runtime
from pages.components.evaluate.right_words import right_words
from router.evaluation.cases.case import Case
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.results.task_result import CaseOutcome, TaskResult
from router.store import EvaluationStep

_AT_ONCE, _MOST = 8, 40
_SHORT, _LONG = 120, 600
"""Characters of an answer: what a cell shows, and what it opens to."""

_Version = tuple[str, str]


def show_differing(running: Runtime, result: TaskResult) -> None:
    """The table; the first cases at once and the others on demand."""
    versions = result.differing_cases()
    if not versions:
        return
    st.markdown(f"**Cases that they differ in: {len(versions)}**")
    rows = _rows(running, result, versions[:_MOST])
    heads = ("Case", "Expected", *(running.router.table.label(target.target) for target in result.results))
    _show_rows(heads, rows[:_AT_ONCE])
    if rows[_AT_ONCE:]:
        with st.expander(f"The other {looks.counted(len(versions) - _AT_ONCE, 'case')}", icon=":material/difference:"):
            _show_rows(heads, rows[_AT_ONCE:])
            if len(versions) > _MOST:
                st.caption(f"The first {_MOST} are shown.")


def _show_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    st.html(f'<div class="differing">{grid_html(heads, rows)}</div>')


def _rows(running: Runtime, result: TaskResult, versions: Sequence[_Version]) -> list[list[str]]:
    cases = {(case.id, case.digest): case for case in cases_of_task(result.task, own_cases(running.store.cases))}
    titles = short_titles([cases[version].title if version in cases else version[0] for version in versions])
    return [
        [
            *_case_cells(cases, version, title=title),
            *(_answer_cell(running, target.outcomes.get(version)) for target in result.results),
        ]
        for version, title in zip(versions, titles, strict=True)
    ]


def _case_cells(cases: Mapping[_Version, Case], version: _Version, *, title: str) -> list[str]:
    case = cases.get(version)
    words = f'<span dir="auto" title="{escape(version[0])}">{escape(title[:300])}</span>'
    return [words, "–" if case is None else escape(right_words(case))]


def short_titles(titles: Sequence[str]) -> list[str]:
    """What is asked, without the instruction that all cases open with."""
    if len(titles) < 2:  # one alone has nothing in common with others
        return list(titles)
    first, last = min(titles), max(titles)
    # What the first and the last in the order of letters have in common, all between them have.
    same = next((place for place, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), 0)
    lead = first[: first[:same].rfind(" ") + 1]
    return [title.removeprefix(lead) for title in titles]


def _answer_cell(running: Runtime, outcome: CaseOutcome | None) -> str:
    """Right or wrong, the answer, and what was wrong with it."""
    if outcome is None or not outcome.steps:
        return "–"
    sign, name = ("✓", "right") if outcome.right else ("✗", "wrong")
    step = outcome.steps[0]
    mark = f'<b role="img" aria-label="{name}" title="{name}">{sign}</b>'
    faults = escape(step.faults or "").replace("\n", "; ")
    faults = f"<br><small>{faults[:1].upper()}{faults[1:]}</small>" if faults else ""
    return f'{mark} <span dir="auto">{_answer_html(running, step)}</span>{faults}'


def _answer_html(running: Runtime, step: EvaluationStep) -> str:
    """An answer as far as the log still has it; a long one opens."""
    stored = running.store.statistics.request(step.request_id) if step.request_id else None
    answer = stored.answer if stored is not None else None
    if not answer:
        return "<i>the answer is not kept</i>"
    if len(answer) <= _SHORT:
        return escape(answer)
    return f"<details><summary>{escape(answer[:_SHORT])}…</summary><p>{escape(answer[:_LONG])}</p></details>"
