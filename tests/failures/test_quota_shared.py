"""Allowances that several processes share: every call counts once, and what is reserved or refilled holds for all."""

import pytest

from router.failures.quota import QuotaLedger
from router.ports import CallMade
from router.table.routes import ProviderEntry
from router.types import TaskType
from tests.failures.ledgers import (
    FREE,
    GROQ,
    MIDNIGHT,
    NOON,
    ONE,
    OPENROUTER,
    short,
    spend,
)
from tests.failures.stated import said


def test_calls_of_other_processes_count_and_ours_are_not_counted_twice(ledger, store, clock):
    spend(ledger, 10)
    store.calls = [CallMade(f"call-{number}", "a:free", clock.now) for number in range(10)]
    store.calls += [CallMade(f"theirs-{number}", "a:free", clock.now - 1.0) for number in range(9)]
    store.calls += [CallMade(f"paid-{number}", "a", clock.now) for number in range(9)]
    assert short(ledger, clock, FREE) is None
    assert ledger.allowances({"openrouter|x": OPENROUTER})[0].remaining == 1
    store.calls.append(CallMade("theirs-9", "a:free", clock.now))
    clock.now += 5.0
    assert short(ledger, clock, FREE) is not None


def test_a_call_of_another_process_that_turns_out_never_to_have_been_sent_is_taken_back(ledger, store, clock):
    store.calls = [CallMade(f"theirs-{number}", "a:free", clock.now) for number in range(20)]
    assert short(ledger, clock, FREE) is not None
    store.calls.pop()
    clock.now += 5.0
    assert short(ledger, clock, FREE) is None


def test_what_providers_have_stated_is_known_to_another_ledger_and_after_a_restart(store, clock):
    first, second = QuotaLedger(store, clock), QuotaLedger(store, clock)
    assert short(second, clock) is None
    first.note_allowances(ONE, said("requests", 1_000, 0, "1h"))
    first.note_day("openrouter|x", 50, 50)
    clock.now += 5.0
    assert short(second, clock) is not None
    assert "today" in short(second, clock, FREE).reason
    assert short(QuotaLedger(store, clock), clock) is not None


RESERVED = ProviderEntry(
    label="OpenRouter", dialect="openrouter", base_url="http://x", free="marked", requests_per_day=10,
    reserve={"vision": 3, "verification": 2},
)  # fmt: skip


@pytest.mark.parametrize(
    ("used", "task", "has_room"),
    [
        (4, "real-time-chat", True),
        (5, "real-time-chat", False),
        (7, "vision", True),
        (8, "vision", False),
        (6, "verification", True),
        (7, "verification", False),
        (10, "vision", False),
    ],
)
def test_the_last_requests_of_a_shared_day_stay_for_the_tasks_that_keep_them(ledger, used, task, has_room):
    for number in range(used):
        ledger.count(FREE, f"call-{number}")
    short = ledger.shortfall(FREE, RESERVED, 10, NOON, reserve=RESERVED.reserve_of_others(TaskType(task)))
    assert (short is None) is has_room
    if short is not None:
        assert short.until == MIDNIGHT + 86_400.0
        assert ("kept for" in short.reason) is (used < 10)


# --- refilled at once ----------------------------------------------------------------------------------------------


def test_a_refill_makes_every_allowance_whole_for_every_process_and_counts_earlier_calls_no_more(store, clock):
    ledger = QuotaLedger(store, clock)
    ledger.note_allowances(ONE, said("requests", 1_000, 0, "24h0m0s"))
    ledger.note_day(FREE.account, 50, 50)
    store.calls = [CallMade(f"of another process {number}", FREE.model, clock.now) for number in range(20)]
    spend(ledger, 5)
    assert short(ledger, clock)
    assert short(ledger, clock, FREE)
    clock.now += 1.0
    ledger.refill([ONE.account, FREE.account])
    assert short(ledger, clock) is None
    assert short(ledger, clock, FREE) is None
    assert store.allowances
    entries = {ONE.account: GROQ, FREE.account: OPENROUTER}
    for allowance in [*ledger.allowances(entries), *store.allowances.values()]:
        assert allowance.remaining == allowance.limit
    spend(ledger, 3, start=100)
    assert next(one.remaining for one in ledger.allowances(entries) if one.span == 60.0) == 17


def test_a_refill_of_one_account_leaves_the_others_as_they_are(ledger, clock):
    ledger.note_allowances(ONE, said("requests", 1_000, 0, "24h0m0s"))
    ledger.refill([FREE.account])
    assert short(ledger, clock)
