"""A response's events: in the order that clients attach them by, numbered, and with an end that nobody overlooks."""

import orjson
import pytest

from router.gateway.bodies import OnRestart
from router.gateway.errors import GatewayError
from router.gateway.responses.events import ResponseEvents
from router.gateway.responses.requests import ResponsesCall
from router.types import Completion, TaskConfig, TaskType, ToolCall

CALL = ResponsesCall(config=TaskConfig(type=TaskType.REAL_TIME_CHAT), messages=[], options={}, body={"input": "hi"})
TOOL_CALL = ToolCall("a1b2c3d4e", "get_weather", {"city": "Paris"})


def writer():
    return ResponseEvents(CALL, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "groq:m")


def completion_of(text="Hello.", finish_reason="stop"):
    return Completion(text, "groq", "m", "m", "01ARZ3NDEKTSV4RRFFQ69G5FAV", finish_reason)


def read_events(*pieces):
    """The events in what was written; each one's line says its type too."""
    blocks = b"".join(pieces).decode().split("\n\n")
    assert blocks.pop() == ""
    events = []
    for block in blocks:
        name, data = block.split("\n")
        events.append(orjson.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def types_of(events):
    return [event["type"].removeprefix("response.") for event in events]


def test_a_text_is_announced_filled_and_closed_before_the_response_is_complete():
    stream = writer()
    events = read_events(stream.opening(), stream.text("Hel"), stream.text("lo."), stream.closing(completion_of()))
    assert types_of(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert events[6]["text"] == "Hello."
    assert events[8]["item"] == events[-1]["response"]["output"][0]
    assert {event["item_id"] for event in events if "item_id" in event} == {events[2]["item"]["id"]}


def test_a_response_keeps_its_id_from_its_first_event_to_its_last():
    stream = writer()
    events = read_events(stream.opening(), stream.text("Hello."), stream.closing(completion_of()))
    responses = [event["response"] for event in events if "response" in event]
    assert {(response["id"], response["created_at"]) for response in responses} == {
        ("resp_01ARZ3NDEKTSV4RRFFQ69G5FAV", responses[0]["created_at"])
    }
    assert [response["status"] for response in responses] == ["in_progress", "in_progress", "completed"]


def test_a_call_closes_the_text_and_is_given_whole_in_one_piece():
    stream = writer()
    events = read_events(stream.opening(), stream.text("I look."), stream.tool_calls([TOOL_CALL], 0))
    assert types_of(events)[5:] == [
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert events[8]["item"]["arguments"] == ""
    assert events[9]["delta"] == events[10]["arguments"] == events[11]["item"]["arguments"] == '{"city":"Paris"}'
    assert [event["output_index"] for event in events[2:]] == [0] * 6 + [1] * 4


def test_calls_side_by_side_have_places_and_ids_of_their_own():
    stream = writer()
    events = read_events(stream.opening(), stream.tool_calls([TOOL_CALL, TOOL_CALL], 0))
    done = [event for event in events if event["type"] == "response.output_item.done"]
    assert [event["output_index"] for event in done] == [0, 1]
    assert len({event["item"]["id"] for event in done}) == 2


def test_an_empty_answer_is_an_empty_message():
    stream = writer()
    events = read_events(stream.opening(), stream.closing(completion_of("")))
    assert "output_text.done" in types_of(events)
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == ""


def test_an_answer_that_met_its_limit_ends_as_incomplete():
    stream = writer()
    events = read_events(stream.opening(), stream.text("Hel"), stream.closing(completion_of("Hel", "length")))
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


@pytest.mark.parametrize("begun", [True, False])
def test_a_failure_ends_the_response_as_failed_and_is_an_error_event_as_well(begun):
    stream = writer()
    pieces = [stream.opening(), stream.text("Hel")] if begun else []
    error = GatewayError(503, "It broke off.", code="stream_interrupted", kind="server_error")
    events = read_events(*pieces, stream.failure(error))
    assert events[0]["type"] == "response.created"
    assert types_of(events)[-2:] == ["failed", "error"]
    assert events[-2]["response"]["status"] == "failed"
    assert events[-2]["response"]["error"] == {"code": "stream_interrupted", "message": "It broke off."}
    assert (events[-1]["code"], events[-1]["message"]) == ("stream_interrupted", "It broke off.")
    assert events[-1]["error"]["type"] == "server_error"


def test_reasoning_is_left_out():
    stream = writer()
    events = read_events(
        stream.opening(), stream.reasoning("Hm."), stream.text("Hello."), stream.closing(completion_of())
    )
    assert "Hm." not in str(events)


def test_no_text_is_taken_back():
    assert CALL.on_restart is OnRestart.ERROR
    assert writer().restart("groq:n") == b""
