"""The wires: what each provider's answers, streams and errors look like on it."""

from dataclasses import replace

import httpx
import openai
import orjson
import pytest

from router.simulator import Fault
from router.simulator.wire.registry import WIRES
from router.simulator.wire.wires import Answer, ModelCall, pieces, tokens_of
from tests.simulator.calls import FREE, HELLO, KEY, LARGE, ask
from tests.tools import ASKED, TOOLS

ANSWER = Answer("id-1", "house/model", "An answer of some length.", "A thought.", prompt_tokens=3)
BOTH = [("groq", LARGE), ("openrouter", FREE)]


def events_of(simulator, provider, model, **fields):
    """A stream's lines, and its JSON events."""
    lines = ask(simulator, provider, model, stream=True, **fields).text.splitlines()
    documents = [orjson.loads(line[6:]) for line in lines if line.startswith("data: {")]
    return lines, documents


@pytest.mark.parametrize(("provider", "model"), BOTH)
def test_a_stream_ends_with_done_after_reason_and_usage(simulator, provider, model):
    lines, documents = events_of(simulator, provider, model)
    assert [line for line in lines if line][-1] == "data: [DONE]"
    assert documents[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "stop" in [document["choices"][0]["finish_reason"] for document in documents[-2:]]
    assert documents[-1]["usage"]["total_tokens"] > 0


def test_groq_has_usage_in_the_finishing_event_twice(simulator):
    _, documents = events_of(simulator, *BOTH[0])
    last = documents[-1]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"] == last["x_groq"]["usage"]
    assert last["usage"].keys() >= {"queue_time", "prompt_time", "completion_time", "total_time"}
    assert all("usage" not in document for document in documents[:-1])


def test_openrouter_has_usage_in_an_event_of_its_own_and_comments_ahead(simulator):
    lines, documents = events_of(simulator, *BOTH[1])
    assert lines[0] == ": OPENROUTER PROCESSING"
    assert documents[-2]["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in documents[-2]
    assert documents[-1]["usage"]["cost"] == 0


def test_reasoning_comes_where_each_provider_has_it():
    groq, openrouter = (WIRES[name].completion(ANSWER)["choices"][0]["message"] for name in ("groq", "openrouter"))
    assert groq == {"role": "assistant", "content": ANSWER.text, "reasoning": ANSWER.reasoning}
    detail = {"type": "reasoning.text", "text": ANSWER.reasoning, "format": "unknown", "index": 0}
    assert openrouter["reasoning_details"] == [detail]
    assert openrouter["refusal"] is None
    assert WIRES["groq"].thought("x") == {"reasoning": "x", "channel": "analysis"}
    assert WIRES["openrouter"].thought("x")["content"] == ""


def test_openrouter_names_the_upstream_and_its_own_reason():
    whole = WIRES["openrouter"].completion(ANSWER)
    assert whole["provider"] == "Simulated"
    assert whole["choices"][0]["native_finish_reason"] == "stop"
    assert whole["usage"]["completion_tokens_details"]["reasoning_tokens"] == tokens_of(ANSWER.reasoning)


def test_errors_have_each_providers_shape():
    assert WIRES["groq"].error(400, "no", code="x")["error"] == {
        "message": "no",
        "type": "invalid_request_error",
        "code": "x",
    }
    refused = WIRES["openrouter"].error(429, "no", metadata={"raw": "x"})
    assert refused["error"] == {"code": 429, "message": "no", "metadata": {"raw": "x"}}
    assert refused["user_id"].startswith("user_")


def test_an_error_within_a_stream_is_announced_by_groq_and_not_by_openrouter(simulator):
    for provider, model in BOTH:
        simulator.set_fault(provider, model, Fault("in_stream_error"))
        lines, documents = events_of(simulator, provider, model)
        assert ("event: error" in lines) == (provider == "groq")
        assert documents[-1]["error"]
        assert "data: [DONE]" not in lines


def test_each_providers_headers_are_on_its_replies(simulator):
    groq = ask(simulator, *BOTH[0]).headers
    assert groq.keys() >= {"x-request-id", "x-groq-region", "x-ratelimit-reset-tokens"}
    openrouter = ask(simulator, *BOTH[1]).headers
    assert openrouter["x-generation-id"].startswith("gen-")
    assert not [name for name in openrouter if name.startswith("x-ratelimit")]


def test_a_failure_before_the_first_token_is_a_plain_reply_also_to_a_stream(simulator):
    simulator.set_fault("openrouter", "*", Fault("server_error"))
    reply = ask(simulator, *BOTH[1], stream=True)
    assert (reply.status_code, reply.headers["content-type"]) == (503, "application/json")


def test_the_older_alias_of_the_key_is_served(simulator):
    replies = [httpx.get(f"{simulator.openrouter_url}/{path}", headers=KEY).json() for path in ("key", "auth/key")]
    assert replies[0] == replies[1]


@pytest.mark.parametrize("text", ["", "a", "abcd", "abcde", "<think>abc</think>defg", "休息 🍌"])
def test_pieces_make_the_text_again_and_a_tag_is_one_piece(text):
    assert "".join(pieces(text)) == "".join(pieces(text, whole_tags=False)) == text
    assert ("<think>" in pieces(text)) == ("<think>" in text)


def test_a_plain_call_and_a_stream_say_the_same(simulator):
    for provider, model in BOTH:
        _, documents = events_of(simulator, provider, model, seed=3)
        said = "".join(document["choices"][0]["delta"].get("content", "") for document in documents)
        whole = ask(simulator, provider, model, messages=HELLO, seed=3).json()
        assert said == whole["choices"][0]["message"]["content"]


# --- plain OpenAI servers --------------------------------------------------------------------------------------------


def test_a_plain_openai_server_counts_in_a_stream_only_for_who_asks(simulator):
    _, silent = events_of(simulator, "openai", LARGE)
    assert not [document for document in silent if "usage" in document]
    lines, counted = events_of(simulator, "openai", LARGE, stream_options={"include_usage": True})
    assert counted[-1]["choices"] == []
    assert counted[-1]["usage"]["completion_tokens"] > 0
    assert counted[-2]["choices"][0]["finish_reason"] == "stop"
    assert [line for line in lines if line][-1] == "data: [DONE]"


def test_the_official_sdk_reads_a_plain_openai_server(simulator):
    with openai.OpenAI(api_key="key", base_url=simulator.url_of("openai"), max_retries=0) as client:
        assert LARGE in [model.id for model in client.models.list()]
        assert client.models.retrieve(LARGE).owned_by == "openai"
        reply = client.chat.completions.create(model=LARGE, messages=HELLO)
        assert reply.usage.total_tokens > 0
        simulator.set_fault("openai", "*", Fault("context_length"))
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(model=LARGE, messages=HELLO)
    assert caught.value.code == "context_length_exceeded"


def test_a_plain_openai_server_has_none_of_groqs_own_fields():
    whole = WIRES["openai"].completion(ANSWER)
    assert not whole.keys() & {"x_groq", "usage_breakdown", "provider"}
    assert WIRES["openai"].error(400, "no")["error"] == {
        "message": "no",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


# --- calls of tools --------------------------------------------------------------------------------------------------

CALLING = replace(ANSWER, text="", finish_reason="tool_calls", calls=(ModelCall(0, "f", '{"city":"Oslo"}'),))


def deltas_of(name):
    return WIRES[name].call_deltas(CALLING)


def message_of(name, answer=CALLING):
    return WIRES[name].completion(answer)["choices"][0]["message"]


def test_a_whole_reply_has_its_calls_as_each_provider_has_them():
    groq, openrouter, plain = (message_of(name) for name in ("groq", "openrouter", "openai"))
    assert "content" not in groq
    assert (openrouter["content"], plain["content"]) == ("", None)
    assert groq["tool_calls"][0]["id"].startswith("fc_")
    assert openrouter["tool_calls"][0]["index"] == 0
    assert "index" not in groq["tool_calls"][0].keys() | plain["tool_calls"][0].keys()
    assert message_of("groq", replace(CALLING, text="Look."))["content"] == "Look."


def test_groq_sends_each_call_whole_and_the_others_in_pieces():
    (whole,) = deltas_of("groq")
    assert whole["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"city":"Oslo"}'}
    assert whole["tool_calls"][0]["index"] == 0
    for name in ("openrouter", "openai"):
        head, *further = deltas_of(name)
        assert head["tool_calls"][0]["function"] == {"name": "f", "arguments": ""}
        assert "".join(delta["tool_calls"][0]["function"]["arguments"] for delta in further) == '{"city":"Oslo"}'
        assert all(set(delta["tool_calls"][0]) == {"index", "function"} for delta in further)
    assert all((delta["role"], delta["content"]) == ("assistant", "") for delta in deltas_of("openrouter"))


@pytest.mark.parametrize(("provider", "model"), BOTH)
def test_the_sdk_of_openai_reads_the_calls_of_both(simulator, provider, model):
    client = openai.OpenAI(api_key="any", base_url=simulator.url_of(provider), max_retries=0)
    asked = {"model": model, "messages": ASKED, "tools": TOOLS}
    whole = client.chat.completions.create(**asked)
    assert whole.choices[0].finish_reason == "tool_calls"
    with client.chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion()
    for completion in (whole, final):
        call = completion.choices[0].message.tool_calls[0]
        assert orjson.loads(call.function.arguments)["city"] == "Oslo"
