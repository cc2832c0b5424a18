"""The report's section on evaluations: the last one of each task."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from router.evaluation.results.conclusions import conclusion_text
from router.evaluation.results.judged_results import RULES_ALONE, JudgedResult
from router.evaluation.results.task_result import TargetResult, TaskResult, latest_results
from router.report.document import table
from router.report.figures_in_words import seconds_text
from router.store import Store
from router.table.routes import RoutingTable
from router.types import Target

_HEADS = ("Model", "Right", "95% interval", "First token", "Total", "Requests")
_JUDGED_HEADS = ("Model", "Right", "What served", "Undecided", "Judge", "Requests")


def evaluations_html(
    store: Store,
    routes: RoutingTable,
    *,
    simulated: bool | None,
    target_name: Callable[[Target], str],
    moment: Callable[[float], str],
) -> str:
    """The last complete evaluation of each task, its conclusion and its figures.

    Args:
        simulated: only those on simulated providers, or on real ones; None takes both.
        target_name: gives a target's name for people.
        moment: gives a time (seconds since the epoch) in words.
    """
    latest = latest_results(store.evaluations, routes, simulated=simulated)
    if not latest:
        return "<p>No task has been evaluated yet; the Evaluate page does it.</p>"
    parts = []
    for task, (run, result) in sorted(latest.items()):
        note = ", simulated" if run.begun_simulated else ""
        title = f"{routes.tasks[task].label}: {moment(run.started_at)}{note}"
        rows = [_row(target, result, target_name) for target in result.results]
        parts.append(f"<p>{escape(conclusion_text(result, target_name))}</p>" + table(_HEADS, rows, caption=title))
        if result.judged:
            judged = [_judged_row(target, target_name) for target in result.judged]
            parts.append(table(_JUDGED_HEADS, judged, caption=f"{title}, by a judge. {RULES_ALONE}"))
    return "".join(parts)


def _row(target: TargetResult, result: TaskResult, target_name: Callable[[Target], str]) -> list[str]:
    mark = " <small>served</small>" if target is result.baseline else ""
    mark += " <small>from an earlier run</small>" if target.is_kept else ""
    low, high = target.interval.low * 100, target.interval.high * 100
    return [
        f"{escape(target_name(target.target))}{mark}",
        f"<b>{target.interval.share * 100:.0f}%</b> ({target.right} of {target.cases})" if target.cases else "–",
        f"{low:.0f} – {high:.0f}%" if target.cases else "–",
        seconds_text(target.first_ms),
        seconds_text(target.total_ms),
        f"{target.calls:,}",
    ]


def _judged_row(judged: JudgedResult, target_name: Callable[[Target], str]) -> list[str]:
    decided = len(judged.decided)
    return [
        escape(target_name(judged.target)),
        f"{judged.right} of {decided}",
        f"{judged.baseline_right} of {decided}",
        f"{judged.undecided:,}",
        escape(", ".join(map(target_name, judged.judges))),
        f"{judged.calls:,}",
    ]
