"""S01–S16 of the public failover catalogue, by both doors, over real sockets. The log is checked as each one ends."""

import pytest

from router import AllTargetsFailed, RequestRejected
from router.simulator import Fault
from tests.world import CHAT, FIRST, HELLO, MODES, SECOND

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", MODES)]


def answered_by(answer, target):
    assert answer.error is None, answer.error
    completion = answer.completion
    assert (completion.provider, completion.requested_model) == target
    assert answer.text == completion.text
    assert completion.text.strip()
    assert completion.finish_reason == "stop"


async def test_s01_a_429_with_retry_after_goes_on_at_once_and_is_held_for_that_time(world, mode):
    world.simulator.set_fault(*FIRST, Fault("rate_limited", times=1, retry_after=2))
    answered_by(await world.ask(mode), SECOND)
    answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*FIRST) == 1
    world.clock.turn(2.1)
    answered_by(await world.ask(mode), FIRST)


async def test_s02_a_429_without_a_hint_is_not_called_within_its_hold_and_the_hold_grows(world, mode):
    world.simulator.set_fault(*SECOND, Fault("rate_limited", retry_after=None))
    holds = []
    for _ in range(3):
        await world.ask(mode, targets=[f"{SECOND[0]}:{SECOND[1]}", f"{FIRST[0]}:{FIRST[1]}"])
        await world.ask(mode, targets=[f"{SECOND[0]}:{SECOND[1]}", f"{FIRST[0]}:{FIRST[1]}"])
        hold = world.router.failures()[0]
        holds.append(round(hold.until - hold.since))
        world.clock.turn(hold.until - world.clock.time() + 0.01)
    assert world.calls_to(*SECOND) == 3
    assert holds == [60, 120, 240]


async def test_s03_one_500_is_answered(world, mode):
    world.simulator.set_fault(*FIRST, Fault("server_error", times=1, status=500))
    answered_by(await world.ask(mode), SECOND)


async def test_s03_one_500_of_the_only_target_is_tried_once_more(world, mode):
    world.simulator.set_fault(*FIRST, Fault("server_error", times=1, status=500))
    answered_by(await world.ask(mode, targets=[f"{FIRST[0]}:{FIRST[1]}"]), FIRST)
    assert world.calls_to(*FIRST) == 2


async def test_s04_a_503_for_ever_is_answered_by_the_next_target(world, mode):
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    for _ in range(3):
        answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*FIRST) == 1


async def test_s05_a_reset_before_any_byte_is_answered(world, mode):
    world.simulator.set_fault(*FIRST, Fault("reset", times=1))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert [attempt.outcome for attempt in answer.completion.attempts if attempt.outcome != "skipped"] == [
        "connection_lost",
        "succeeded",
    ]


async def test_s06_silence_is_given_up_at_the_first_token_limit_and_not_tried_twice(world, mode):
    world.simulator.set_fault(*FIRST, Fault("silent", seconds=120))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert world.calls_to(*FIRST) == 1
    assert answer.completion.attempts[1].outcome == ("timed_out" if mode == "complete" else "no_first_token")


async def test_s07_headers_alone_do_not_end_the_first_token_limit(world, mode):
    world.simulator.set_fault(*FIRST, Fault("slow_start", seconds=20))
    answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*FIRST) == 1


async def test_s08_a_stream_that_is_cut_starts_again_with_the_next_target(world, mode):
    world.simulator.set_fault(*FIRST, Fault("cut"))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    if mode == "stream":
        assert answer.kinds.count("restart") == 1
        after = answer.events[answer.kinds.index("restart") :]
        assert "".join(event.text for event in after if event.kind == "delta") == answer.text


async def test_s09_a_stream_that_falls_silent_is_given_up_at_the_idle_limit(world, mode):
    world.simulator.set_fault(*FIRST, Fault("stall", seconds=30))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    if mode == "stream":
        assert "stalled" in [attempt.outcome for attempt in answer.completion.attempts]


async def test_s10_one_surplus_event_that_is_no_json_is_skipped(world, mode):
    world.simulator.set_fault(*FIRST, Fault("bad_event"))
    answered_by(await world.ask(mode), FIRST)


async def test_s11_an_answer_without_done_is_whole_within_half_a_second(world, mode):
    world.simulator.set_fault(*FIRST, Fault("no_done", seconds=30))
    answer = await world.ask(mode)
    answered_by(answer, FIRST)


async def test_s12_a_context_that_is_too_long_is_never_sent_to_a_smaller_one(world, mode):
    world.simulator.set_fault("groq", "*", Fault("context_length"))
    world.simulator.set_fault("openrouter", "*", Fault("context_length"))
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert answer.error.outcome == "context_length"
    targets = [(request.provider, request.model) for request in world.seen]
    assert len(set(targets)) == len(targets)


async def test_s12_a_context_that_is_too_long_goes_to_a_larger_one(world, mode):
    world.simulator.set_fault("groq", "*", Fault("context_length"))
    answer = await world.ask(mode)
    assert answer.completion.provider == "openrouter"
    assert world.calls_to("groq", "openai/gpt-oss-20b") == 0


async def test_s13_a_refusal_of_the_content_is_not_tried_elsewhere(world, mode):
    world.simulator.set_fault(*FIRST, Fault("content_policy"))
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert len(world.seen) == 1


async def test_s14_a_restart_sends_the_users_messages_and_no_prefill(world, mode):
    world.simulator.set_fault(*FIRST, Fault("cut"))
    answered_by(await world.ask(mode), SECOND)
    assert [message["role"] for message in world.seen[-1].body["messages"]] == ["user"]


async def test_s15_a_dead_target_costs_few_calls_and_is_used_soon_after_it_recovers(world, mode):
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    for _ in range(15):
        answered_by(await world.ask(mode), SECOND)
        world.clock.turn(4.0)
    assert world.calls_to(*FIRST) <= 4
    world.simulator.clear_faults()
    back = None
    for step in range(8):
        if (await world.ask(mode)).completion.provider == FIRST[0]:
            back = step * 4
            break
        world.clock.turn(4.0)
    assert back is not None
    assert back <= 30


async def test_s16_who_served_is_who_is_reported_and_logged(world, mode):
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    completion = (await world.ask(mode)).completion
    row = world.rows("SELECT * FROM requests")[0]
    assert (row["provider"], row["model"]) == (completion.provider, completion.model)
    assert row["completion_tokens"] == completion.usage.completion_tokens > 0
    assert row["cost_usd"] == completion.cost_usd == 0.0
    assert row["status"] == "succeeded"


async def test_everything_down_is_a_clean_error_with_a_time(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("server_error", status=503))
    answer = await world.ask(mode)
    assert isinstance(answer.error, AllTargetsFailed)
    assert answer.error.retry_at is not None
    assert world.rows("SELECT status FROM requests")[0]["status"] == "failed"
    assert CHAT.type.value == world.rows("SELECT task_type FROM requests")[0]["task_type"]
    assert HELLO[0]["content"] not in str(answer.error)
