"""A batch with an `expected` column counts who was right."""

from router.comparison.prompt_list import read_expected, read_prompts
from router.comparison.trials import Trial
from router.evaluation.results.batch_verdict import judge_batch
from router.types import Target

LIST = b"prompt;expected\nHow many grams are 2 kg?;2000\n;7\nIs it a meal?;meal\nAnything?;\n"


def trial(row, lane, text, **more):
    return Trial(row, lane, "?", Target("groq", "m"), text=text, **more)


def test_what_is_expected_stands_by_the_prompts_place():
    assert read_prompts(LIST) == ["How many grams are 2 kg?", "Is it a meal?", "Anything?"]
    assert read_expected(LIST) == {1: "2000", 2: "meal"}
    assert read_expected(b"prompt\nWhy?\n") == read_expected(b"Why, and what is expected?\n") == {}


def test_each_side_is_counted_on_the_rows_that_expect_something():
    trials = [
        trial(1, 0, "2000 g"), trial(1, 1, "200 g"),
        trial(2, 0, "A meal."), trial(2, 1, "meal", error="HTTP 500"),
        trial(3, 0, "?"), trial(3, 1, "?"),
    ]  # fmt: skip
    verdict = judge_batch(trials, read_expected(LIST))
    assert (verdict.right, verdict.answered) == ((2, 0), (2, 2))
    assert verdict.chance == 0.5
    assert verdict.intervals[0].share == 1.0


def test_a_batch_that_expects_nothing_has_no_verdict():
    assert judge_batch([trial(1, 0, "x")], {}).intervals == (None,)
