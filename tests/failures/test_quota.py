"""What is left of each allowance, when it refills, and what is not sent because of it."""

import pytest

from router.failures.quota import QuotaLedger
from router.failures.statements import StatedAllowance
from router.ports import CallMade
from router.table.routes import ModelEntry
from tests.failures.ledgers import (
    FREE,
    GROQ,
    MIDNIGHT,
    ONE,
    OTHER,
    PAID,
    TWO,
    short,
    spend,
)
from tests.failures.stated import said

# --- Groq: stated with every reply -----------------------------------------------------------------------------------


def test_a_model_whose_requests_of_the_day_are_used_up_waits_for_one_to_refill(ledger, clock):
    ledger.note_allowances(ONE, said("requests", 1_000, 0, "24h0m0s"))
    found = short(ledger, clock)
    assert found.until == pytest.approx(clock.now + 86.4)
    assert "0 of 1,000 requests a day" in found.reason
    assert short(ledger, clock, TWO) is None
    clock.now += 86.5
    assert short(ledger, clock) is None


def test_a_prompt_waits_until_a_steady_refill_has_brought_its_tokens(ledger, clock):
    ledger.note_allowances(ONE, said("tokens", 8_000, 2_000, "45s"))
    assert short(ledger, clock, tokens=2_000) is None
    assert short(ledger, clock, tokens=5_000).until == pytest.approx(clock.now + 22.5)
    clock.now += 22.6
    assert short(ledger, clock, tokens=5_000) is None


def test_durations_are_read_in_every_form_that_groq_writes(ledger, clock):
    for text, seconds in {"134ms": 0.134, "7.66s": 7.66, "2m59.56s": 179.56, "1h34m52.896s": 5_692.896}.items():
        ledger.note_allowances(ONE, said("requests", 1_000, 0, text))
        stated = ledger.allowances({"groq|x": GROQ})[0]
        assert stated.resets_at - clock.now == pytest.approx(seconds)


@pytest.mark.parametrize("stated", [(), said("tokens", "lots", "?", "soon"), said("tokens", 0, 0, "1s")])
def test_headers_that_say_nothing_hold_nothing_back(ledger, clock, stated):
    ledger.note_allowances(ONE, stated)
    assert short(ledger, clock, tokens=1_000_000) is None


def test_what_has_refilled_is_counted_in_when_it_is_shown(ledger, clock):
    ledger.note_allowances(ONE, said("tokens", 8_000, 2_000, "60s"))
    clock.now += 30.0
    assert [one.remaining for one in ledger.allowances({"groq|x": GROQ})] == [5_000]
    clock.now += 60.0
    assert [one.remaining for one in ledger.allowances({"groq|x": GROQ})] == [8_000]


def test_an_estimate_is_corrected_by_what_long_prompts_were_counted_as_and_by_no_short_one(ledger):
    ledger.learn(ONE, 30, 90)
    assert ledger.tokens(ONE, 1_000) == 1_000
    ledger.learn(ONE, 2_000, 3_000)
    assert ledger.tokens(ONE, 1_000) == 1_500
    assert ledger.tokens(TWO, 1_000) == 1_000
    for _ in range(50):
        ledger.learn(ONE, 2_000, 2_000_000)
    assert ledger.tokens(ONE, 1_000) <= 2_000


# --- OpenRouter: counted here ----------------------------------------------------------------------------------------


def test_twenty_free_calls_within_a_minute_are_all_there_are_for_every_model(ledger, clock):
    spend(ledger, 19)
    assert short(ledger, clock, OTHER) is None
    spend(ledger, 1, start=19)
    found = short(ledger, clock, OTHER)
    assert found.until == clock.now + 60.0
    assert "20 free requests of the account for this minute" in found.reason
    assert short(ledger, clock, PAID) is None
    clock.now += 60.5
    assert short(ledger, clock, OTHER) is None


def test_a_call_that_was_never_sent_is_taken_back(ledger, clock):
    spend(ledger, 20)
    ledger.uncount(FREE, "call-7")
    ledger.uncount(FREE, "call-7")
    assert short(ledger, clock) is None
    spend(ledger, 1, start=20)
    assert short(ledger, clock, FREE) is not None


@pytest.mark.parametrize("limit", [50, 1_000])
def test_the_day_is_what_the_account_says_of_itself_and_ends_at_midnight_utc(ledger, clock, limit):
    ledger.note_day("openrouter|x", limit, limit - 2)
    clock.now += 100.0
    spend(ledger, 1)
    assert short(ledger, clock, FREE) is None
    spend(ledger, 1, start=1)
    assert short(ledger, clock, FREE).until == MIDNIGHT + 86_400.0
    clock.now = MIDNIGHT + 86_401.0
    assert short(ledger, clock, FREE) is None


def test_our_own_count_goes_before_an_account_that_has_not_counted_yet(ledger, clock):
    for number in range(50):
        spend(ledger, 1, start=number)
        clock.now += 4.0
    ledger.note_day("openrouter|x", 50, 30)
    assert "today" in short(ledger, clock, FREE).reason


@pytest.mark.parametrize(("limit", "used"), [(None, None), ([], 1), ("x", 0), (50, None), (0, 0)])
def test_an_account_that_says_nothing_of_the_day_limits_nothing(ledger, clock, limit, used):
    ledger.note_day("openrouter|x", limit, used)
    for number in range(100):
        spend(ledger, 1, start=number)
        clock.now += 4.0
    assert short(ledger, clock, FREE) is None


def test_an_account_whose_day_is_used_up_is_asked_again_now_and_then(ledger, clock):
    assert not ledger.key_is_due("openrouter|x")
    ledger.note_day("openrouter|x", 50, 50)
    assert short(ledger, clock, FREE) is not None
    assert [ledger.key_is_due("openrouter|x") for _ in range(2)] == [True, False]
    clock.now += 601.0
    assert ledger.key_is_due("openrouter|x")
    ledger.note_day("openrouter|x", 1_000, 51)
    assert short(ledger, clock, FREE) is None
    assert not ledger.key_is_due("openrouter|x")


# --- under way -------------------------------------------------------------------------------------------------------

FACTS = ModelEntry.model_validate({"tokens_per_minute": 8_000, "requests_per_minute": 30})


def send_all(ledger, clock, *, times=20, tokens=20, output=1_500, called_target=ONE):
    """So many requests at once, each looked at and then sent, as the engine does; gives the attempts that were sent."""
    sent = []
    for number in range(times):
        if ledger.shortfall(called_target, GROQ, tokens, clock.now, output=output, facts=FACTS) is None:
            sent.append(f"sent-{number}-{clock.now}")
            ledger.count(called_target, sent[-1], tokens=tokens + output)
    return sent


def test_of_twenty_calls_at_once_those_that_fit_the_minute_are_sent(ledger, clock):
    assert len(send_all(ledger, clock)) == 5
    found = ledger.shortfall(ONE, GROQ, 20, clock.now, output=1_500, facts=FACTS)
    assert found.reason == "400 of 8,000 tokens a minute are left, and 1,520 are needed"
    assert clock.now < found.until <= clock.now + 1.0
    assert len(send_all(ledger, clock, called_target=TWO)) == 5


def test_what_the_provider_says_is_left_is_shared_by_those_under_way(ledger, clock):
    ledger.note_allowances(ONE, said("tokens", 8_000, 4_000, "30s") + said("requests", 1_000, 999, "86s"))
    assert len(send_all(ledger, clock)) == 2


def test_the_last_requests_of_a_day_are_shared_by_those_under_way(ledger, clock):
    ledger.note_allowances(ONE, said("requests", 1_000, 3, "23h50m"))
    assert len(send_all(ledger, clock, output=10)) == 3


def test_answers_give_back_what_was_reserved_and_not_used(ledger, clock):
    for attempt in send_all(ledger, clock):
        ledger.note_allowances(ONE, said("tokens", 8_000, 7_000, "7.5s"))
        ledger.settle(ONE, attempt, 200, is_answered=True)
    assert len(send_all(ledger, clock)) == 4


def test_replies_that_are_read_in_the_wrong_order_bring_nothing_back(ledger, clock):
    """The last word read is the first that was said: 7,000 are left by it, and 1,000 in fact."""
    attempts = send_all(ledger, clock)
    for left, attempt in zip((5_600, 4_200, 2_800, 1_400, 7_000), attempts, strict=True):
        ledger.note_allowances(ONE, said("tokens", 8_000, left, "50s"))
        ledger.settle(ONE, attempt, 1_400, is_answered=True)
    assert send_all(ledger, clock) == []


def test_refused_calls_have_used_nothing(ledger, clock):
    for attempt in send_all(ledger, clock):
        ledger.settle(ONE, attempt, 0)
    assert len(send_all(ledger, clock)) == 5


@pytest.mark.parametrize("end", ["settle", "uncount"])
def test_calls_that_nobody_counted_end_without_harm(ledger, end):
    getattr(ledger, end)(ONE, "never counted")
    getattr(ledger, end)(FREE, "never counted")


def test_a_provider_whose_answers_say_nothing_of_a_minute_is_not_held_to_the_tables(ledger, clock):
    for attempt in send_all(ledger, clock):
        ledger.settle(ONE, attempt, 200, is_answered=True)
    assert len(send_all(ledger, clock)) == 20


# --- a clock that is set back or forward, and figures of any size ----------------------------------------------------


@pytest.mark.parametrize("step", [-86_400.0, -3_600.0, 86_400.0])
@pytest.mark.parametrize("restarted", [False, True])
def test_no_allowance_is_frozen_by_a_clock(ledger, store, clock, step, restarted):
    ledger.note_allowances(ONE, said("requests", 1_000, 0, "24h0m0s") + said("tokens", 8_000, 0, "60s"))
    ledger.note_day("openrouter|x", 50, 50)
    spend(ledger, 20)
    store.calls = [CallMade(f"call-{number}", "a:free", clock.now) for number in range(20)]
    clock.now += step
    ledger = QuotaLedger(store, clock) if restarted else ledger
    assert short(ledger, clock) is None
    assert short(ledger, clock, FREE) is None
    ledger.note_allowances(ONE, said("requests", 1_000, 0, "24h0m0s"))
    assert short(ledger, clock).until == pytest.approx(clock.now + 86.4)
    spend(ledger, 20, start=20)
    assert short(ledger, clock, FREE).until == pytest.approx(clock.now + 60.0)
    assert short(QuotaLedger(store, clock), clock) is not None, "what is said after the step is kept"


@pytest.mark.parametrize("figure", [2**63 - 1, 2**64, 10**30, "1e300"])
def test_figures_of_any_size_are_kept_within_what_a_database_holds(ledger, store, clock, figure):
    limit = int(float(figure))
    stated = [
        StatedAllowance("requests", 86_400.0, limit, limit, 1e13),
        StatedAllowance("tokens", 60.0, limit, -5, 4e7),
    ]
    ledger.note_allowances(ONE, stated)
    ledger.note_day("openrouter|x", figure, 0)
    assert all(0 <= one.remaining <= one.limit < 2**62 for one in store.allowances.values())
    assert store.allowances, "the account's own word is kept, whatever was left out of the headers"
    for one in store.allowances.values():
        assert one.resets_at <= clock.now + one.span, "nothing is longer in coming than its own span"
