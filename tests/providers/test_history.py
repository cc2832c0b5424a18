"""A conversation as each wire takes it: built anew from what the wire knows."""

import pytest

from router.providers.history import HistoryStyle, written_messages
from router.providers.kept_turns import KeptTurn
from router.request import make_call
from router.table.dialects import shipped_dialects
from router.types import Target, TaskConfig, TaskType

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
FIRST, SECOND = "a1B2c3D4e", "f5G6h7I8j"
DIALECTS = shipped_dialects()
EACH = pytest.mark.parametrize("dialect", DIALECTS)


def calls(*ids):
    return [{"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}} for id in ids]


def history(content=None, ids=(FIRST, SECOND)):
    results = [{"role": "tool", "tool_call_id": id, "content": f"of {id}"} for id in reversed(ids)]
    turn = {"role": "assistant", "content": content, "tool_calls": calls(*ids)}
    return make_call(CHAT, [{"role": "developer", "content": "Be brief."}, turn, *results]).messages


def written(dialect, messages, turn=None, **style):
    kept = {} if turn is None else {FIRST: turn}
    return written_messages(messages, HistoryStyle(DIALECTS[dialect], kept, **style))


@EACH
def test_calls_and_results_go_out_in_their_order_under_our_ids(dialect):
    system, assistant, *results = written(dialect, history())
    assert system == {"role": "system", "content": "Be brief."}
    assert assistant == {"role": "assistant", "content": None, "tool_calls": calls(FIRST, SECOND)}
    assert [result["tool_call_id"] for result in results] == [SECOND, FIRST]
    assert all(set(result) == {"role", "tool_call_id", "content"} for result in results)


@EACH
def test_words_beside_calls_stay(dialect):
    assert written(dialect, history("Let me see."))[1]["content"] == "Let me see."


@EACH
def test_one_at_a_time_each_call_has_a_turn_with_its_result_behind_it(dialect):
    _, first, of_first, second, of_second = written(dialect, history("Let me see."), one_at_a_time=True)
    assert (first["tool_calls"], second["tool_calls"]) == (calls(FIRST), calls(SECOND))
    assert (of_first["tool_call_id"], of_second["tool_call_id"]) == (FIRST, SECOND)
    assert (first["content"], second["content"]) == ("Let me see.", None)


@pytest.mark.parametrize(("dialect", "fields"), [
    ("groq", {"reasoning": "Hm."}),
    ("openrouter", {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}),
    ("openai", {}),
])  # fmt: skip
def test_a_models_reasoning_goes_back_in_the_field_that_its_wire_has(dialect, fields):
    details = [{"type": "reasoning.text", "text": "Hm."}]
    turn = KeptTurn(Target("x", "y"), "y", "Hm.", details, {FIRST: "call_1"})
    assistant = written(dialect, history(), turn)[1]
    assert {name: assistant[name] for name in assistant.keys() - {"role", "content", "tool_calls"}} == fields
    assert assistant["tool_calls"][0]["id"] == FIRST, "no detail points to a call"


def test_details_stay_with_the_first_turn_where_calls_are_parted():
    turn = KeptTurn(Target("x", "y"), "y", "", [{"type": "reasoning.encrypted", "data": "x"}])
    _, first, _, second, _ = written("openrouter", history(), turn, one_at_a_time=True)
    assert ["reasoning_details" in message for message in (first, second)] == [True, False]


def test_the_providers_own_ids_go_back_where_its_details_point_to_one_of_them():
    turn = KeptTurn(Target("x", "y"), "y", "", [{"data": "x", "id": "tool_1"}], {FIRST: "tool_0", SECOND: "tool_1"})
    _, assistant, *results = written("openrouter", history(), turn)
    assert [call["id"] for call in assistant["tool_calls"]] == ["tool_0", "tool_1"]
    assert [result["tool_call_id"] for result in results] == ["tool_1", "tool_0"]


def test_an_empty_list_of_details_goes_back_as_one():
    turn = KeptTurn(Target("x", "y"), "y", "", [])
    assert written("openrouter", history(), turn)[1]["reasoning_details"] == []
