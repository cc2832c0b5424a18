"""Speed runs in the database: begun, taken by one, gone on with."""

import pytest

from router.store import SpeedStep


@pytest.fixture
def runs(store):
    return store.speed_runs


def begin(runs, count=2):
    steps = [SpeedStep(position, "vision", "groq", "m", 0) for position in range(count)]
    return runs.begin(steps, version=1, repetitions=1, simulated=True)


def test_a_run_is_complete_when_all_its_steps_are_made(runs):
    run_id = begin(runs)
    for position in range(2):
        assert not runs.runs()[0].complete
        runs.put(run_id, SpeedStep(position, "vision", "groq", "m", 0, status="succeeded", latency_ms=5.0))
        runs.settle()
    assert runs.runs()[0].complete
    assert [step.status for step in runs.steps(run_id)] == ["succeeded"] * 2


def test_a_run_is_taken_once_until_it_is_released(runs):
    run_id = begin(runs)
    assert not runs.runs()[0].taken
    assert runs.take(run_id)
    assert runs.runs()[0].taken
    assert not runs.take(run_id)
    runs.release(run_id)
    assert runs.take(run_id)


def test_a_step_with_odd_values_is_kept(runs):
    run_id = begin(runs, 1)
    odd = SpeedStep(0, "vision", "groq", "m", 0, "failed", None, float("nan"), None, 10**30, error="half \ud83c")
    runs.put(run_id, odd)
    runs.settle()
    (step,) = runs.steps(run_id)
    assert (step.latency_ms, step.completion_tokens, step.error) == (None, 2**63 - 1, "half \ufffd")
