"""What the log gets of a request: everything but a picture's bytes."""

import json

from router.ports.log_records import TURN_MARK
from router.request import log_content, make_call, prompt_text
from router.types import TaskConfig, TaskType

EYES = TaskConfig(type=TaskType.VISION)


def test_a_request_is_logged_whole_but_for_its_pictures():
    url = "data:image/png;base64,QUFBQUFBQUFB"
    parts = [{"type": "text", "text": "what is it"}, {"type": "image_url", "image_url": {"url": url}}]
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    options = {"response_format": schema, "stop": ("a",), "targets": ["p:m"], "seed": 7}
    logged = json.loads(log_content(make_call(EYES, [{"role": "user", "content": parts}], **options)))
    assert logged["messages"][0]["content"][0] == {"type": "text", "text": "what is it"}
    assert logged["messages"][0]["content"][1]["bytes"] == len(url)
    assert "QUFBQUFB" not in json.dumps(logged)
    assert logged["parameters"] == {"stop": ["a"], "seed": 7}
    assert logged["response_format"] == schema
    assert logged["targets"] == ["p:m"]
    assert logged["config"]["type"] == "vision"


def test_what_was_asked_last_comes_first_in_the_prompts_text_and_apart_from_the_turns_before():
    messages = [
        {"role": "system", "content": "short"},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": [{"type": "text", "text": "then"}]},
        {"role": "user", "content": "and\nlast"},
    ]
    assert prompt_text(make_call(EYES, messages)) == f"and\nlast{TURN_MARK}then\nfirst\nshort"


def test_what_a_model_was_begun_with_or_a_tool_gave_is_not_what_was_asked():
    calls = [{"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]
    messages = [
        {"role": "user", "content": "The weather?"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "a", "content": "12 degrees"},
    ]
    assert prompt_text(make_call(EYES, messages)) == f"The weather?{TURN_MARK}Let me look.\n12 degrees"


def test_a_single_question_has_no_mark():
    assert prompt_text(make_call(EYES, [{"role": "user", "content": "alone"}])) == "alone"
