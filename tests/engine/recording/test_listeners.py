"""An attempt's end is one frozen record, the same for a success and a failure, and everybody is handed it."""

import dataclasses
import logging

import pytest

from router import Completion, TaskConfig, TaskType
from router.request import make_call
from router.types import AttemptOutcome, Purpose, Source, Target
from tests.virtual import START, Bench, answer, halting, healthy, refusal, run
from tests.world import FIRST, HELLO, MODES, SECOND

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
PAIR = ("groq:openai/gpt-oss-120b", "openrouter:nvidia/nemotron-3-super-120b-a12b:free")
BOTH = pytest.mark.parametrize("stream", [False, True])


class Broken:
    """A listener that cannot take anything in."""

    def __init__(self):
        self.handed = 0

    def attempt_ended(self, ending):
        self.handed += 1
        raise KeyError(f"no room for {ending.error}")


@BOTH
def test_a_failure_and_a_success_are_one_kind_of_record(stream):
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    bench = Bench([refusal(503, "overloaded", wait=0.5), answer(wait=0.2, usage=usage)])
    run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream, source="gateway", purpose="check", app="kitchen"))
    failed, succeeded = bench.endings
    assert (failed.ordinal, succeeded.ordinal) == (1, 2)
    assert failed.request_id == succeeded.request_id
    assert (str(failed.target), str(succeeded.target)) == PAIR
    assert (failed.came_to, failed.failed, failed.http_status) == ("server_error", True, 503)
    assert (failed.row.name, "overloaded" in failed.error) == ("server_error", True)
    assert failed.cooldown_until == pytest.approx(START + 0.5 + bench.table.limits.cooldown_sick, abs=0.1)
    assert (succeeded.came_to, succeeded.failed, succeeded.row, succeeded.error) == ("succeeded", False, None, None)
    assert succeeded.usage.completion_tokens == 3
    assert succeeded.latency_ms == pytest.approx(200, abs=20)
    for ending in bench.endings:
        assert ending.sent
        assert ending.streamed is stream
        assert (ending.source, ending.purpose, ending.app) == (Source.GATEWAY, Purpose.CHECK, "kitchen")
        assert ending.task_type is CHAT.type


def test_a_record_is_frozen():
    bench = Bench([healthy])
    run(bench.ask(CHAT, HELLO))
    with pytest.raises(dataclasses.FrozenInstanceError):
        bench.endings[0].sent = False


def test_a_record_holds_nothing_of_the_replys_headers():
    bench = Bench([refusal(429, "slow down", headers={"groq-organization": "org_0123456789abcdef"})])
    run(bench.ask(CHAT, HELLO, targets=PAIR))
    assert "org_0123456789abcdef" not in repr(bench.endings[0])


@BOTH
def test_a_listener_that_fails_costs_no_answer_and_keeps_nothing_from_the_next(stream, caplog):
    bench = Bench([refusal(503, "the words of a provider"), healthy])
    broken, heard = Broken(), []
    bench.engine.endings.add_listener(broken)
    bench.engine.endings.add_listener(type("Last", (), {"attempt_ended": lambda self, ending: heard.append(ending)})())
    with caplog.at_level(logging.ERROR, "router"):
        result, _ = run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream))
    assert isinstance(result, Completion)
    assert broken.handed == len(heard) == 2
    assert "Broken did not take an attempt's ending: KeyError at test_listeners.py" in caplog.text
    assert "the words of a provider" not in caplog.text


def test_what_was_stopped_is_nobodys_failure():
    bench = Bench([halting("Oats and milk, two hours before", 60.0)])

    async def stop_after_text():
        stopped = bench.engine.run(make_call(CHAT, HELLO, targets=PAIR), stream=True)
        async for event in stopped:
            if event.kind == "delta":
                break
        await stopped.aclose()

    run(stop_after_text())
    ending = bench.endings[0]
    assert (ending.came_to, ending.outcome, ending.failed) == ("cancelled", "cancelled", False)
    assert (ending.row, ending.error, ending.cooldown_until) == (None, None, None)
    assert ending.usage.completion_tokens >= 4
    assert ending.usage_is_estimated, "what had come was taken from the allowance"
    assert bench.memory.cooldowns() == []


def test_a_cost_keeps_a_free_target_from_being_called_whether_it_answered_or_not():
    for outcome in (answer(usage={"cost": 0.25}), answer(" ", usage={"cost": 0.25})):
        bench = Bench([outcome])
        run(bench.ask(CHAT, HELLO, targets=PAIR[1:], deadline=1.0))
        assert [cooldown.outcome for cooldown in bench.memory.cooldowns() if cooldown.until is None] == ["billed"]
        assert bench.endings[0].cost_usd == 0.25


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_listener_of_a_router_is_handed_what_the_log_says(world, mode):
    endings = []
    world.router.add_listener(type("Listener", (), {"attempt_ended": lambda self, ending: endings.append(ending)})())
    from router.simulator import Fault

    world.simulator.set_fault(*FIRST, Fault("server_error", status=500))
    await world.ask(mode)
    rows = world.rows("SELECT * FROM attempts ORDER BY ordinal")
    assert [ending.target for ending in endings] == [Target(*FIRST), Target(*SECOND)]
    assert all(ending.simulated for ending in endings), "also where it failed"
    for row, ending in zip(rows, endings, strict=True):
        assert row["id"] == ending.attempt_id
        assert row["outcome"] == ending.outcome == AttemptOutcome(row["outcome"])
        assert row["http_status"] == ending.http_status
        assert row["latency_ms"] == ending.latency_ms
        assert row["error"] == ending.error


@BOTH
def test_a_providers_word_on_its_pool_goes_before_an_absurd_count_of_one_call(stream):
    headers = {"x-ratelimit-limit-tokens": "8000", "x-ratelimit-remaining-tokens": "7900"}
    usage = {"prompt_tokens": 10**8, "completion_tokens": 3, "total_tokens": 10**8 + 3}
    bench = Bench([answer(usage=usage, headers=headers), answer()])
    run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream))
    run(bench.ask(CHAT, HELLO, targets=PAIR, stream=stream))
    assert bench.called == [PAIR[0], PAIR[0]]
