"""The report's section on evaluations."""

import pytest

from router.report.evaluations import evaluations_html
from router.settings import SHIPPED_ROUTES
from router.store import EvaluationStep, Judgement
from router.table.route_file import load_routes
from router.types import Target
from tests.store.logged import open_in

OLD, NEW = "groq:openai/gpt-oss-20b", "groq:openai/gpt-oss-120b"


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()


def evaluated(store, *, rights=(0, 12), simulated=False):
    """A whole evaluation of twelve cases, of which the two targets get so many right."""
    steps = [
        EvaluationStep(
            number * 2 + place, "verification", f"case{number}", "digest", *target.split(":"),
            status="right" if number < right else "wrong", latency_ms=500.0, ttft_ms=100.0, calls=1,
        )
        for number in range(12)
        for place, (target, right) in enumerate(zip((OLD, NEW), rights, strict=True))
    ]  # fmt: skip
    store.evaluations.begin(steps, baselines={"verification": OLD}, repetitions=1, simulated=simulated)


def section(store, simulated=False):
    names = {"target_name": lambda target: target.model, "moment": lambda at: "today"}
    return evaluations_html(store, load_routes(SHIPPED_ROUTES), simulated=simulated, **names)


def test_a_report_says_that_nothing_was_evaluated(store):
    assert "No task has been evaluated yet" in section(store)


def test_the_last_evaluation_of_a_task_stands_with_its_conclusion(store):
    evaluated(store, rights=(12, 0))
    evaluated(store)
    text = section(store)
    assert text.count("<table") == 1
    assert "openai/gpt-oss-120b is better than openai/gpt-oss-20b: right in 100% of 12 cases" in text
    assert str(Target.parse(NEW).model) in text


def test_what_a_judge_says_stands_in_a_table_of_its_own(store):
    steps = [
        EvaluationStep(place, "verification", "case", "digest", *target.split(":"), status="answered", calls=1)
        for place, target in enumerate((OLD, NEW))
    ]
    verdict = {"status": "judged", "is_right": True, "baseline_right": False, "calls": 1}
    judged = [Judgement(1, swapped, 0, "openrouter", "a/judge", **verdict) for swapped in (False, True)]
    store.evaluations.begin(steps, judged, baselines={"verification": OLD}, repetitions=1, simulated=False)
    text = section(store)
    by_rules, by_judge = text.split("</table>")[:2]
    assert ">0%<" not in by_rules  # of no cases there is no share
    assert "<td>1 of 1</td><td>0 of 1</td><td>0</td><td>a/judge</td><td>2</td>" in by_judge
    assert "by a judge. What is proposed rests on the rules alone." in by_judge


def test_simulated_evaluations_stand_in_no_report_of_live_ones(store):
    evaluated(store, simulated=True)
    assert "No task has been evaluated yet" in section(store)
    assert ", simulated</caption>" in section(store, simulated=None)
