"""What every client has to see of the gateway, check by check."""

import re

import jsonschema
import pytest

MEAL = {
    "type": "object",
    "properties": {"meal": {"const": "2 eggs and toast"}, "calories": {"type": "number", "exclusiveMinimum": 0}},
    "required": ["meal", "calories"],
    "additionalProperties": False,
}


def check_call(saw):
    assert saw["text"].startswith("Simulated reply")
    assert saw["tokens"] > 50
    if saw.get("model") is not None:
        assert saw["model"].removeprefix("openai/") == "groq:openai/gpt-oss-120b"


def check_stream(saw):
    assert saw["failure"] is None
    assert saw["pieces"] > 20
    assert saw["text"].startswith("Simulated reply")
    assert saw["text"] == saw.get("whole", saw["text"])


def check_json(saw):
    jsonschema.validate(saw["document"], MEAL)


def check_json_by_tool(saw):
    """A simulated model takes the arguments from the prompt's words, not all of them."""
    assert saw["document"]["meal"] in "2 eggs and toast"
    assert saw["document"]["calories"] > 0


def check_picture(saw):
    assert re.search(r"64 × 48.* red", saw["text"], re.DOTALL) or "Mostly red" in saw["text"]


def check_picture_in_json(saw):
    assert saw["model"] == "openrouter:inclusionai/ling-3.0-flash-vl:free"  # which sees; those before it do not


def check_tools(saw):
    """The tool is called once with arguments that fit, and its result is answered in words."""
    assert [name for name, _ in saw["calls"]] == ["get_weather"]
    assert "city" in saw["calls"][0][1]
    assert "18 degrees and dry" in saw["text"]


def check_unauthorized(saw):
    assert saw["status"] == 401
    assert saw["code"] == "invalid_api_key"
    assert "python -m router apps add NAME" in saw["message"]


def check_unknown_model(saw):
    assert saw["status"] == 404
    assert saw["code"] in ("model_not_found", None)  # one client keeps no code of it
    assert "auto, real-time-chat" in saw["message"]


def check_limited(saw):
    assert saw["status"] == 429
    assert saw["code"] == "rate_limit_exceeded"
    assert 0 < int(saw["retryAfter"]) <= 86_400
    assert re.search(r"Try again in \d+ seconds", saw["message"])


def check_broken_stream(saw):
    """What had come is there, and nobody can take it for the whole."""
    assert saw["text"].startswith("Simulated reply")
    assert "broke off in the middle" in saw["failure"]


def check_going_away(saw):
    assert saw["text"]


CHECKS = {name.removeprefix("check_"): rule for name, rule in globals().items() if name.startswith("check_")}
REFUSED_IN = 2.0
"""Seconds: a refusal that a client would repeat by itself takes longer."""


def look_at(lines, client, check):
    """Hold what a client saw in a check to its rule."""
    line = next((line for line in lines if (line["client"], line["check"]) == (client, check)), None)
    assert line is not None, f"{client} did not come to {check}"
    if "error" in line:
        pytest.fail(line["error"], pytrace=False)
    CHECKS[check](line["saw"])
    if check in ("unauthorized", "unknown_model", "limited"):
        assert line["seconds"] < REFUSED_IN


USUAL = [check for check in CHECKS if "_in_" not in check and "_by_" not in check]
"""The checks of a client that talks; the others are of one that makes objects."""
