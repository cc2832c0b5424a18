"""Turns in which tools are called: in order, each call answered, under ids that fit everywhere."""

import json
import re
import time

import pytest

from router.request import make_call
from router.request.tool_turns import checked_calls
from router.types import ChoiceMessage, TaskConfig, TaskType, ToolCall

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = {"role": "user", "content": "Is it cold in Oslo?"}


def called(*ids, content=None, arguments='{"city": "Oslo"}'):
    calls = [{"id": id, "type": "function", "function": {"name": "weather", "arguments": arguments}} for id in ids]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def answered(id, content="-3 °C"):
    return {"role": "tool", "tool_call_id": id, "content": content}


def checked(*messages):
    return make_call(CHAT, [HELLO, *messages]).messages[1:]


def call_ids(message):
    return [call["id"] for call in message["tool_calls"]]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([answered("a")], r"messages\[1\].tool_call_id is 'a', which answers no call"),
        ([called("a")], r"messages\[1\].tool_calls are not all answered.*'a'"),
        ([called("a", "b"), answered("b")], r"messages\[1\].*missing for 'a'"),
        ([called("a"), HELLO, answered("a")], r"messages\[1\].tool_calls are not all answered"),
        ([called("a"), answered("a"), answered("a")], r"messages\[3\].tool_call_id is 'a'"),
        ([called("a", "a"), answered("a")], r"messages\[1\].tool_calls\[1\].id is 'a', as that of another"),
        ([called("")], r'tool_calls\[0\].id is ""'),
        ([called(None)], r"tool_calls\[0\].id is missing"),
        ([{"role": "tool", "content": "x"}], r"messages\[1\].tool_call_id is missing"),
        ([called("a"), answered("a", None)], r"messages\[2\].content is missing"),
        ([{"role": "user", "content": "x", "tool_call_id": "a"}], r"messages\[1\] has role user, and only"),
        ([{**called("a"), "tool_calls": "a"}], r'messages\[1\].tool_calls is "a"'),
        ([{**called("a"), "tool_calls": [{"id": "a"}]}], r"tool_calls\[0\] is"),
        ([{**called("a"), "tool_calls": [{"id": "a", "function": {"name": "?"}}]}], r"tool_calls\[0\].function.name"),
    ],
)
def test_a_turn_out_of_order_is_named_with_its_place(messages, words):
    with pytest.raises(ValueError, match=words):
        checked(*messages)


@pytest.mark.parametrize("id", ["call_abc123", "toolu_01A09q90qw90lq917835lq9", "fc_" + "0" * 60, "ä", "12345678"])
def test_a_foreign_id_becomes_nine_letters_and_digits_and_always_the_same(id):
    first, second = checked(called(id), answered(id))
    assert re.fullmatch("[A-Za-z0-9]{9}", call_ids(first)[0])
    assert second["tool_call_id"] == call_ids(first)[0]
    assert call_ids(checked(called(id), answered(id))[0]) == call_ids(first)


def test_an_id_of_our_own_stays():
    assert call_ids(checked(called("a1B2c3D4e"), answered("a1B2c3D4e"))[0]) == ["a1B2c3D4e"]


def test_ids_that_a_client_uses_in_every_turn_anew_are_told_apart():
    turns = checked(called("call_0"), answered("call_0"), called("call_0"), answered("call_0"))
    assert turns[0]["tool_calls"][0]["id"] != turns[2]["tool_calls"][0]["id"]
    assert turns[3]["tool_call_id"] == turns[2]["tool_calls"][0]["id"]


def test_results_may_come_in_any_order():
    turns = checked(called("a", "b"), answered("b"), answered("a"))
    assert [turn["tool_call_id"] for turn in turns[1:]] == call_ids(turns[0])[::-1]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"city": "Oslo"}', '{"city":"Oslo"}'),
        ({"city": "Oslo"}, '{"city":"Oslo"}'),
        ('{"city": "Os', "{}"),
        ("", "{}"),
        (None, "{}"),
        ("[1]", "{}"),
        ('"text"', "{}"),
        ("\ud83d", "{}"),
        ({"x": object()}, "{}"),
    ],
)
def test_arguments_in_history_are_always_a_json_object(arguments, text):
    turn = checked(called("a", arguments=arguments), answered("a"))[0]
    assert turn["tool_calls"][0]["function"]["arguments"] == text


@pytest.mark.parametrize("content", [None, "", []])
def test_a_turn_that_only_calls_has_no_text(content):
    assert checked(called("a", content=content), answered("a"))[0]["content"] == ""


def test_a_completions_own_message_may_stand_in_the_next_request():
    call = ToolCall("a1B2c3D4e", "weather", {"city": "Tromsø"})
    turn = checked(ChoiceMessage(None, (call,)), answered(call.id))[0]
    assert json.loads(turn["tool_calls"][0]["function"]["arguments"]) == {"city": "Tromsø"}
    by_hand = {"role": "assistant", "content": None, "tool_calls": [call]}
    assert (
        checked(by_hand, answered(call.id))[0]
        == turn
        == checked({**by_hand, "tool_calls": [call.as_message()]}, answered(call.id))[0]
    )


def test_what_no_provider_takes_in_a_message_is_left_out():
    given = {**called("a"), "reasoning_content": "hm", "timestamp": 1, "function_call": None}
    turns = checked(given, {**answered("a"), "name": "weather", "is_error": False})
    assert [set(turn) for turn in turns] == [{"role", "content", "tool_calls"}, {"role", "content", "tool_call_id"}]


def test_a_turn_of_very_many_calls_does_not_hold_up_everybody_else():
    calls = [{"id": f"c{index}", "type": "function", "function": {"name": "f"}} for index in range(15_000)]
    start = time.process_time()
    assert len(checked_calls("messages[0].tool_calls", calls)) == len(calls)
    assert time.process_time() - start < 2.0
