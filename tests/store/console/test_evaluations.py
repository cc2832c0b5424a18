"""Evaluations in the database: begun, taken by one, gone on with, and kept for good."""

import pytest

from router.store import EvaluationStep, Judgement


@pytest.fixture
def evaluations(store):
    return store.evaluations


def step(position, **more):
    return EvaluationStep(position, "vision", f"case{position}", "digest", "groq", "m", **more)


def begin(evaluations, count=2, simulated=True):
    steps = [step(position) for position in range(count)]
    return evaluations.begin(steps, baselines={"vision": "groq:m"}, repetitions=1, simulated=simulated)


def test_a_run_is_complete_when_all_its_steps_are_made(evaluations):
    run_id = begin(evaluations)
    for position in range(2):
        assert not evaluations.runs()[0].complete
        evaluations.put(run_id, step(position, status="right", faults="", latency_ms=5.0))
        evaluations.settle()
    (run,) = evaluations.runs()
    assert run.complete
    assert (run.tasks, run.baselines) == (("vision",), {"vision": "groq:m"})


def test_no_two_evaluations_are_made_at_once(evaluations):
    first, second = begin(evaluations), begin(evaluations)
    assert evaluations.take(first)
    assert not evaluations.take(second)
    assert not evaluations.take(first)
    evaluations.release(first)
    assert evaluations.take(second)


def test_what_is_left_of_a_run_can_be_given_up_and_what_is_made_stays(evaluations):
    run_id = begin(evaluations)
    evaluations.put(run_id, step(0, status="wrong"))
    evaluations.abandon(run_id)
    assert evaluations.runs()[0].complete
    assert [made.status for made in evaluations.steps(run_id)] == ["wrong"]


def test_what_a_model_scored_last_is_found_and_simulated_scores_stand_apart(evaluations):
    old, new, simulated = begin(evaluations, simulated=False), begin(evaluations, simulated=False), begin(evaluations)
    for run_id, status in ((old, "right"), (new, "wrong"), (simulated, "right")):
        for position in range(2):
            evaluations.put(run_id, step(position, status=status))
    begin(evaluations, simulated=False)  # which has asked nothing yet
    evaluations.settle()
    last = evaluations.last_steps("vision", "groq", "m", simulated=False)
    assert [made.status for made in last] == ["wrong", "wrong"]
    assert evaluations.last_steps("vision", "groq", "other", simulated=False) == []


def test_a_step_with_odd_values_is_kept(evaluations):
    run_id = begin(evaluations, 1)
    evaluations.put(run_id, step(0, status="failed", latency_ms=float("nan"), faults="half \ud83c"))
    evaluations.settle()
    (made,) = evaluations.steps(run_id)
    assert (made.latency_ms, made.faults) == (None, "half \ufffd")


def test_what_a_judge_says_is_kept_with_its_run_and_counts_as_its_requests(evaluations):
    steps = [step(0), step(1)]
    askings = [Judgement(1, swapped, 0, "openrouter", "j") for swapped in (False, True)]
    run_id = evaluations.begin(steps, askings, baselines={}, repetitions=1, simulated=True)
    made = Judgement(1, True, 0, "openrouter", "j", status="judged", is_right=True, baseline_right=False, calls=1)
    evaluations.put_judgement(run_id, made)
    evaluations.settle()
    assert evaluations.judgements(run_id) == [askings[0], made]
    assert (evaluations.runs()[0].done, evaluations.runs()[0].total) == (1, 4)
    evaluations.abandon(run_id)
    assert evaluations.judgements(run_id) == [made]
    assert evaluations.runs()[0].complete
