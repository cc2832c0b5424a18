"""What is held, for how long, and who may try it first."""

import asyncio

import pytest

from router.failures.memory import CalledTarget, CooldownVerdict, FailureMemory
from router.failures.outcomes import BILLED, Kind, Signal, classify
from router.ports import Cooldown
from router.ports.null_stores import NullCooldownStore
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


def test_a_limit_cools_one_model_down_until_its_stated_time_and_then_waits_for_a_probe(memory, clock):
    fail(memory, clock, FAST, limited(**{"retry-after": "2"}))
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING
    assert verdict(memory, clock, OTHER) is CooldownVerdict.FREE
    clock.now += 2.0
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


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


def test_a_call_from_before_a_cooldown_is_news_where_it_says_more(memory, clock):
    started = clock.now
    clock.now += 1.0
    fail(memory, clock, FAST, Signal(Kind.EMPTY))
    assert fail(memory, clock, FAST, limited(**{"retry-after": "90"}), started) == clock.now + 90.0
    assert fail(memory, clock, FAST, Signal(Kind.CUT), started) == clock.now + 90.0
    assert memory.failed(FAST, BILLED, Signal(Kind.REPLY), "it cost money", started) is None
    assert [cooldown.outcome for cooldown in memory.cooldowns()] == ["billed"]


# --- a limit's probe -------------------------------------------------------------------------------------------------

LIMITS = [
    limited(**{"retry-after": "2"}),
    limited("Rate limit exceeded: free-models-per-min."),
    limited("requests per day (RPD)"),
    Signal(Kind.REPLY, 402, 402),
    Signal(Kind.REPLY, 403, 403, message="Key limit exceeded"),
    Signal(Kind.REPLY, 404, 404, frozenset({"model_not_found"})),
]


@pytest.mark.anyio
@pytest.mark.parametrize("signal", LIMITS)
async def test_when_a_limits_time_is_up_one_of_thirty_goes(memory, clock, signal):
    clock.now = fail(memory, clock, FAST, signal)
    standings = [memory.standing(FAST, clock.now) for _ in range(30)]
    assert [await memory.claim(standing.cooldown) for standing in standings] == [True] + [False] * 29
    standing = memory.standing(FAST, clock.now)
    assert (standing.verdict, standing.is_probed) == (CooldownVerdict.COOLING, True)


@pytest.mark.anyio
@pytest.mark.parametrize("report", ["succeeded", "answered"])
async def test_the_probes_answer_or_its_first_token_frees_all_at_once(memory, clock, report):
    clock.now = fail(memory, clock, FAST, limited("Rate limit exceeded: free-models-per-min."))
    assert await _claim(memory, FAST, clock)
    waiting = asyncio.ensure_future(memory.wait_for_change(60.0))
    await asyncio.sleep(0)
    getattr(memory, report)(FAST, clock.now)
    await waiting
    assert verdict(memory, clock, OTHER) is CooldownVerdict.FREE
    assert memory.cooldowns() == []


@pytest.mark.anyio
async def test_a_probe_that_is_refused_again_sends_nobody_after_it_and_whoever_waits_looks_anew(memory, clock):
    clock.now = fail(memory, clock, FAST, limited(**{"retry-after": "2"}))
    assert await _claim(memory, FAST, clock)
    waiting = asyncio.ensure_future(memory.wait_for_change(60.0))
    await asyncio.sleep(0)
    assert fail(memory, clock, FAST, limited(**{"retry-after": "2"})) == clock.now + 4.0
    await waiting
    assert memory.standing(FAST, clock.now).is_probed is False
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


def test_a_first_token_from_before_the_limit_proves_nothing(memory, clock):
    started = clock.now
    clock.now += 1.0
    clock.now = fail(memory, clock, FAST, limited(**{"retry-after": "2"}))
    memory.answered(FAST, started)
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


def test_a_first_token_takes_no_sickness_of_its_target_back_but_shows_that_the_provider_is_reached(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.CUT))
    fail(memory, clock, OTHER, Signal(Kind.NOT_SENT))
    clock.now += 5.0
    memory.answered(FAST, clock.now)
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE
    assert verdict(memory, clock, OTHER) is CooldownVerdict.FREE


@pytest.mark.anyio
async def test_the_widest_cooldown_is_probed_first_by_one_call_for_all_its_models(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.CUT))
    clock.now = fail(memory, clock, FAST, limited("Rate limit exceeded: free-models-per-min."))
    assert memory.standing(FAST, clock.now).cooldown.scope == "free"
    assert await _claim(memory, FAST, clock)
    assert verdict(memory, clock, OTHER) is CooldownVerdict.COOLING


def test_retry_after_one_for_ever_is_asked_less_and_less(memory, clock):
    """Sixty requests in two minutes, each of which would try the target if it could."""
    calls, start = 0, clock.now
    for number in range(60):
        clock.now = start + 2.0 * number
        if verdict(memory, clock, FAST) is not CooldownVerdict.COOLING:
            calls += 1
            fail(memory, clock, FAST, limited(**{"retry-after": "1"}))
    assert calls <= 8


def test_another_kind_of_limit_adds_no_strike(memory, clock):
    clock.now = fail(memory, clock, FAST, Signal(Kind.REPLY, 404, 404, frozenset({"model_not_found"})))
    assert fail(memory, clock, FAST, limited(**{"retry-after": "2"})) == clock.now + 2.0


# --- a clock that is set back or forward -----------------------------------------------------------------------------

DAY = 86_400.0
TROUBLE = [
    limited(**{"retry-after": "2"}),
    limited("requests per day"),
    Signal(Kind.SILENT),
    Signal(Kind.NOT_SENT),
    Signal(Kind.REPLY, 404, 404, frozenset({"model_not_found"})),
]


class KeptCooldowns(NullCooldownStore):
    """What a database keeps."""

    def __init__(self):
        self.rows = {}

    def version(self):
        return len(self.rows)

    def load(self):
        return list(self.rows.values())

    def put(self, cooldown):
        self.rows[cooldown.key] = cooldown


@pytest.mark.anyio
@pytest.mark.parametrize("signal", TROUBLE)
@pytest.mark.parametrize("step", [-DAY, -40 * DAY, -3_600.0])
@pytest.mark.parametrize("restarted", [False, True])
async def test_what_began_later_than_now_is_not_believed_nor_its_probe(clock, signal, step, restarted):
    store = KeptCooldowns()
    memory = FailureMemory(store, Limits(), clock)
    began = clock.now
    clock.now = fail(memory, clock, FAST, signal)
    assert await _claim(memory, FAST, clock)
    store.put(memory.cooldowns()[0])
    clock.now = began + step
    memory = FailureMemory(store, Limits(), clock) if restarted else memory
    memory.refresh()
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE
    standings = [memory.standing(FAST, clock.now) for _ in range(3)]
    assert [await memory.claim(standing.cooldown) for standing in standings] == [True, False, False]
    memory.succeeded(FAST, clock.now)
    assert verdict(memory, clock, FAST) is CooldownVerdict.FREE


@pytest.mark.anyio
async def test_a_probe_from_after_the_clock_was_set_back_can_be_given_back_or_fail(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.SILENT))
    clock.now -= DAY
    assert await _claim(memory, FAST, clock)
    memory.released(FAST, clock.now)
    assert await _claim(memory, FAST, clock)
    assert fail(memory, clock, FAST, Signal(Kind.SILENT)) == clock.now + 5.0


def test_a_clock_set_forward_ends_a_cooldown_in_a_probe_and_set_right_again_lengthens_nothing(memory, clock):
    fail(memory, clock, FAST, limited(**{"retry-after": "600"}))
    clock.now += DAY
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE
    fail(memory, clock, FAST, limited(**{"retry-after": "600"}))
    clock.now -= DAY
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE


def test_another_machines_clock_may_be_a_little_ahead(memory, clock):
    fail(memory, clock, FAST, limited(**{"retry-after": "60"}))
    clock.now -= 2.0
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


def test_what_only_a_person_ends_is_not_ended_by_a_clock(memory, clock):
    fail(memory, clock, FAST, Signal(Kind.REPLY, 401, 401))
    clock.now -= 400 * DAY
    memory.succeeded(FAST, clock.now)
    assert verdict(memory, clock, FAST) is CooldownVerdict.COOLING


def test_a_month_that_an_older_version_wrote_down_ends_after_a_day(clock):
    store = KeptCooldowns()
    until = clock.now + 30 * DAY
    store.put(Cooldown("acc-a", "a", "target", "fast", "rate_limited", "…", clock.now - DAY - 1.0, until, 1, False))
    memory = FailureMemory(store, Limits(), clock)
    memory.refresh()
    assert verdict(memory, clock, FAST) is CooldownVerdict.PROBE
