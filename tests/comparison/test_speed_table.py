"""What a speed run's times come to: medians, spread, the factor with its interval, and words for it."""

import random

import pytest

from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_table import conclusion, factor_of, make_table
from router.store import SpeedStep

PROVIDERS = ["groq", "openrouter"]


def made(task, provider, times, **more):
    return [
        SpeedStep(place, task, provider, "m", place, "succeeded", latency_ms=value, ttft_ms=value / 4, **more)
        for place, value in enumerate(times)
    ]


def test_medians_quartiles_and_the_factor_of_a_task():
    steps = made("verification", "groq", [100, 150, 200, 200, 250, 300])
    steps += made("verification", "openrouter", [400, 500, 600, 600, 700, 800])
    row = next(row for row in make_table(steps, load_prompts(), PROVIDERS) if row.entry.task == "verification")
    assert (row.spreads["groq"].median, row.spreads["groq"].lower, row.spreads["groq"].upper) == (200, 162.5, 237.5)
    assert row.factor.value == 3.0
    assert row.factor.low <= 3.0 <= row.factor.high


def test_of_few_times_all_are_named_and_no_interval():
    steps = made("verification", "groq", [100, 200, 300]) + made("verification", "openrouter", [400, 600, 800])
    row = next(row for row in make_table(steps, load_prompts(), PROVIDERS) if row.entry.task == "verification")
    assert (row.spreads["groq"].median, row.spreads["groq"].lower, row.spreads["groq"].upper) == (200, 100, 300)
    assert (row.factor.value, row.factor.low) == (3.0, None)


def test_streaming_is_judged_by_its_first_token():
    steps = made("streaming-feedback", "groq", [100, 200, 300])
    row = next(row for row in make_table(steps, load_prompts(), PROVIDERS) if row.entry.task == "streaming-feedback")
    assert row.spreads["groq"].median == 50
    assert row.factor is None


def test_a_factor_told_the_other_way_round_turns_its_interval_too():
    factor = factor_of((4.0, 4.0, 4.4) * 2, (1.0, 1.1, 1.0) * 2)
    assert factor.inverse.value == pytest.approx(4.0)
    assert factor.inverse.low <= factor.inverse.value <= factor.inverse.high


def test_an_interval_needs_as_many_values_a_side_as_can_hold_a_median_in_95_of_100_cases():
    assert factor_of((1.0,) * 5, (2.0,) * 9).low is None
    assert factor_of((1.0,) * 6, (2.0,) * 6).low == 2.0


def test_the_interval_holds_the_true_factor_about_as_often_as_it_says():
    chance = random.Random(7)
    held = 0
    for _ in range(30):
        first, second = (tuple(scale * chance.lognormvariate(0, 0.3) for _ in range(15)) for scale in (1.0, 2.0))
        factor = factor_of(first, second)
        held += factor.low <= 2.0 <= factor.high
    assert held >= 25


@pytest.mark.anyio
async def test_the_conclusion_names_what_the_routing_table_does_against_the_measurement(world):
    slow, fast = [900, 1000, 1100, 950, 1050, 1000], [90, 100, 110, 95, 105, 100]
    steps = made("complex-reasoning", "groq", fast) + made("complex-reasoning", "openrouter", slow)
    steps += made("real-time-chat", "groq", fast) + made("real-time-chat", "openrouter", slow)
    words = conclusion(make_table(steps, load_prompts(), PROVIDERS), world.router.table)
    assert "Of 2 tasks measured on both providers, Groq is faster in 2." in words
    assert "complex reasoning (Groq is 10.0 times faster)" in words
    assert "real-time chat" not in words


@pytest.mark.anyio
async def test_a_task_asked_twice_decides_nothing_and_that_is_said(world):
    steps = made("verification", "groq", [90, 100]) + made("verification", "openrouter", [900, 1000])
    words = conclusion(make_table(steps, load_prompts(), PROVIDERS), world.router.table)
    assert "1 was asked too few times to tell" in words
    assert words.endswith("So it says nothing about the routing table.")


@pytest.mark.anyio
async def test_without_times_nothing_is_concluded(world):
    assert "nothing about the routing table" in conclusion(
        make_table([], load_prompts(), PROVIDERS), world.router.table
    )
