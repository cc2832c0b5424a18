"""Who is asked next: two that call a request malformed, whom a wait is for, and what is said when nobody is left."""

import asyncio
import errno
import os

import httpx
import pytest

from router import AllTargetsFailed, Completion, RequestRejected, TaskConfig, TaskType
from router.request import make_call
from tests.virtual import START, Bench, answer, broken, healthy, refusal, run

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
CRITICAL = TaskConfig(type=TaskType.PROGRAM_GENERATION, critical_accuracy=True)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]
GROQ = ("groq:openai/gpt-oss-120b", "groq:openai/gpt-oss-20b", "groq:qwen/qwen3-32b")
OPENROUTER = ("openrouter:nvidia/nemotron-3-super-120b-a12b:free", "openrouter:openrouter/free")
BOTH = pytest.mark.parametrize("stream", [False, True])
BAD = refusal(400, "'messages.0.name' must match the pattern")
BAD_TOO = refusal(400, "name: invalid characters")
SICK = refusal(503, "overloaded")
LIMITED = refusal(429, headers={"retry-after": "3600"})


def ask(bench, config=CHAT, **options):
    return run(bench.ask(config, HELLO, **options))


# --- a malformed request ---------------------------------------------------------------------------------------------


@BOTH
def test_a_request_that_two_providers_call_malformed_costs_two_calls_and_both_reasons_are_said(stream):
    bench = Bench([BAD, BAD_TOO])
    error, _ = ask(bench, stream=stream)
    assert isinstance(error, RequestRejected)
    assert [target.partition(":")[0] for target in bench.called] == ["groq", "openrouter"]
    assert "Groq refused the request" in str(error)
    assert "must match the pattern" in str(error)
    assert "OpenRouter refused the request" in str(error)
    assert "invalid characters" in str(error)
    assert error.outcome == "bad_request"
    assert bench.memory.cooldowns() == []


def test_the_second_opinion_is_another_providers_although_the_first_has_the_next_model():
    bench = Bench([BAD, healthy])
    completion, _ = ask(bench, targets=[*GROQ[:2], OPENROUTER[0]])
    assert isinstance(completion, Completion)
    assert bench.called == [GROQ[0], OPENROUTER[0]]


def test_where_one_provider_is_all_there_is_two_of_its_models_are_enough():
    bench = Bench([BAD] * 5, names=("groq",))
    error, _ = ask(bench, targets=GROQ)
    assert isinstance(error, RequestRejected)
    assert bench.called == list(GROQ[:2])


def test_a_provider_that_is_down_is_no_second_opinion_and_the_first_ones_next_model_is():
    bench = Bench([BAD, SICK, BAD])
    error, _ = ask(bench, targets=[*GROQ[:2], OPENROUTER[0]])
    assert isinstance(error, RequestRejected)
    assert bench.called == [GROQ[0], OPENROUTER[0], GROQ[1]]


def test_one_refusal_of_the_form_is_not_believed_where_another_provider_answers():
    bench = Bench([BAD, healthy])
    completion, _ = ask(bench)
    assert isinstance(completion, Completion)
    assert len(bench.called) == 2


def test_a_pinned_target_that_calls_the_request_malformed_is_believed_for_want_of_others():
    bench = Bench([BAD])
    error, _ = ask(bench, targets=GROQ[:1])
    assert isinstance(error, RequestRejected)
    assert len(bench.called) == 1


# --- fallback off --------------------------------------------------------------------------------------------------


def test_without_fallback_one_call_is_made_and_no_more_although_there_is_time():
    bench = Bench([SICK])
    error, seconds = ask(bench, fallback=False, deadline=30.0)
    assert isinstance(error, AllTargetsFailed)
    assert len(bench.called) == 1
    assert seconds < 1.0


def test_without_fallback_a_cooldown_is_waited_for_and_then_one_call_is_made():
    bench = Bench([refusal(429, headers={"retry-after": "2"}), SICK, healthy])

    async def ask_twice():
        await bench.ask(CHAT, HELLO, targets=GROQ[:1], fallback=False)
        error, seconds = await bench.ask(CHAT, HELLO, targets=GROQ[:1], fallback=False, deadline=30.0)
        assert isinstance(error, AllTargetsFailed)
        assert len(bench.called) == 2
        assert 1.0 < seconds < 3.0

    run(ask_twice())


# --- critical accuracy ---------------------------------------------------------------------------------------------


def test_a_last_resort_is_never_a_tier_that_the_request_has_ruled_out():
    bench = Bench()
    bench.transport.decide = lambda target: SICK if target.startswith("openrouter") else healthy
    error, _ = ask(bench, config=CRITICAL, deadline=20.0)
    assert isinstance(error, AllTargetsFailed)
    assert {target.partition(":")[0] for target in bench.called} == {"openrouter"}


# --- what is said when nobody is left --------------------------------------------------------------------------------


def test_the_time_to_try_again_lies_ahead_however_long_the_request_has_waited():
    bench = Bench()
    bench.transport.decide = lambda target: SICK
    error, seconds = ask(bench, targets=[GROQ[0], OPENROUTER[0]], deadline=25.0)
    assert isinstance(error, AllTargetsFailed)
    assert seconds > 10.0
    assert START + seconds <= error.retry_at.timestamp() <= START + seconds + 20.0


def test_where_only_a_person_can_help_no_time_is_named():
    bench = Bench([refusal(401, "bad key")], names=("groq",))
    error, _ = ask(bench, targets=GROQ[:1])
    assert isinstance(error, AllTargetsFailed)
    assert error.retry_at is None


def test_the_soonest_of_several_ends_is_the_one_that_is_named():
    bench = Bench([refusal(429, headers={"retry-after": "900"}), refusal(429, headers={"retry-after": "300"})])
    error, seconds = ask(bench, targets=[GROQ[0], OPENROUTER[0]])
    assert error.retry_at.timestamp() == pytest.approx(START + seconds + 300.0, abs=2.0)


def test_what_came_out_the_same_in_several_rounds_is_said_once_with_their_number():
    bench = Bench()
    bench.transport.decide = lambda target: SICK
    error, _ = ask(bench, targets=[GROQ[0], OPENROUTER[0]], deadline=25.0)
    lines = str(error).splitlines()[1:]
    assert len(lines) == len(set(lines)) == 2
    assert all(" times)" in line for line in lines)


# --- own trouble -----------------------------------------------------------------------------------------------------


def of_this_machine(number):
    error = httpx.ConnectError("no connection")
    error.__cause__ = OSError(number, os.strerror(number))
    return broken(error)


@pytest.mark.parametrize("name", ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"])
def test_what_this_machine_lacks_cools_nobody_down_and_the_same_targets_are_tried_again(name):
    bench = Bench([of_this_machine(getattr(errno, name))] * 6)
    completion, seconds = ask(bench, targets=[GROQ[0], OPENROUTER[0]], deadline=30.0)
    assert isinstance(completion, Completion)
    assert bench.memory.cooldowns() == []
    assert {ending.came_to for ending in bench.endings[:-1]} == {"own_trouble"}
    assert {ending.outcome for ending in bench.endings[:-1]} == {"not_sent"}
    assert 0.2 < seconds < 10.0, "after a pause, and not in a tight loop"


def test_a_refused_connection_is_the_providers_trouble_as_before():
    bench = Bench([of_this_machine(errno.ECONNREFUSED)])
    completion, _ = ask(bench, targets=[GROQ[0], OPENROUTER[0]])
    assert completion.provider == "openrouter"
    assert [cooldown.outcome for cooldown in bench.memory.cooldowns()] == ["unreachable"]


# --- probes --------------------------------------------------------------------------------------------------------


def test_a_probe_is_given_back_by_a_request_that_is_stopped_before_it_is_sent():
    bench = Bench([SICK, healthy])

    async def stop_a_probe():
        await bench.ask(CHAT, HELLO, targets=GROQ[:1], deadline=0.4)
        await asyncio.sleep(6.0)  # the cooldown is over: whoever comes first probes
        probing = bench.engine.run(make_call(CHAT, HELLO, targets=GROQ[:1]), stream=True)
        assert (await anext(probing)).kind == "attempt_started"
        await probing.aclose()
        completion, _ = await bench.ask(CHAT, HELLO, targets=[GROQ[0], OPENROUTER[0]])
        assert completion.provider == "groq"

    run(stop_a_probe())


@BOTH
def test_a_callers_limit_that_thoughts_use_up_cools_down_no_model_for_others(stream):
    bench = Bench([answer("", finish="length"), healthy])
    pair = (GROQ[0], OPENROUTER[0])
    ask(bench, targets=pair, stream=stream, max_tokens=5)
    assert bench.called == list(pair)
    assert bench.memory.cooldowns() == []
