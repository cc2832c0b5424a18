"""The speed table's prompts: the same in every run, for every task."""

from router.comparison.speed_prompts import load_prompts
from router.request import make_call
from router.types import TaskType


def test_every_task_has_prompts_and_those_of_2025_have_their_figures():
    prompts = load_prompts()
    assert set(prompts.tasks) == set(TaskType)
    told = {str(task) for task, entry in prompts.tasks.items() if entry.then}
    assert told == {"real-time-chat", "quick-categorization", "streaming-feedback", "complex-reasoning", "vision"}
    assert prompts.tasks[TaskType.STREAMING_FEEDBACK].measure == "first token"


def test_prompts_take_turns_and_are_the_same_for_everybody():
    entry = load_prompts().tasks[TaskType.REAL_TIME_CHAT]
    texts = [entry.messages(number)[0]["content"] for number in range(2 * len(entry.prompts))]
    assert texts == [*entry.prompts, *entry.prompts]


def test_every_prompt_is_a_request_that_the_router_takes():
    for entry in load_prompts().tasks.values():
        for number in range(len(entry.prompts)):
            call = make_call(messages=entry.messages(number), **entry.options())
            assert (call.config.requires_vision, call.config.requires_json) == (entry.picture, entry.json)


def test_a_picture_is_drawn_the_same_each_time():
    entry = load_prompts().tasks[TaskType.VISION]
    assert entry.messages(0) == entry.messages(len(entry.prompts))
    assert entry.messages(0)[0]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
