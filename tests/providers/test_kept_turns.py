"""What a model thought before its calls: kept by the call's id, for that model, for a while, up to a size."""

import pytest

from router.providers import kept_turns
from router.providers.kept_turns import KeptTurn, KeptTurns
from router.types import Target

TARGET = Target("openrouter", "maker/model:free")


class Clock:
    now = 1_000.0

    def time(self):
        return self.now


def called(id):
    return {"role": "assistant", "content": "", "tool_calls": [{"id": id}]}


def turn(reasoning="hm", target=TARGET, model="maker/model", **more):
    return KeptTurn(target, model, reasoning, **more)


def test_a_turn_is_found_by_the_id_of_its_first_call():
    turns = KeptTurns(Clock())
    turns.keep("a", turn())
    messages = [{"role": "user", "content": "x"}, called("a"), called("b")]
    assert turns.find(messages, TARGET) == {"a": turn()}
    assert turns.find(messages[:1], TARGET) == {}


@pytest.mark.parametrize(
    ("target", "model", "belongs"),
    [
        (TARGET, "maker/model", True),
        (TARGET, "maker/model-20260901", True),
        (TARGET, "other/model", False),
        (Target("openrouter", "maker/other:free"), "maker/model", False),
        (Target("groq", TARGET.model), "maker/model", False),
    ],
)
def test_it_is_for_the_model_that_wrote_it_alone(target, model, belongs):
    turns = KeptTurns(Clock())
    turns.keep("a", turn(model=model))
    assert bool(turns.find([called("a")], target)) is belongs


def test_what_a_meta_model_picked_is_sent_to_nobody():
    meta = Target("openrouter", "openrouter/free")
    turns = KeptTurns(Clock())
    turns.keep("a", turn(target=meta, model="maker/model"))
    assert turns.find([called("a")], meta) == {}


def test_it_is_forgotten_after_an_hour_and_where_the_clock_was_set_back():
    for passed, is_kept in ((kept_turns.KEPT_SECONDS - 1, True), (kept_turns.KEPT_SECONDS, False), (-1, False)):
        clock = Clock()
        turns = KeptTurns(clock)
        turns.keep("a", turn())
        clock.now += passed
        assert bool(turns.find([called("a")], TARGET)) is is_kept


def test_the_oldest_are_forgotten_where_there_are_too_many():
    turns = KeptTurns(Clock())
    size = 100_000
    count = kept_turns.MOST_BYTES // size + 10
    for number in range(count):
        turns.keep(f"id{number}", turn("x" * size))
    assert turns.find([called("id0")], TARGET) == {}
    assert turns.find([called(f"id{count - 1}")], TARGET)
    kept = sum(bool(turns.find([called(f"id{number}")], TARGET)) for number in range(count))
    assert kept * size <= kept_turns.MOST_BYTES


def test_one_that_is_too_long_or_holds_nothing_is_not_kept_and_an_empty_list_of_details_is_something():
    turns = KeptTurns(Clock())
    turns.keep("a", turn("x" * 3_000_000))
    turns.keep("b", turn(""))
    turns.keep("c", turn("", details=[]))
    assert [bool(turns.find([called(id)], TARGET)) for id in "abc"] == [False, False, True]
