"""A chat reply as a response object."""

import pytest

from router.gateway.responses.replies import response_object

CALL = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}


def reply_of(content="Hello.", finish_reason="stop", **message):
    return {
        "id": "chatcmpl-01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "created": 1_795_000_000,
        "model": "groq:openai/gpt-oss-120b",
        "choices": [{"message": {"content": content, **message}, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        "router": {"task": "real-time-chat"},
    }


def test_a_text_is_one_message_and_complete():
    response = response_object(reply_of(), {"model": "auto", "input": "hi"})
    assert response["id"] == "resp_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    assert (response["object"], response["status"], response["model"]) == (
        "response",
        "completed",
        "groq:openai/gpt-oss-120b",
    )
    (item,) = response["output"]
    assert (item["type"], item["role"], item["status"]) == ("message", "assistant", "completed")
    assert [(part["type"], part["text"]) for part in item["content"]] == [("output_text", "Hello.")]
    assert response["error"] is response["incomplete_details"] is None
    assert response["router"] == {"task": "real-time-chat"}


def test_tokens_are_counted_under_this_apis_names():
    usage = response_object(reply_of(), {})["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (3, 4, 7)


def test_calls_come_after_the_text_each_as_an_item():
    reply = reply_of("I look.", "tool_calls", tool_calls=[CALL, CALL | {"id": "f6g7h8i9j"}])
    message, *calls = response_object(reply, {})["output"]
    assert message["content"][0]["text"] == "I look."
    assert [call["call_id"] for call in calls] == ["a1b2c3d4e", "f6g7h8i9j"]
    assert {(call["type"], call["name"], call["arguments"], call["status"]) for call in calls} == {
        ("function_call", "get_weather", '{"city":"Paris"}', "completed")
    }
    assert len({item["id"] for item in (message, *calls)}) == 3


def test_calls_without_a_text_are_all_there_is():
    response = response_object(reply_of(None, "tool_calls", tool_calls=[CALL]), {})
    assert [item["type"] for item in response["output"]] == ["function_call"]
    assert response["status"] == "completed"


@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_an_answer_that_is_not_whole_is_incomplete_and_so_is_its_message(finish_reason, reason):
    response = response_object(reply_of("Hel", finish_reason), {})
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": reason}
    assert response["output"][0]["status"] == "incomplete"
    assert response["output"][0]["content"][0]["text"] == "Hel"


def test_an_empty_answer_is_an_empty_message():
    (item,) = response_object(reply_of(""), {})["output"]
    assert item["content"][0]["text"] == ""


def test_a_response_repeats_what_was_asked_and_says_that_nothing_is_stored():
    response = response_object(reply_of(), {"temperature": 0.5, "instructions": "Be brief.", "store": True})
    assert (response["temperature"], response["instructions"]) == (0.5, "Be brief.")
    assert (response["tools"], response["tool_choice"], response["parallel_tool_calls"]) == ([], "auto", True)
    assert response["store"] is False
