"""What an evaluation came to: what follows, the table, the plot, and the cases side by side where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.runtime import Runtime
from pages.components.evaluate.judged_view import show_judged
from pages.components.evaluate.proposal_view import show_proposal
from pages.components.prompt.controls import target_name
from pages.components.usage import charts
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.results.conclusions import (
    ChallengerFinding,
    chance_text,
    conclusion_text,
    findings_of,
    predecessor_texts,
)
from router.evaluation.results.task_result import TargetResult, TaskResult, task_results
from router.evaluation.runs.targets import gone_targets, serving_target
from router.report.outcome_words import counted_outcomes
from router.store import Evaluation, EvaluationStep
from router.types import Target

_MOST_DIFFERING = 40
_BEGINNING = 600
"""Characters of an answer that are shown beside others."""

_HEADS = (
    "Model",
    "Right",
    "Likely range",
    "Verdict",
    "Won, lost",
    "Chance alone",
    "First token",
    "Total",
    "Tokens",
    "Requests",
)


def show_results(running: Runtime, runs: Sequence[Evaluation]) -> None:
    """The run that is chosen, task by task."""
    begun = {run.id: run for run in runs if run.done}
    if not begun:
        return
    st.header("Results", anchor=False)
    if st.session_state.get("evaluation-to-show") in begun:  # not before its first answer, and then once
        st.session_state["evaluation-run"] = st.session_state.pop("evaluation-to-show")
    if st.session_state.get("evaluation-run") not in begun:
        st.session_state["evaluation-run"] = next(iter(begun))
    chosen = st.selectbox("Evaluation", list(begun), key="evaluation-run", width=520,
                          format_func=lambda run_id: _run_name(running, begun[run_id]))  # fmt: skip
    run = begun[chosen]
    results = task_results(run, running.store.evaluations, running.router.table)
    if run.begun_simulated or any(target.simulated for result in results for target in result.results):
        words = "What these models get right is invented and says nothing about the real ones."
        if running.simulated:  # the band of the console stands above already
            st.caption(f"Simulated. {words}")
        else:
            st.html(f'<div class="band" role="note"><b>Simulated.</b> {words}</div>')
    for result in results:
        if result.results:
            show_task_result(running, result, is_invented=run.begun_simulated)


def _run_name(running: Runtime, run: Evaluation) -> str:
    tasks = ", ".join(running.router.table.tasks[task].label for task in run.tasks)  # type: ignore[index]
    # Nothing that changes: a browser goes on showing the name under which a run was chosen.
    return f"{looks.clock_time(run.started_at)}: {tasks}{', simulated' if run.begun_simulated else ''}"


def show_task_result(running: Runtime, result: TaskResult, *, is_invented: bool) -> None:
    """One task: the sentence, the proposal where there is one, and what it rests on.

    Args:
        is_invented: whether the run was made on simulated providers.
    """
    table = running.router.table
    with st.container(border=True, key=f"result-{result.task}"):
        st.subheader(f"{looks.TASK_ICONS[result.task]} {table.tasks[result.task].label}", anchor=False)
        st.html(f'<p class="headline">{escape(conclusion_text(result, table.label))}</p>')
        for words in predecessor_texts(result, gone_targets(running.router, result.task), table.label):
            st.markdown(looks.plain(words))
        show_proposal(running, result, is_invented=is_invented)
        st.html(result_html(running, result))
        st.caption(_READING_WORDS)
        if any(target.cases for target in result.results):
            charts.show(result_plot(running, result), f"plot-evaluation-{result.task}", clickable=False)
        _show_differing(running, result)
        show_judged(running, result)


def result_html(running: Runtime, result: TaskResult) -> str:
    """The table of a task's targets."""
    verdicts = {finding.challenger.target: finding for finding in findings_of(result)}
    serving, rows = serving_target(running.router, result.task), []
    for target in result.results:
        finding, role = verdicts.get(target.target), ""
        if target is result.baseline:
            role = "serves now" if target.target == serving else "served before"
        elif finding is None:
            role = "from an earlier run"
        rows.append(_row_cells(running, target, role=role, finding=finding))
    return grid_html(_HEADS, rows)


def show_standing(running: Runtime, run_id: str) -> None:
    """The tables of a run that is under way, as far as it has come: nothing follows from them yet."""
    run = next((run for run in running.store.evaluations.runs() if run.id == run_id), None)
    if run is None:
        return
    for result in task_results(run, running.store.evaluations, running.router.table):
        if result.results:
            st.subheader(
                f"{looks.TASK_ICONS[result.task]} {running.router.table.tasks[result.task].label}", anchor=False
            )
            st.html(result_html(running, result))


_READING_WORDS = (
    "Likely range: where the share of right answers lies with 95% certainty. Won, lost: cases that only this model, or "
    "only the one that serves, gets right. Chance alone: how often equally good models would differ as much. Times are "
    "medians."
)


def _finding_cells(finding: ChallengerFinding | None) -> list[str]:
    """What a challenger is, the cases that it alone or the other alone gets right, and how likely chance makes such."""
    if finding is None:
        return ["–", "–", "–"]
    compared = finding.comparison
    if not compared.wins and not compared.losses:
        return [str(finding.verdict), "no case differs", "–"]
    return [str(finding.verdict), f"{compared.wins:,} won, {compared.losses:,} lost", chance_text(compared.chance)]


def _row_cells(running: Runtime, target: TargetResult, *, role: str, finding: ChallengerFinding | None) -> list[str]:
    """A target's row.

    Args:
        role: what it is to the task, where it is no challenger of this run.
        finding: what it is against what serves, where it is one.
    """
    name = f"<br><small>{role}</small>" if role else ""
    failures = escape(counted_outcomes(target.failures))
    share, low, high = (figure * 100 for figure in (target.interval.share, target.interval.low, target.interval.high))
    table = running.router.table
    return [
        f"{looks.provider_html(target.target.provider, table)} {escape(table.label(target.target))}{name}",
        f"<b>{share:.0f}%</b><br><small>{target.right} of {target.cases}</small>" if target.cases else "–",
        f"{low:.0f} – {high:.0f}%" if target.cases else "–",
        *_finding_cells(finding),
        looks.seconds(target.first_ms),
        looks.seconds(target.total_ms),
        f"{target.tokens:,}",
        f"{target.calls:,}" + (f"<br><small>{failures}</small>" if failures else ""),
    ]


def result_plot(running: Runtime, result: TaskResult) -> go.Figure:
    """The share that is right against the median time; the whiskers are the 95% intervals."""
    table, figure = running.router.table, go.Figure()
    names = list(table.providers)
    slowest = max((target.total_ms or 0.0 for target in result.results), default=0.0) / 1000
    for target in result.results:
        if target.total_ms is None or not target.cases:
            continue
        interval, colour = target.interval, looks.provider_colour(target.target.provider, names)
        share = interval.share * 100
        figure.add_scatter(
            x=[target.total_ms / 1000],
            y=[share],
            error_y={
                "type": "data",
                "array": [interval.high * 100 - share],
                "arrayminus": [share - interval.low * 100],
                "color": colour,
                "thickness": 1.5,
            },
            mode="markers+text",
            text=[table.label(target.target)],
            textposition="middle left" if _is_right_taken(target, result, slowest) else "middle right",
            cliponaxis=False,
            marker={"size": 11, "color": colour, "symbol": "circle-open" if target.is_kept else "circle"},
            name=target_name(running, str(target.target)),
            hovertemplate="%{y:.0f}% right, %{x:.2f} s<extra>%{fullData.name}</extra>",
        )
    note = " – simulated" if any(target.simulated for target in result.results) else ""
    figure.update_layout(
        title={"text": f"Right answers, %, against median time, seconds{note}"},
        height=300,
        margin={"l": 44, "r": 10, "t": 30, "b": 42},
        showlegend=False,
        # Room on the right for the names beside the points.
        xaxis={"title": "median time, s", "range": [0, max(slowest * 1.6, 0.1)]},
        yaxis={"title": "right, %", "range": [0, 105]},
    )
    return figure


_NAME_ROOM, _LINE_ROOM = 0.55, 0.05
"""A name's length, as a part of the longest time (in a narrow window), and its height, as a part of all shares."""


def _is_right_taken(target: TargetResult, result: TaskResult, slowest: float) -> bool:
    """Whether a name to the right of its point would cross another's whisker, and one to the left would not."""

    def crosses(low: float, high: float) -> bool:
        return any(
            low < (other.total_ms or 0.0) / 1000 - (target.total_ms or 0.0) / 1000 < high
            and other.interval.low - _LINE_ROOM <= target.interval.share <= other.interval.high + _LINE_ROOM
            for other in result.results
            if other is not target and other.total_ms is not None and other.cases
        )

    room = _NAME_ROOM * slowest
    return crosses(0.0, room) and not crosses(-room, 0.0)


def _show_differing(running: Runtime, result: TaskResult) -> None:
    """The cases that some get right and others do not, with what each said."""
    versions = result.differing_cases()
    if not versions:
        return
    cases = {(case.id, case.digest): case for case in cases_of_task(result.task, own_cases(running.store.cases))}
    titles = _short_titles([cases[version].title if version in cases else version[0] for version in versions])
    with st.expander(f"Cases that they differ in: {len(versions)}", icon=":material/difference:"):
        shown = [
            _case_html(running, result, version, title=title)
            for version, title in list(zip(versions, titles, strict=True))[:_MOST_DIFFERING]
        ]
        st.html(f'<div class="differing">{"".join(shown)}</div>')
        if len(versions) > _MOST_DIFFERING:
            st.caption(f"The first {_MOST_DIFFERING} are shown.")


def _short_titles(titles: Sequence[str]) -> list[str]:
    """What is asked, without the instruction that all cases open with."""
    first, last = min(titles, default=""), max(titles, default="")
    # What the first and the last in the order of letters have in common, all between them have.
    same = next((place for place, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), 0)
    lead = first[: first[:same].rfind(" ") + 1]
    return [title.removeprefix(lead) for title in titles]


def _case_html(running: Runtime, result: TaskResult, version: tuple[str, str], *, title: str) -> str:
    sides = []
    for target in result.results:
        outcome = target.outcomes.get(version)
        if outcome is None or not outcome.steps:
            continue
        step, mark = outcome.steps[0], "right" if outcome.right else "wrong"
        name = escape(running.router.table.label(Target(step.provider, step.model)))
        sides.append(f'<div><b>{name}</b> · {mark}<p dir="auto">{_answer_html(running, step)}</p></div>')
    words = f'<span dir="auto" title="{escape(version[0])}">{escape(title[:300])}</span>'
    return f'<details><summary>{words}</summary><div class="pair">{"".join(sides)}</div></details>'


def _answer_html(running: Runtime, step: EvaluationStep) -> str:
    """An answer as far as the log still has it, and what was wrong with it."""
    stored = running.store.statistics.request(step.request_id) if step.request_id else None
    answer = stored.answer if stored is not None else None
    words = escape(answer[:_BEGINNING]) if answer else "<i>the answer is not kept</i>"
    faults = escape(step.faults or "").replace("\n", "; ")
    faults = faults[:1].upper() + faults[1:]
    return f"{words}<br><small>{faults}</small>" if faults else words
