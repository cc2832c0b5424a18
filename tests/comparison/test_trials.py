"""Comparisons without a page: prompts through two lanes, lists, and how far answers agree."""

import pytest

from router.background.jobs import Job
from router.comparison.trials import MOST_PROMPTS, Lane, Trial, agreement, read_prompts, run_pairs
from router.simulator import Fault
from router.types import Target
from tests.world import CHAT, FIRST, HELLO, SECOND

pytestmark = pytest.mark.anyio
LEFT, RIGHT = Target(*FIRST), Target(*SECOND)
REQUEST = {"config": CHAT, "messages": HELLO, "purpose": "compare"}


async def test_every_prompt_goes_through_both_lanes_with_figures_from_the_router(world):
    job = Job("Two prompts")
    trials = await run_pairs(world.router, [Lane(LEFT), Lane(RIGHT)], [("a", REQUEST), ("b", REQUEST)], job)
    assert [(trial.row, trial.lane, trial.target) for trial in trials] == [
        (1, 0, LEFT), (1, 1, RIGHT), (2, 0, LEFT), (2, 1, RIGHT),
    ]  # fmt: skip
    assert all(trial.total_ms and trial.ttft_ms and trial.tokens and trial.simulated for trial in trials)
    assert (job.view().done, job.view().total) == (4, 4)


async def test_a_lane_that_fails_says_why_and_does_not_fall_back_unless_told_to(world):
    world.simulator.set_fault(*FIRST, Fault("server_error"))
    failed, answered = await run_pairs(world.router, [Lane(LEFT), Lane(RIGHT)], [("a", REQUEST)], Job(""))
    assert failed.error
    assert answered.text
    (fallen,) = await run_pairs(world.router, [Lane(LEFT, (RIGHT,))], [("a", REQUEST)], Job(""))
    assert fallen.served.startswith("openrouter:")


def test_json_answers_agree_whatever_the_order_of_their_fields():
    def trial(lane, parsed):
        return Trial(1, lane, "", LEFT, parsed=parsed)

    trials = [trial(0, {"a": 1, "b": 2}), trial(0, {"b": 2, "a": 1}), trial(1, {"a": 2}), trial(1, None)]
    assert (agreement(trials).answers, agreement(trials).agree, agreement(trials).variants) == (3, 2, 2)
    assert agreement(trials, lane=1).agree == 1
    assert agreement([]).agree == 0


@pytest.mark.parametrize(
    ("data", "prompts"),
    [
        ("prompt\none\ntwo\n", ["one", "two"]),
        ("\ufeffid;Prompt\n1;one, two\n2;\n", ["one, two"]),
        ("one\r\n\r\ntwo", ["one", "two"]),
        ('prompt\n"two\nlines"\n', ["two\nlines"]),
    ],
)
def test_a_list_of_prompts_is_read_as_people_write_it(data, prompts):
    assert read_prompts(data.encode()) == prompts


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no prompt"),
        (b"prompt\n", "holds no prompt"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"a\0b", "no text"),
        (b"x\n" * (MOST_PROMPTS + 1), "are the most"),
        (b"ok\n" + b"x" * 20_001, "prompt 2 has more than"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_words(data, words):
    with pytest.raises(ValueError, match=words):
        read_prompts(data)


def test_without_a_column_named_prompt_every_line_is_a_prompt_whole():
    data = b'Hello, how are you today?\rList; of; things\r\nHe said "no", and left\n'
    assert read_prompts(data) == ["Hello, how are you today?", "List; of; things", 'He said "no", and left']


def test_a_table_that_the_reader_refuses_is_refused_in_words():
    with pytest.raises(ValueError, match="cannot be read as a table"):
        read_prompts(b"prompt,who\n" + b"x" * 200_000 + b",me\n")
