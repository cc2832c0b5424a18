"""The router's vocabulary: what contradicts itself is refused in words, and what is written as text is read back."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Attempt, AttemptOutcome, Completion, Purpose, Target, TaskConfig, TaskType, ToolCall
from router.types import WORK

FLAGS = ("requires_vision", "requires_json", "prioritize_speed", "prioritize_accuracy", "critical_accuracy")


@pytest.mark.parametrize("task", list(TaskType))
def test_a_task_is_its_text(task):
    assert TaskConfig(task.value) == TaskConfig(type=task)
    assert task == task.value == TaskConfig(task).type


@pytest.mark.parametrize("wrong", ["", "chat", "VISION", "real-time-chat ", None, 3])
def test_an_unknown_task_is_named_with_those_that_there_are(wrong):
    with pytest.raises(ValueError, match="real-time-chat, quick-categorization") as caught:
        TaskConfig(wrong)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("flag", ["prioritize_accuracy", "critical_accuracy"])
def test_speed_and_accuracy_contradict_each_other(flag):
    with pytest.raises(ValueError, match="cannot be combined"):
        TaskConfig(TaskType.VISION, prioritize_speed=True, **{flag: True})


def test_flags_are_off_and_critical_accuracy_implies_accuracy():
    plain = TaskConfig(TaskType.VISION)
    assert not any(getattr(plain, flag) for flag in FLAGS)
    assert TaskConfig(TaskType.VISION, critical_accuracy=True).prioritize_accuracy
    with pytest.raises(dataclasses.FrozenInstanceError):
        plain.requires_json = True


@given(st.from_regex(r"[^:]+", fullmatch=True), st.text(min_size=1))
def test_a_target_is_read_as_it_is_written(provider, model):
    target = Target(provider, model)
    assert Target.parse(str(target)) == target
    assert Target.parse(target) is target


@pytest.mark.parametrize("wrong", ["", "groq", "groq:", ":m", ":"])
def test_a_target_without_a_provider_or_a_model_is_refused(wrong):
    with pytest.raises(ValueError, match="is written provider:model"):
        Target.parse(wrong)


def test_a_completion_is_read_in_the_openai_shape_too():
    completion = Completion("Oats.", "groq", "m", "m", "id", finish_reason="stop")
    assert completion.choices[0].message.content == "Oats."
    assert completion.choices[0].finish_reason == "stop"


def test_staged_purposes_are_no_work():
    assert set(WORK) == set(Purpose) - {Purpose.SPEED_RUN, Purpose.DEMONSTRATION, Purpose.EVALUATION}


def test_an_attempt_that_never_left_failed_by_what_it_came_to():
    stopped = Attempt("groq", "m", AttemptOutcome.NOT_SENT, came_to=AttemptOutcome.CANCELLED)
    assert not stopped.failed
    assert dataclasses.replace(stopped, came_to=AttemptOutcome.UNREACHABLE).failed


def test_calls_of_tools_are_read_in_the_openai_shape_too():
    call = ToolCall("a1B2c3D4e", "weather", {"city": "Tromsø"})
    completion = Completion("", "groq", "m", "m", "id", finish_reason="tool_calls", tool_calls=(call,))
    message = completion.choices[0].message
    assert message.content is None
    assert message.tool_calls[0].function.name == "weather"
    assert message.tool_calls[0].function.arguments == call.arguments_json == '{"city":"Tromsø"}'
    assert Completion("Oats.", "groq", "m", "m", "id").choices[0].message.tool_calls is None
