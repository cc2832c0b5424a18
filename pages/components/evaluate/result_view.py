"""What an evaluation came to: what follows, the table, the plot, and the cases side by side where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.grid import grid_html
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from pages.components.evaluate.differing_view import show_differing
from pages.components.evaluate.judged_view import show_judged
from pages.components.evaluate.next_steps import further_plan, show_next_steps
from pages.components.evaluate.proposal_view import show_proposal
from pages.components.evaluate.run_list import show_run_list
from pages.components.usage import charts
from router.evaluation.results.conclusions import (
    chance_text,
    conclusion_text,
    duel_text,
    findings_of,
    predecessor_texts,
)
from router.evaluation.results.task_result import TargetResult, TaskResult, task_results
from router.evaluation.runs.targets import gone_targets, serving_target
from router.report.outcome_words import counted_outcomes
from router.store import Evaluation

_HEADS = ("Model", "Right", "Likely range", "First token", "Total", "Tokens", "Requests")


def show_results(running: Runtime, runs: Sequence[Evaluation], *, is_free: bool, has_main: bool) -> None:
    """The run that is chosen, task by task.

    Args:
        is_free: whether another evaluation can be begun now.
        has_main: whether the page's main button may stand here.
    """
    begun = {run.id: run for run in runs if run.done}
    if not begun:
        return
    st.header("Results", anchor=False)
    if st.session_state.get("evaluation-to-show") in begun:  # not before its first answer, and then once
        st.session_state["evaluation-run"] = st.session_state.pop("evaluation-to-show")
    if st.session_state.get("evaluation-run") not in begun:
        st.session_state["evaluation-run"] = next(iter(begun))
    run = begun[st.session_state["evaluation-run"]]
    show_run_list(running, list(begun.values()), run)
    results = task_results(run, running.store.evaluations, running.router.table)
    if run.begun_simulated or any(target.simulated for result in results for target in result.results):
        words = "What these models get right is invented and says nothing about the real ones."
        if running.simulated:  # the band of the console stands above already
            st.caption(f"Simulated. {words}")
        else:
            st.html(f'<div class="band" role="note"><b>Simulated.</b> {words}</div>')
    for place, result in enumerate(filter(lambda result: result.results, results)):
        show_task_result(running, run, result, is_free=is_free, is_main=has_main and place == 0)


def show_task_result(running: Runtime, run: Evaluation, result: TaskResult, *, is_free: bool, is_main: bool) -> None:
    """One task: the sentence, what can be done about it, and what it rests on.

    Args:
        is_free: whether another evaluation can be begun now.
        is_main: whether the page's main button may be the next step of this task.
    """
    table, further = running.router.table, further_plan(running, run, result)
    with st.container(border=True, key=f"result-{result.task}"):
        st.subheader(f"{looks.TASK_ICONS[result.task]} {table.tasks[result.task].label}", anchor=False)
        st.html(f'<p class="headline">{escape(conclusion_text(result, table.label, further.unasked))}</p>')
        for words, chance in _duel_words(running, result):
            st.markdown(words, help=f"{_DUEL_HELP}{chance}")
        for words in predecessor_texts(result, gone_targets(running.router, result.task), table.label):
            st.markdown(looks.plain(words))
        show_proposal(running, result, is_invented=run.begun_simulated)
        show_next_steps(running, run, result, further=further, is_free=is_free, is_main=is_main)
        st.html(result_html(running, result))
        st.caption(_READING_WORDS)
        if any(target.cases for target in result.results):
            charts.show(result_plot(running, result), f"plot-evaluation-{result.task}", clickable=False)
        show_differing(running, result)
        show_judged(running, result)


def result_html(running: Runtime, result: TaskResult) -> str:
    """The table of a task's targets."""
    serving, rows = serving_target(running.router, result.task), []
    for target in result.results:
        role = "from an earlier run" if target.is_kept else ""
        if target is result.baseline:
            role = "serves now" if target.target == serving else "served before"
        rows.append(_row_cells(running, target, role=role))
    return f'<div class="figures-right">{grid_html(_HEADS, rows)}</div>'


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


_READING_WORDS = "Likely range: where the share of right answers lies with 95% certainty. Times are medians."
_DUEL_HELP = "Won, lost: cases that only this model, or only the one that it is held against, gets right."


def _duel_words(running: Runtime, result: TaskResult) -> Iterator[tuple[str, str]]:
    """Each challenger's won and lost cases, and what is said on demand: how often chance alone makes as much of it."""
    if result.baseline is None or not result.complete:
        return
    label = running.router.table.label
    before = looks.plain(label(result.baseline.target))
    for finding in findings_of(result):
        compared, name = finding.comparison, looks.plain(label(finding.challenger.target))
        chance = f" How likely equally good models differ as much by chance alone: {chance_text(compared.chance)}."
        yield (
            f"{name} against {before}: **{finding.verdict}**, {duel_text(finding)}.",
            chance if compared.wins + compared.losses else "",
        )


def _row_cells(running: Runtime, target: TargetResult, *, role: str) -> list[str]:
    """A target's row.

    Args:
        role: what it is to the task, where it is no challenger of this run.
    """
    name = f"<br><small>{role}</small>" if role else ""
    failures = escape(counted_outcomes(target.failures))
    share, low, high = (figure * 100 for figure in (target.interval.share, target.interval.low, target.interval.high))
    table = running.router.table
    return [
        f"{looks.provider_html(target.target.provider, table)} {escape(table.label(target.target))}{name}",
        f"<b>{share:.0f}%</b><br><small>{target.right} of {target.cases}</small>" if target.cases else "–",
        f"{low:.0f} – {high:.0f}%" if target.cases else "–",
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
