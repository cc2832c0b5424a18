"""What is asked: what contradicts itself is refused in words."""

import dataclasses

import pytest

from router import Purpose, TaskConfig, TaskType
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


def test_staged_purposes_are_no_work():
    assert set(WORK) == set(Purpose) - {Purpose.SPEED_RUN, Purpose.DEMONSTRATION, Purpose.EVALUATION, Purpose.TEST}
