"""What a Responses request asks, as a chat request, and what of it is refused by name."""

import pytest

from router.gateway.errors import GatewayError
from router.gateway.responses.requests import chat_request

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}
NESTED = {"type": "function", "function": {name: value for name, value in WEATHER.items() if name != "type"}}
CALL = {"type": "function_call", "call_id": "a1b2c3d4e", "name": "get_weather", "arguments": '{"city":"Paris"}'}
RESULT = {"type": "function_call_output", "call_id": "a1b2c3d4e", "output": "18 degrees"}
PICTURE = "data:image/png;base64,AAAA"


def messages_of(*items, **fields):
    return chat_request({"model": "auto", "input": list(items), **fields}).body["messages"]


def refusal_of(**fields):
    """The error of a body that is refused."""
    with pytest.raises(GatewayError) as caught:
        chat_request({"model": "auto", "input": "hi", **fields})
    assert caught.value.status == 400
    return caught.value


def called(call=CALL):
    """A call, as chat has it."""
    return {
        "id": call["call_id"],
        "type": "function",
        "function": {"name": call["name"], "arguments": call["arguments"]},
    }


def test_a_text_is_what_the_user_says():
    assert chat_request({"model": "auto", "input": "hi"}).body == {
        "model": "auto",
        "messages": [{"role": "user", "content": "hi"}],
    }


@pytest.mark.parametrize("content", ["hi", [{"type": "input_text", "text": "hi"}], [{"type": "text", "text": "hi"}]])
@pytest.mark.parametrize("kind", [{}, {"type": "message"}])
def test_a_message_of_one_text_is_a_text(content, kind):
    assert messages_of({"role": "user", "content": content, **kind}) == [{"role": "user", "content": "hi"}]


def test_instructions_and_system_texts_go_to_the_start_in_their_order():
    items = [
        {"role": "user", "content": "hi"},
        {"role": "developer", "content": [{"type": "input_text", "text": "second"}]},
        {"role": "system", "content": "third"},
    ]
    assert [(message["role"], message["content"]) for message in messages_of(*items, instructions="first")] == [
        ("system", "first"),
        ("system", "second"),
        ("system", "third"),
        ("user", "hi"),
    ]


def test_a_picture_is_an_image_part_with_its_detail():
    part = {"type": "input_image", "image_url": PICTURE, "detail": "low"}
    content = [{"type": "input_text", "text": "what?"}, part]
    assert messages_of({"role": "user", "content": content}) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what?"},
                {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
            ],
        }
    ]


def test_calls_one_after_the_other_are_one_turn_of_the_assistant_with_the_text_before_them():
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]}
    second = CALL | {"call_id": "f6g7h8i9j"}
    results = (RESULT, RESULT | {"call_id": "f6g7h8i9j"})
    assert messages_of({"role": "user", "content": "hi"}, said, CALL, second, *results)[1:] == [
        {"role": "assistant", "content": "I look.", "tool_calls": [called(), called(second)]},
        {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": "18 degrees"},
        {"role": "tool", "tool_call_id": "f6g7h8i9j", "content": "18 degrees"},
    ]


def test_a_call_after_a_result_is_another_turn():
    second = CALL | {"call_id": "f6g7h8i9j"}
    roles = [message["role"] for message in messages_of(CALL, RESULT, second, RESULT | {"call_id": "f6g7h8i9j"})]
    assert roles == ["assistant", "tool", "assistant", "tool"]
    assert messages_of(CALL, RESULT)[0]["content"] is None


def test_a_picture_in_a_result_is_shown_after_all_results():
    second = CALL | {"call_id": "f6g7h8i9j"}
    seen = RESULT | {"output": [{"type": "input_text", "text": "here"}, {"type": "input_image", "image_url": PICTURE}]}
    messages = messages_of(CALL, second, seen, RESULT | {"call_id": "f6g7h8i9j"}, {"role": "user", "content": "and?"})
    assert [message["role"] for message in messages] == ["assistant", "tool", "tool", "user", "user"]
    assert messages[1]["content"] == "here"
    assert messages[3]["content"] == [{"type": "image_url", "image_url": {"url": PICTURE}}]


def test_what_another_model_thought_is_left_out():
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    assert messages_of({"role": "user", "content": "hi"}, thought) == [{"role": "user", "content": "hi"}]


def test_an_earlier_refusal_is_text():
    part = {"type": "refusal", "refusal": "No."}
    assert messages_of({"role": "assistant", "content": [part]})[0]["content"] == "No."


@pytest.mark.parametrize(
    ("text", "response_format"),
    [
        ({"format": {"type": "json_object"}}, {"type": "json_object"}),
        (
            {"format": {"type": "json_schema", "name": "meal", "schema": {"type": "object"}, "strict": True}},
            {"type": "json_schema", "json_schema": {"name": "meal", "schema": {"type": "object"}, "strict": True}},
        ),
        ({"format": {"type": "text"}}, None),
        ({"verbosity": "low"}, None),
    ],
)
def test_the_form_of_the_text_is_the_response_format(text, response_format):
    assert chat_request({"input": "hi", "text": text}).body.get("response_format") == response_format


def test_what_means_the_same_is_handed_on_and_what_needs_a_store_or_a_hosted_model_is_ignored():
    same = {"temperature": 0.5, "top_p": 0.9, "stream": True, "router": {"deadline": 5}, "parallel_tool_calls": False}
    ignored = {
        "store": True,
        "include": ["reasoning.encrypted_content"],
        "metadata": {"a": "b"},
        "truncation": "auto",
        "prompt_cache_key": "x",
        "client_metadata": {},
        "service_tier": "auto",
        "previous_response_id": None,
        "background": False,
    }
    more = {"max_output_tokens": 10, "reasoning": {"effort": "low", "summary": "auto"}}
    request = chat_request({"input": "hi", **same, **ignored, **more}).body
    del request["messages"]
    assert request == {**same, "max_tokens": 10, "reasoning_effort": "low"}


# --- tools -----------------------------------------------------------------------------------------------------------


def test_functions_are_nested_and_tools_that_somebody_else_would_run_are_left_out():
    hosted = [{"type": "web_search"}, {"type": "namespace", "name": "mcp", "tools": [WEATHER]}]
    request = chat_request({"input": "hi", "tools": [WEATHER, *hosted], "tool_choice": "auto"}).body
    assert request["tools"] == [NESTED]
    assert request["tool_choice"] == "auto"


def test_with_hosted_tools_alone_there_are_none():
    request = chat_request({"input": "hi", "tools": [{"type": "web_search"}], "tool_choice": "auto"}).body
    assert "tools" not in request
    assert "tool_choice" not in request


def test_a_named_function_is_chosen_by_its_name():
    request = chat_request(
        {"input": "hi", "tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}}
    ).body
    assert request["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}


def test_allowed_tools_are_written_as_chat_has_them():
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]}
    other = WEATHER | {"name": "get_time"}
    request = chat_request({"input": "hi", "tools": [other, WEATHER], "tool_choice": allowed}).body
    assert [tool["function"]["name"] for tool in request["tools"]] == ["get_time", "get_weather"]
    assert request["tool_choice"] == {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "get_weather"}}]},
    }


@pytest.mark.parametrize("choice", ["required", {"type": "web_search"}, {"type": "function", "name": "x"}])
def test_a_choice_that_no_function_can_meet_is_refused(choice):
    assert refusal_of(tools=[{"type": "web_search"}], tool_choice=choice).param == "tool_choice"


def test_a_function_as_chat_writes_it_is_told_where_its_fields_stand():
    error = refusal_of(tools=[{"type": "function", "function": {"name": "get_weather"}}])
    assert error.param == "tools[0].function"
    assert "stands beside the type" in str(error)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"conversation": {"id": "conv_1"}},
        {"prompt": {"id": "pmpt_1"}},
        {"background": True},
    ],
)
def test_what_would_need_a_store_is_refused_with_what_to_do_instead(field):
    error = refusal_of(**field)
    assert error.param == next(iter(field))
    assert "input" in str(error) or "stream" in str(error)


@pytest.mark.parametrize(
    ("items", "param"),
    [
        (None, "input"),
        ([], "input"),
        (7, "input"),
        (["hi"], "input[0]"),
        ([{"role": "user", "content": "hi"}, {"type": "item_reference", "id": "msg_1"}], "input[1]"),
        ([{"type": "web_search_call", "id": "ws_1"}], "input[0]"),
        ([{"type": ["message"]}], "input[0].type"),
        ([{"role": "robot", "content": "hi"}], "input[0].role"),
        ([{"role": ["user"], "content": "hi"}], "input[0].role"),
        ([{"role": "user", "content": 7}], "input[0].content"),
        ([{"role": "user"}], "input[0].content"),
        ([{"role": "user", "content": ["hi"]}], "input[0].content[0]"),
        ([{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}], "input[0].content[0]"),
        ([{"role": "user", "content": [{"type": {}, "text": "hi"}]}], "input[0].content[0].type"),
        ([{"role": "user", "content": [{"type": "input_text", "text": 1}]}], "input[0].content[0].text"),
        ([{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}], "input[0].content[0].image_url"),
        ([{**CALL, "call_id": None}], "input[0].call_id"),
        ([{**CALL, "arguments": {"city": "Paris"}}], "input[0].arguments"),
        ([CALL, {**RESULT, "output": None}], "input[1].output"),
        ([CALL], "input[0]"),
        ([CALL, {"role": "user", "content": "and?"}, RESULT], "input[0]"),
        ([CALL, CALL, RESULT], "input[1].call_id"),
        ([RESULT], "input[0].call_id"),
        ([CALL, RESULT, RESULT], "input[2].call_id"),
    ],
)
def test_an_item_that_cannot_be_used_is_named(items, param):
    assert refusal_of(input=items).param == param


@pytest.mark.parametrize(
    ("field", "param"),
    [
        ({"instructions": ["x"]}, "instructions"),
        ({"text": "json"}, "text"),
        ({"text": {"format": "json"}}, "text.format"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"reasoning": "low"}, "reasoning"),
        ({"tools": "get_weather"}, "tools"),
        ({"tools": {"type": "function"}}, "tools"),
        ({"text": {"format": {"type": "json_schema", "schema": "x"}}}, "text.format.schema"),
        ({"tools": ["get_weather"]}, "tools[0]"),
        ({"tools": [{"name": "get_weather"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}], "tool_choice": {"type": "allowed_tools"}}, "tools[0].name"),
        ({"tools": [{"type": "function", "name": []}], "tool_choice": {"type": "allowed_tools"}}, "tools[0].name"),
        ({"input": [None]}, "input[0]"),
        ({"tools": [WEATHER], "tool_choice": 7}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "allowed_tools", "tools": 7}}, "tool_choice.tools"),
        ({"tools": [WEATHER], "tool_choice": {"type": "allowed_tools", "tools": ["x"]}}, "tool_choice.tools"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field, param):
    assert refusal_of(**field).param == param
