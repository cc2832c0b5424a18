"""What is held, for how long, and who may try it first."""

import pytest

from router.failures.memory import CalledTarget, CooldownVerdict, FailureMemory
from router.failures.outcomes import Kind, Signal, classify
from router.null_stores import NullCooldownStore
from router.providers.decoding.headers import read_statements
from router.table.routes import Limits

FAST = CalledTarget("acc-a", "a", "fast", free=True)
OTHER = CalledTarget("acc-a", "a", "other", free=True)
PAID = CalledTarget("acc-a", "a", "paid", free=False)
ELSEWHERE = CalledTarget("acc-b", "b", "fast", free=True)


class FakeClock:
    now = 1_000_000.0

    def time(self):
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def memory(clock):
    return FailureMemory(NullCooldownStore(), Limits(), clock)


def fail(memory, clock, called_target, signal, started_at=None):
    outcome = classify(signal)
    return memory.failed(called_target, outcome, signal, "because", clock.now if started_at is None else started_at)


def verdict(memory, clock, called_target):
    return memory.standing(called_target, clock.now).verdict


def limited(message="", **headers):
    return Signal(Kind.REPLY, 429, 429, message=message, stated=read_statements(headers, message=message))


def test_a_limit_holds_one_model_until_its_stated_time_and_then_frees_it_for_all(memory, clock):
    fail(memory, clock, FAST, limited(**{"retry-after": "2"}))
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING
    assert verdict(memory, clock, OTHER) is CooldownVerdict.FREE
    clock.now += 2.0
    assert verdict(memory, clock, FAST) is CooldownVerdict.FREE


def test_the_accounts_cap_holds_every_free_model_and_no_other(memory, clock):
    fail(memory, clock, FAST, limited("Rate limit exceeded: free-models-per-day"))
    assert verdict(memory, clock, OTHER) is CooldownVerdict.COOLING
    assert verdict(memory, clock, PAID) is CooldownVerdict.FREE
    assert verdict(memory, clock, ELSEWHERE) is CooldownVerdict.FREE


def test_a_refused_key_holds_the_provider_until_somebody_acts(memory, clock):
    assert fail(memory, clock, FAST, Signal(Kind.REPLY, 401, 401)) is None
    clock.now += 10_000_000
    assert verdict(memory, clock, PAID) is CooldownVerdict.COOLING


async def _claim(memory, called_target, clock):
    return await memory.claim(memory.standing(called_target, clock.now).cooldown)


@pytest.mark.anyio
async def test_after_a_sickness_one_request_probes_and_the_others_wait(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now += 5.0
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE
    assert await _claim(memory, FAST, clock)
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


@pytest.mark.anyio
async def test_a_probe_that_was_cancelled_leaves_the_next_request_to_probe(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now += 5.0
    assert await _claim(memory, FAST, clock)
    memory.released(FAST, clock.now)
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


@pytest.mark.anyio
async def test_a_call_from_before_the_holds_end_gives_no_probe_back_that_is_anothers(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    started = clock.now
    clock.now += 5.0
    assert await _claim(memory, FAST, clock)
    memory.released(FAST, started)
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


@pytest.mark.anyio
async def test_a_probe_whose_request_was_at_fault_leaves_the_next_request_to_probe(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now += 5.0
    assert await _claim(memory, FAST, clock)
    fail(memory, clock, FAST, Signal(Kind.REPLY, 413, 413))
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


@pytest.mark.anyio
async def test_any_reply_shows_that_the_provider_can_be_reached_again(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.NOT_SENT))
    assert verdict(memory, clock, OTHER) is CooldownVerdict.COOLING
    clock.now += 5.0
    assert await _claim(memory, FAST, clock)
    fail(memory, clock, FAST, Signal(Kind.REPLY, 503, 503))
    assert verdict(memory, clock, OTHER) is CooldownVerdict.FREE
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


def test_a_model_that_is_listed_again_is_used_again_and_other_holds_stay(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.REPLY, 404, 404, frozenset({"model_not_found"})))
    fail(memory, clock, OTHER, Signal(Kind.SILENT))
    memory.listed_again("acc-a", ["fast", "other", "never held"])
    assert verdict(memory, clock, FAST) is CooldownVerdict.FREE
    assert verdict(memory, clock, OTHER) is CooldownVerdict.COOLING


@pytest.mark.anyio
async def test_a_probe_that_never_reports_is_given_up_after_its_time(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now += 5.0
    assert await _claim(memory, FAST, clock)
    clock.now += 30.0
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


def test_repeated_sickness_holds_longer_but_never_over_twenty_seconds(memory, clock):
    held = []
    for _ in range(5):
        held.append(fail(memory, clock, FAST, Signal(Kind.REPLY, 503, 503)) - clock.now)
        clock.now += held[-1]
    assert held == [5, 10, 20, 20, 20]


def test_two_hundred_calls_that_one_outage_ends_are_one_strike(memory, clock):
    started = clock.now
    clock.now += 1.0
    ends = {fail(memory, clock, FAST, Signal(Kind.REPLY, 503, 503), started) for _ in range(200)}
    assert ends == {clock.now + 5.0}


def test_success_takes_a_sickness_back(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now += 5.0
    memory.succeeded(FAST, clock.now)
    assert memory.cooldowns() == []
    assert fail(memory, clock, FAST, Signal(Kind.SILENT)) == clock.now + 5.0


def test_a_success_that_began_before_the_failure_proves_nothing(memory, clock):
    started = clock.now
    clock.now += 1.0
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    memory.succeeded(FAST, started)
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


def test_the_requests_own_deadline_blames_nobody(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.DEADLINE))
    assert memory.cooldowns() == []


def test_reset_clears_by_model_by_account_and_all(memory, clock):
    for called_target in (FAST, OTHER, ELSEWHERE):
        fail(memory, clock, called_target, Signal(Kind.SILENT))
    assert memory.reset(["acc-a"], "fast") == 1
    assert verdict(memory, clock, FAST) is CooldownVerdict.FREE
    assert memory.reset(["acc-a"]) == 1
    assert memory.reset() == 1
    assert memory.cooldowns() == []
