"""A task's result as plain values, for a file or another program."""

from __future__ import annotations

from typing import Any

from router.evaluation.results.conclusions import best_finding, conclusion_text, findings_of
from router.evaluation.results.judged_results import JudgedResult
from router.evaluation.results.task_result import TargetResult, TaskResult
from router.store.console.evaluations import Evaluation
from router.table.routes import RoutingTable


def result_document(run: Evaluation, result: TaskResult, table: RoutingTable) -> dict[str, Any]:
    """The result with its figures; shares from 0 to 1, times in milliseconds."""
    best = best_finding(result)
    return {
        "run": run.id,
        "task": str(result.task),
        "complete": result.complete,
        "simulated": run.begun_simulated,
        "serving": None if result.baseline is None else str(result.baseline.target),
        "targets": [_target_document(target) for target in result.results],
        "comparisons": [
            {
                "target": str(finding.challenger.target),
                "verdict": str(finding.verdict),
                "cases": finding.comparison.cases,
                "wins": finding.comparison.wins,
                "losses": finding.comparison.losses,
                "p": round(finding.comparison.chance, 6),
                "pace": finding.comparison.pace,
            }
            for finding in findings_of(result)
        ],
        "conclusion": conclusion_text(result, table.label),
        "proposed": None if best is None else str(best.challenger.target),
        "proposed_by": "rules",
        "judged": [_judged_document(judged) for judged in result.judged],
    }


def _judged_document(judged: JudgedResult) -> dict[str, Any]:
    return {
        "target": str(judged.target),
        "judges": [str(judge) for judge in judged.judges],
        "cases": len(judged.cases),
        "decided": len(judged.decided),
        "undecided": judged.undecided,
        "right": judged.right,
        "serving_right": judged.baseline_right,
        "requests": judged.calls,
    }


def _target_document(result: TargetResult) -> dict[str, Any]:
    return {
        "target": str(result.target),
        "cases": result.cases,
        "right": result.right,
        "share": round(result.interval.share, 4) if result.cases else None,
        "interval": [round(result.interval.low, 4), round(result.interval.high, 4)] if result.cases else None,
        "first_token_ms": result.first_ms,
        "total_ms": result.total_ms,
        "tokens": result.tokens,
        "requests": result.calls,
        "failures": dict(result.failures),
        "from_an_earlier_run": result.is_kept,
        "simulated": result.simulated,
    }
