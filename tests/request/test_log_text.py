"""What the log gets of a request: everything but a picture's bytes."""

import json

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


def test_the_latest_message_comes_first_in_the_prompts_text():
    messages = [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": [{"type": "text", "text": "then"}]},
    ]
    assert prompt_text(make_call(EYES, messages)) == "then\nfirst"
