"""A gauge and the reason of a cooldown say the same: what a refusal has proved to be used up has nothing left."""

from dataclasses import replace

import pytest

from router.failures.proven_caps import capped_allowances
from router.ports import Allowance, Cooldown
from router.simulator import Fault
from tests.world import FIRST

NOW = 1_790_000_000.0
DAY = 86_400.0
SAYS = "this model's daily allowance is used up (429): Rate limit reached on {}: Limit 5"
COOLDOWN = Cooldown("groq|x", "groq", "target", "one", "rate_limited", SAYS.format("requests per day (RPD)"),
                    NOW - 5, NOW + 600, 1, False)  # fmt: skip
REQUESTS = Allowance(account="groq|x", provider="groq", model="one", unit="requests", span=DAY, limit=1_000,
                     remaining=999, resets_at=NOW + 86.0, seen_at=NOW - 5)  # fmt: skip


def left(allowance, cooldown=COOLDOWN):
    (capped,) = capped_allowances([allowance], [cooldown], NOW)
    return capped.remaining


def test_nothing_is_left_of_a_day_that_a_refusal_has_proved_to_be_used_up_until_its_cooldown_ends():
    (capped,) = capped_allowances([REQUESTS], [COOLDOWN], NOW)
    assert (capped.remaining, capped.resets_at) == (0, NOW + 600)
    assert left(REQUESTS, replace(COOLDOWN, until=NOW - 1)) == 999


@pytest.mark.parametrize(
    "changes", [{"model": "two"}, {"account": "groq|y"}, {"span": 60.0}, {"unit": "tokens"}, {"model": ""}]
)
def test_what_the_refusal_was_not_about_is_left_as_it_was(changes):
    assert left(replace(REQUESTS, **changes)) == 999


def test_a_refusal_over_tokens_a_day_says_nothing_of_requests():
    tokens = replace(COOLDOWN, reason=SAYS.format("tokens per day (TPD)"))
    assert left(REQUESTS, tokens) == 999
    assert left(replace(REQUESTS, unit="tokens"), tokens) == 0


def test_another_failure_says_nothing_of_what_is_left():
    assert left(REQUESTS, replace(COOLDOWN, reason="the provider failed (503)")) == 999
    assert left(REQUESTS, replace(COOLDOWN, reason="this model's allowance is used up for now (429)")) == 999


def test_an_accounts_used_up_day_is_the_accounts_gauge():
    reason = "the account's free requests for today are used up (429): free-models-per-day"
    cooldown = replace(COOLDOWN, scope="free", reason=reason)
    assert left(replace(REQUESTS, model=""), cooldown) == 0
    assert left(REQUESTS, cooldown) == 999


def days(world, provider):
    return [one for one in world.router.quotas() if one.provider == provider and one.span == DAY]


@pytest.mark.anyio
async def test_a_refused_day_is_empty_in_the_gauge_and_the_target_is_called_again_after_a_reset(world):
    await world.ask()
    assert {one.remaining for one in days(world, "groq")} - {0}
    world.simulator.set_fault(*FIRST, Fault("rate_limited", kind="RPD", retry_after=600))
    await world.ask()
    first = [one.remaining for one in days(world, "groq") if one.model == FIRST[1]]
    assert first == [0]
    world.simulator.clear_faults()
    world.router.reset_failures("groq", FIRST[1])
    assert (await world.ask()).completion.model == FIRST[1]


@pytest.mark.anyio
async def test_an_accounts_refused_day_is_empty_whatever_was_counted_of_it(world):
    await world.router.refresh_catalogue()
    assert [one.remaining for one in days(world, "openrouter")] == [50]
    world.simulator.set_fault("openrouter", "*", Fault("free_cap"))
    world.simulator.set_fault("groq", "*", Fault("server_error"))
    await world.ask()
    assert [one.remaining for one in days(world, "openrouter")] == [0]
