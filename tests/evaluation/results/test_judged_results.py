"""A judge's results: only what both askings agree on counts, apart from the rules, and by them nothing is proposed."""

import pytest

from router.evaluation.results.conclusions import best_finding, conclusion_text
from router.evaluation.results.judged_results import JudgedSide, agreed_verdict, judged_results
from router.evaluation.results.task_result import task_results
from router.store import EvaluationStep, Judgement
from router.types import Target, TaskType
from tests.store.logged import open_in

OLD, NEW = Target("groq", "old"), Target("groq", "new")
JUDGE = "openrouter", "judge"
YES, NO = (True, True), (True, False)


def step(position, target, case="a", repetition=0, status="answered"):
    return EvaluationStep(
        position, "verification", case, "digest", target.provider, target.model, repetition, status, calls=1
    )


def asking(position, swapped, verdict):
    status = "failed" if verdict is None else "judged"
    is_right, baseline_right = verdict or (None, None)
    return Judgement(
        position,
        swapped,
        position - 1,
        *JUDGE,
        status=status,
        is_right=is_right,
        baseline_right=baseline_right,
        calls=1,
    )


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (NO, NO, NO),
        (YES, YES, YES),
        ((False, False), (False, False), (False, False)),
        (NO, YES, None),  # it says the same of one answer, and not of the pair
        (NO, (False, True), None),  # it goes by the place
        (NO, None, None),
        (None, None, None),
    ],
)
def test_a_verdict_counts_only_where_both_askings_agree(first, second, verdict):
    assert agreed_verdict([asking(1, False, first), asking(1, True, second)]) == verdict


def test_one_asking_alone_decides_nothing():
    assert agreed_verdict([asking(1, False, NO)]) is None


def results_of(*pairs):
    """The result of a case for each pair of verdicts."""
    steps = [step(place, (OLD, NEW)[place % 2], f"case{place // 2}") for place in range(len(pairs) * 2)]
    made = [asking(2 * number + 1, swapped, pair[swapped]) for number, pair in enumerate(pairs) for swapped in (0, 1)]
    (result,) = judged_results(steps, made)
    return result


def test_what_is_undecided_counts_for_nobody():
    result = results_of((NO, NO), (NO, YES), (YES, YES), ((False, True), (False, True)))
    assert (result.right, result.baseline_right, len(result.decided), result.undecided) == (2, 2, 3, 1)
    assert (result.target, result.baseline, result.judges) == (NEW, OLD, (Target(*JUDGE),))
    assert result.cases[1].target_side is result.cases[1].baseline_side is JudgedSide.UNDECIDED
    assert result.calls == 8


def test_a_case_that_is_asked_several_times_is_right_where_more_than_half_are():
    steps = [step(place, (OLD, NEW)[place % 2], repetition=place // 2) for place in range(6)]
    verdicts = {1: NO, 3: NO, 5: (False, False)}
    made = [asking(place, swapped, verdict) for place, verdict in verdicts.items() for swapped in (False, True)]
    (result,) = judged_results(steps, made)
    assert [(case.target_side, case.baseline_side) for case in result.cases] == [("right", "wrong")]


def test_a_judge_alone_makes_no_proposal_and_its_figures_stand_apart(tmp_path):
    from router.settings import SHIPPED_ROUTES
    from router.table.route_file import load_routes

    store = open_in(tmp_path)
    steps = [step(place, (OLD, NEW)[place % 2], f"case{place // 2}") for place in range(40)]
    made = [asking(place, swapped, NO) for place in range(1, 40, 2) for swapped in (False, True)]
    store.evaluations.begin(steps, made, baselines={"verification": str(OLD)}, repetitions=1, simulated=False)
    table = load_routes(SHIPPED_ROUTES)
    (result,) = task_results(store.evaluations.runs()[0], store.evaluations, table)
    store.close()
    assert result.task is TaskType.VERIFICATION
    assert [(target.cases, target.right, target.calls) for target in result.results] == [(0, 0, 20)] * 2
    assert (result.judged[0].right, result.judged[0].baseline_right) == (20, 0)
    assert best_finding(result) is None
    assert "a judge alone changes no route" in conclusion_text(result, lambda target: target.model)
