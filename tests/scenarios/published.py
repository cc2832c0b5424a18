"""S01–S16 of the public failover catalogue, by both doors, over real sockets."""

from router import RequestRejected
from router.simulator import Fault
from tests.scenarios.registry import scenario
from tests.world import SECOND, name_of

DEAD = Fault("server_error", status=503)


def answered_by(answer, target):
    assert answer.error is None, answer.error
    completion = answer.completion
    assert (completion.provider, completion.requested_model) == target
    assert answer.text == completion.text
    assert completion.text.strip()
    assert completion.finish_reason == "stop"
    if answer.events:
        restarts = [index for index, kind in enumerate(answer.kinds) if kind == "restart"]
        valid = answer.events[restarts[-1] :] if restarts else answer.events
        assert "".join(event.text for event in valid if event.kind == "delta") == answer.text


def made(answer):
    """The outcomes of the calls that were made."""
    attempts = (answer.completion or answer.error).attempts
    return [attempt.outcome for attempt in attempts if attempt.outcome != "skipped"]


def made_on_new_connections(answer):
    """The same without a call whose connection was kept: what it comes to there is sent once more on a new one.

    Whether one was kept, from reading the list of models, hangs on how long the database took to begin a request.
    """
    outcomes = made(answer)
    return outcomes[1:] if outcomes[0] == "stale_connection" else outcomes


@scenario()
async def s01_a_429_with_retry_after_goes_on_at_once_and_is_held_for_that_time(world, mode):
    world.simulator.set_fault(*world.first, Fault("rate_limited", times=1, retry_after=2))
    answered_by(await world.ask(mode), SECOND)
    answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*world.first) == 1
    await world.wait(2.1)
    answered_by(await world.ask(mode), world.first)


@scenario()
async def s02_a_429_without_a_hint_is_not_called_within_its_hold_and_the_hold_grows(world, mode):
    world.simulator.set_fault(*SECOND, Fault("rate_limited", retry_after=None))
    cooldowns = []
    for number in range(1, 4):
        for _ in range(2):
            answered_by(await world.ask(mode, targets=[name_of(SECOND), name_of(world.first)]), world.first)
        assert world.calls_to(*SECOND) == number
        cooldown = world.router.failures()[0]
        cooldowns.append(round(cooldown.until - cooldown.since))
        world.clock.turn(cooldown.until - world.clock.time() + 0.01)
    assert cooldowns == [60, 120, 240]


@scenario()
async def s03_one_500_is_answered(world, mode):
    world.simulator.set_fault(*world.first, Fault("server_error", times=1, status=500))
    answered_by(await world.ask(mode), SECOND)
    assert len(world.seen) == 2


@scenario()
async def s03_one_500_of_the_only_target_is_tried_once_more(world, mode):
    world.simulator.set_fault(*world.first, Fault("server_error", times=1, status=500))
    answered_by(await world.ask(mode, targets=[name_of(world.first)]), world.first)
    assert world.calls_to(*world.first) == 2


@scenario()
async def s04_a_503_for_ever_is_answered_by_the_next_target(world, mode):
    world.simulator.set_fault(*world.first, DEAD)
    for _ in range(4):
        answered_by(await world.ask(mode), SECOND)
    assert world.calls_to(*world.first) <= 2, "in full times a hold may end between them"


@scenario()
async def s05_a_reset_before_any_byte_is_answered(world, mode):
    world.simulator.set_fault(*world.first, Fault("reset"))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made_on_new_connections(answer) == ["connection_lost", "succeeded"]


@scenario(timed=True)
async def s06_silence_is_given_up_at_the_first_token_limit_and_not_tried_twice(world, mode):
    world.simulator.set_fault(*world.first, Fault("silent", seconds=120))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["timed_out" if mode == "complete" else "no_first_token", "succeeded"]
    assert answer.seconds <= 12
    await world.given_up(0)


@scenario(timed=True)
async def s07_headers_alone_do_not_end_the_first_token_limit(world, mode):
    world.simulator.set_fault(*world.first, Fault("slow_start", seconds=20))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["timed_out" if mode == "complete" else "no_first_token", "succeeded"]
    assert answer.seconds <= 12
    assert "restart" not in answer.kinds, "nothing had been committed"


@scenario()
async def s08_a_stream_that_is_cut_starts_again_with_the_next_target(world, mode):
    world.simulator.set_fault(*world.first, Fault("cut"))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["cut", "succeeded"]
    assert answer.kinds.count("restart") == (mode == "stream")


@scenario(timed=True)
async def s09_a_stream_that_falls_silent_is_given_up_at_the_idle_limit(world, mode):
    world.simulator.set_fault(*world.first, Fault("stall", seconds=30))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["timed_out" if mode == "complete" else "stalled", "succeeded"]
    assert answer.kinds.count("restart") == (mode == "stream")
    await world.given_up(0)


@scenario()
async def s10_one_surplus_event_that_is_no_json_is_skipped(world, mode):
    plain = (await world.ask(mode, seed=7)).text
    world.simulator.set_fault(*world.first, Fault("bad_event"))
    answer = await world.ask(mode, seed=7)
    answered_by(answer, world.first)
    assert answer.text == plain
    assert "restart" not in answer.kinds


@scenario()
async def s10_an_event_that_is_no_json_and_then_no_finish_reason_is_a_cut(world, mode):
    await _torn(world, mode, "")


@scenario()
async def s10_the_end_of_a_stream_without_a_finish_reason_makes_no_answer_whole(world, mode):
    await _torn(world, mode, "data: [DONE]\n\n")


async def _torn(world, mode, done):
    piece = 'data: {"choices": [{"index": 0, "delta": {"content": "Half an"}, "finish_reason": null}]}\n\n'
    torn = piece + "data: {no\n\n" + done
    events = [{"status": 200, "headers": {"content-type": "text/event-stream"}}, {"bytes": torn}]
    body = [{"status": 200}, {"bytes": '{"choices": [{"index": 0, "message": {"content": "Half an'}, {"close": True}]
    world.simulator.set_fault(*world.first, Fault("script", steps=events if mode == "stream" else body))
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    assert made(answer) == ["cut", "succeeded"]


@scenario()
async def s11_an_answer_without_done_is_whole_within_half_a_second(world, mode):
    world.simulator.set_fault(*world.first, Fault("no_done", seconds=30))
    answer = await world.ask(mode)
    answered_by(answer, world.first)
    assert answer.completion.usage.completion_tokens > 0
    assert answer.seconds < 10, "thirty more would have passed"


@scenario()
async def s12_a_context_that_is_too_long_is_a_clean_error_that_names_the_limit(world, mode):
    world.simulator.set_fault(world.first[0], "*", Fault("context_length"))
    world.simulator.set_fault("openrouter", "*", Fault("context_length"))
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert answer.error.outcome == "context_length"
    assert "takes more than 1000000 tokens" in str(answer.error)
    targets = [(request.provider, request.model) for request in world.seen]
    assert len(set(targets)) == len(targets)


@scenario()
async def s12_a_context_that_is_too_long_goes_to_a_larger_one(world, mode):
    world.simulator.set_fault(world.first[0], "*", Fault("context_length"))
    answer = await world.ask(mode)
    assert answer.completion.provider == "openrouter"
    assert world.calls_to(world.first[0], "openai/gpt-oss-20b") == 0


@scenario()
async def s13_a_refusal_of_the_content_is_not_tried_elsewhere(world, mode):
    world.simulator.set_fault(*world.first, Fault("content_policy"))
    answer = await world.ask(mode)
    assert isinstance(answer.error, RequestRejected)
    assert "violates our content policy" in str(answer.error)
    assert len(world.seen) == 1
    assert world.router.failures() == []


@scenario()
async def s14_a_restart_sends_the_users_messages_and_no_prefill(world, mode):
    world.simulator.set_fault(*world.first, Fault("cut"))
    answered_by(await world.ask(mode), SECOND)
    assert [message["role"] for message in world.seen[-1].body["messages"]] == ["user"]


@scenario()
async def s15_a_dead_target_costs_few_calls_and_is_used_soon_after_it_recovers(world, mode):
    world.simulator.set_fault(*world.first, DEAD)
    for _ in range(15):
        answered_by(await world.ask(mode), SECOND)
        await world.next_beat(4.0)
    world.notes["calls to the dead target"] = world.calls_to(*world.first)
    assert world.calls_to(*world.first) <= 4
    world.simulator.clear_faults()
    recovered = world.clock.time()
    while (answer := await world.ask(mode)).completion.requested_model != world.first[1]:
        answered_by(answer, SECOND)
        assert world.clock.time() - recovered < 30
        await world.next_beat(4.0)
    world.notes["seconds until it was back"] = round(world.clock.time() - recovered, 1)
    assert world.clock.time() - recovered <= 30


@scenario()
async def s16_who_served_is_who_is_reported_and_logged(world, mode):
    world.simulator.set_fault(*world.first, DEAD)
    answer = await world.ask(mode)
    answered_by(answer, SECOND)
    completion = answer.completion
    row = world.rows("SELECT * FROM requests")[0]
    assert (row["provider"], row["model"]) == (completion.provider, completion.model)
    assert row["prompt_tokens"] == completion.usage.prompt_tokens > 0
    assert row["completion_tokens"] == completion.usage.completion_tokens > 0
    assert row["cost_usd"] == completion.cost_usd == 0.0
    assert row["status"] == "succeeded"
