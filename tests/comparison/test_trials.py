"""Comparisons without a page: prompts through two lanes, lists, and how far answers agree."""

import pytest

from router.background.jobs import Job
from router.comparison.trials import Lane, Trial, count_agreement, run_pairs
from router.simulator import Fault
from router.types import Target
from tests.world import CHAT, FIRST, HELLO, SECOND

pytestmark = pytest.mark.anyio
LEFT, RIGHT = Target(*FIRST), Target(*SECOND)
REQUEST = {"config": CHAT, "messages": HELLO, "purpose": "compare"}


async def test_every_prompt_goes_through_both_lanes_with_figures_from_the_router(world):
    job = Job("Two prompts")
    trials = await run_pairs(world.router, [Lane(LEFT), Lane(RIGHT)], [("a", REQUEST), ("b", REQUEST)], job=job)
    assert [(trial.row, trial.lane, trial.target) for trial in trials] == [
        (1, 0, LEFT), (1, 1, RIGHT), (2, 0, LEFT), (2, 1, RIGHT),
    ]  # fmt: skip
    without = [trial for trial in trials if not (trial.total_ms and trial.ttft_ms and trial.tokens and trial.simulated)]
    assert without == []
    assert (job.view().done, job.view().total) == (4, 4)


async def test_a_lane_that_fails_says_why_and_does_not_fall_back_unless_told_to(world):
    world.simulator.set_fault(*FIRST, Fault("server_error"))
    failed, answered = await run_pairs(world.router, [Lane(LEFT), Lane(RIGHT)], [("a", REQUEST)], job=Job(""))
    assert failed.error
    assert answered.text
    (fallen,) = await run_pairs(world.router, [Lane(LEFT, (RIGHT,))], [("a", REQUEST)], job=Job(""))
    assert fallen.served.startswith("openrouter:")


def test_json_answers_agree_whatever_the_order_of_their_fields():
    def trial(lane, parsed):
        return Trial(1, lane, "", LEFT, parsed=parsed)

    trials = [trial(0, {"a": 1, "b": 2}), trial(0, {"b": 2, "a": 1}), trial(1, {"a": 2}), trial(1, None)]
    assert (count_agreement(trials).answers, count_agreement(trials).agree, count_agreement(trials).variants) == (
        3,
        2,
        2,
    )
    assert count_agreement(trials, lane=1).agree == 1
    assert count_agreement([]).agree == 0
