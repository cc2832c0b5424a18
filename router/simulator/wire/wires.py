"""The wires: how Groq, OpenRouter and plain OpenAI servers word their answers, streams and errors."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from router.simulator.wire.script import EVENTS, Pause, Send, Start, Step, event, json_reply

CHARACTERS = 4
"""Characters to a token, about: what usage is counted in and streams are cut into."""
_TAG = re.compile(r"(</?think>)")


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call of a tool, before it is put on a wire.

    Attributes:
        number: its place among the calls of its answer, from 0 on.
        arguments: JSON text.
        id: in place of the wire's own.
    """

    number: int
    name: str
    arguments: str
    id: str = ""

    @property
    def function(self) -> dict[str, Any]:
        """Its name and arguments as every wire has them."""
        return {"name": self.name, "arguments": self.arguments}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a simulated model has to say, before it is put on a wire.

    Attributes:
        calls: the tools that it calls.
        details: further `reasoning_details`, as OpenRouter has them.
        prompt_tokens: tokens of the request.
        cost: USD.
        seed: the caller's, as Groq gives it back.
        first_token: seconds until it begins; `per_token` those between tokens after that.
        whole_tags: whether `<think>` is one token, as in life, or cut like any text.
        wants_usage: whether the caller asked a stream for its usage (`stream_options`), which a plain OpenAI
            server sends to nobody else.
    """

    id: str
    model: str
    text: str
    reasoning: str = ""
    finish_reason: str | None = "stop"
    calls: tuple[ModelCall, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    prompt_tokens: int = 1
    cost: float = 0.0
    seed: int = 0
    first_token: float = 0.0
    per_token: float = 0.0
    whole_tags: bool = True
    wants_usage: bool = False

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of the reasoning."""
        return tokens_of(self.reasoning)

    @property
    def completion_tokens(self) -> int:
        """Tokens of text, reasoning and calls."""
        called = sum(tokens_of(call.name + call.arguments) for call in self.calls)
        return tokens_of(self.text) + self.reasoning_tokens + called


def tokens_of(text: str) -> int:
    """Tokens of a text, about."""
    return -(-len(text) // CHARACTERS)


def pieces(text: str, *, whole_tags: bool = True) -> list[str]:
    """A text in tokens of about four characters."""
    parts = _TAG.split(text) if whole_tags else [text]
    return [piece for part in parts for piece in _cut(part)]


def _cut(part: str) -> list[str]:
    if _TAG.fullmatch(part):
        return [part]
    return [part[start : start + CHARACTERS] for start in range(0, len(part), CHARACTERS)]


class Wire:
    """What all have in common; each provider's own forms stand below."""

    name = ""

    def plain(self, answer: Answer) -> list[Step]:
        """The whole answer as one JSON body."""
        duration = answer.first_token + answer.per_token * answer.completion_tokens
        return [Pause(duration), *json_reply(self.completion(answer))]

    def streamed(self, answer: Answer) -> list[Step]:
        """The answer as a stream of events."""
        steps = [*self.opening(answer)]
        for piece in pieces(answer.reasoning):
            steps += [event(self.chunk(answer, self.thought(piece))), Pause(answer.per_token)]
        for piece in pieces(answer.text, whole_tags=answer.whole_tags):
            steps += [event(self.chunk(answer, {"content": piece}), text=True), Pause(answer.per_token)]
        for delta in self.call_deltas(answer):
            steps += [event(self.chunk(answer, delta), text=True), Pause(answer.per_token)]
        return [*steps, *self.ending(answer), Send(b"data: [DONE]\n\n")]

    def completion(self, answer: Answer) -> dict[str, Any]:
        """The body of a plain call."""
        message: dict[str, Any] = {"role": "assistant", "content": answer.text}
        if answer.reasoning:
            message["reasoning"] = answer.reasoning
        if answer.calls:
            message["tool_calls"] = [self.whole_call(answer, call) for call in answer.calls]
            message |= {} if answer.text else {"content": None}
        choice = {"index": 0, "finish_reason": answer.finish_reason, "logprobs": None, "message": message}
        return {**self._head(answer, "chat.completion"), "choices": [choice], "usage": self.usage(answer)}

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """The body of one stream event."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head(answer, "chat.completion.chunk"), "choices": [choice]}

    def call_id(self, answer: Answer, call: ModelCall) -> str:
        """The id of a call."""
        return call.id or f"call_{uuid5(NAMESPACE_URL, f'{answer.id}-{call.number}').hex[:24]}"

    def whole_call(self, answer: Answer, call: ModelCall) -> dict[str, Any]:
        """A call in a whole reply."""
        return {"id": self.call_id(answer, call), "type": "function", "function": call.function}

    def call_deltas(self, answer: Answer) -> list[dict[str, Any]]:
        """The calls in a stream: a head with the name each, and then its arguments in pieces."""
        deltas: list[dict[str, Any]] = []
        for call in answer.calls:
            head = {
                "id": self.call_id(answer, call),
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            deltas.append({"tool_calls": [{"index": call.number, **head}]})
            for piece in pieces(call.arguments):
                deltas.append({"tool_calls": [{"index": call.number, "function": {"arguments": piece}}]})
        return deltas

    @staticmethod
    def _head(answer: Answer, kind: str) -> dict[str, Any]:
        return {"id": answer.id, "object": kind, "created": int(time.time()), "model": answer.model}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """Tokens as the provider counts them."""
        prompt, completion = answer.prompt_tokens, answer.completion_tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
            "prompt_tokens_details": {"cached_tokens": 0},
        }

    def opening(self, answer: Answer) -> list[Step]:
        """Status, headers and the event with the role."""
        raise NotImplementedError

    def thought(self, piece: str) -> dict[str, Any]:
        """A delta of reasoning."""
        raise NotImplementedError

    def ending(self, answer: Answer) -> list[Step]:
        """Finish reason and usage."""
        raise NotImplementedError

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """An error's body."""
        raise NotImplementedError

    def refusal(self, status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> list[Step]:
        """An error as a reply."""
        return json_reply(self.error(status, message, **fields), status, headers)

    def stream_error(self, document: Mapping[str, Any]) -> list[Step]:
        """An error within a stream."""
        return [event(document)]


class Groq(Wire):
    """Groq's forms: usage in the finishing chunk and under `x_groq`, reasoning in a channel, errors with a type."""

    name = "groq"

    def completion(self, answer: Answer) -> dict[str, Any]:
        """With fingerprint, service tier and `x_groq`; a message that does nothing but call has no content at all."""
        whole = super().completion(answer)
        message = whole["choices"][0]["message"]
        if message["content"] is None:
            del message["content"]
        extra = {"service_tier": "on_demand", "usage_breakdown": None, "x_groq": self._x_groq(answer, seed=answer.seed)}
        return {**whole, "system_fingerprint": "fp_simulated", **extra}

    def call_id(self, answer: Answer, call: ModelCall) -> str:
        """`fc_` and a UUID, as of gpt-oss."""
        return call.id or f"fc_{uuid5(NAMESPACE_URL, f'{answer.id}-{call.number}')}"

    def call_deltas(self, answer: Answer) -> list[dict[str, Any]]:
        """Each call whole in one delta."""
        return [{"tool_calls": [{**self.whole_call(answer, call), "index": call.number}]} for call in answer.calls]

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """With the fingerprint."""
        return {**super().chunk(answer, delta, finish), "system_fingerprint": "fp_simulated"}

    @staticmethod
    def _x_groq(answer: Answer, **fields: Any) -> dict[str, Any]:
        return {"id": f"req_{answer.id}", **fields}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """With Groq's times, in seconds."""
        duration = answer.per_token * answer.completion_tokens
        times = {"queue_time": 0.01, "prompt_time": 0.01, "completion_time": duration, "total_time": duration + 0.01}
        return {**super().usage(answer), **times}

    def opening(self, answer: Answer) -> list[Step]:
        """Headers when the first token is there."""
        first = self.chunk(answer, {"role": "assistant", "content": ""})
        begun = event({**first, "x_groq": self._x_groq(answer, seed=answer.seed)})
        return [Pause(answer.first_token), Start(200, EVENTS), begun]

    def thought(self, piece: str) -> dict[str, Any]:
        """Reasoning in the analysis channel."""
        return {"reasoning": piece, "channel": "analysis"}

    def ending(self, answer: Answer) -> list[Step]:
        """One chunk with everything."""
        usage = self.usage(answer)
        last = self.chunk(answer, {}, answer.finish_reason)
        return [event({**last, "x_groq": self._x_groq(answer, usage=usage), "usage": usage})]

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """`message`, `type`, and what else is given."""
        return {"error": {"message": message, "type": "invalid_request_error", **fields}}

    def stream_error(self, document: Mapping[str, Any]) -> list[Step]:
        """Announced by an event name."""
        return [Send(b"event: error\ndata: " + orjson.dumps(document) + b"\n\n")]


class OpenRouter(Wire):
    """OpenRouter's forms: comments that keep alive, usage in a chunk of its own, errors with code and metadata."""

    name = "openrouter"

    def completion(self, answer: Answer) -> dict[str, Any]:
        """With the upstream's name and its own finish reason."""
        whole = super().completion(answer)
        choice = whole["choices"][0]
        choice["native_finish_reason"] = answer.finish_reason
        choice["message"] |= {"refusal": None, "reasoning": answer.reasoning or None}
        if answer.reasoning or answer.details:
            texts = [self._detail(answer.reasoning)] if answer.reasoning else []
            choice["message"]["reasoning_details"] = [*texts, *answer.details]
        if answer.calls and not answer.text:
            choice["message"]["content"] = ""
        return {**whole, "provider": "Simulated", "system_fingerprint": None, "service_tier": None}

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """With the upstream's name and its own finish reason."""
        whole = super().chunk(answer, delta, finish)
        whole["choices"][0]["native_finish_reason"] = finish
        return {**whole, "provider": "Simulated"}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """With the cost, in USD."""
        usage = super().usage(answer)
        usage["prompt_tokens_details"] |= {"cache_write_tokens": 0, "audio_tokens": 0, "video_tokens": 0}
        usage["completion_tokens_details"]["image_tokens"] = 0
        parts = dict.fromkeys(("upstream_inference_prompt_cost", "upstream_inference_completions_cost"), 0)
        cost = {"cost": answer.cost, "is_byok": False, "cost_details": {"upstream_inference_cost": None, **parts}}
        return {**usage, **cost}

    def opening(self, answer: Answer) -> list[Step]:
        """Headers at once, and comments until the first token is there."""
        waiting: list[Step] = [Send(b": OPENROUTER PROCESSING\n\n"), Pause(answer.first_token / 2)]
        return [Start(200, EVENTS), *waiting, *waiting, event(self.chunk(answer, {"role": "assistant", "content": ""}))]

    def thought(self, piece: str) -> dict[str, Any]:
        """Reasoning beside an empty content."""
        return {"content": "", "reasoning": piece, "reasoning_details": [self._detail(piece)]}

    @staticmethod
    def _detail(text: str) -> dict[str, Any]:
        return {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}

    def call_id(self, answer: Answer, call: ModelCall) -> str:
        """As vLLM's, which serves most free models."""
        return call.id or f"chatcmpl-tool-{uuid5(NAMESPACE_URL, f'{answer.id}-{call.number}').hex}"

    def whole_call(self, answer: Answer, call: ModelCall) -> dict[str, Any]:
        """With its place, in a whole reply too."""
        return {"index": call.number, **super().whole_call(answer, call)}

    def call_deltas(self, answer: Answer) -> list[dict[str, Any]]:
        """With the role and an empty content on each, and what else there is of reasoning ahead of them."""
        details = [{"reasoning_details": [detail]} for detail in answer.details]
        return [{"role": "assistant", "content": "", **delta} for delta in [*details, *super().call_deltas(answer)]]

    def ending(self, answer: Answer) -> list[Step]:
        """A finishing chunk, and another with the usage."""
        last = self.chunk(answer, {"role": "assistant", "content": ""}, answer.finish_reason)
        return [event(last), event({**last, "usage": self.usage(answer)})]

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """`code`, `message`, and metadata where given; the account's id beside it."""
        return {"error": {"code": status, "message": message, **fields}, "user_id": "user_simulated0001"}


_UNSAID_FIELDS = (
    "api_type app_id cache_discount external_user http_referer moderation_latency native_tokens_cached "
    "native_tokens_completion_images num_fetches num_input_audio_prompt num_media_completion num_media_prompt "
    "num_search_results preset_id provider_responses router service_tier upstream_id upstream_inference_cost "
    "user_agent web_search_engine workspace_id"
)
"""Fields of `GET /generation` that are null here."""


def generation_facts(answer: Answer, *, streams: bool, cancelled: bool) -> dict[str, object]:
    """What OpenRouter tells of a reply afterwards; times in milliseconds."""
    return {
        **dict.fromkeys(_UNSAID_FIELDS.split()),
        "id": answer.id,
        "model": answer.model,
        "provider_name": "Simulated",
        "created_at": datetime.now(UTC).isoformat(),
        "data_region": "global",
        "origin": "",
        "is_byok": False,
        "streamed": streams,
        "cancelled": cancelled,
        "finish_reason": answer.finish_reason,
        "native_finish_reason": answer.finish_reason,
        "latency": round(answer.first_token * 1000),
        "generation_time": round(answer.per_token * answer.completion_tokens * 1000),
        "tokens_prompt": answer.prompt_tokens,
        "tokens_completion": answer.completion_tokens,
        "native_tokens_prompt": answer.prompt_tokens,
        "native_tokens_completion": answer.completion_tokens,
        "native_tokens_reasoning": answer.reasoning_tokens,
        "total_cost": answer.cost,
        "usage": answer.cost,
    }


class OpenAI(Wire):
    """The plain OpenAI forms, as many servers have them: usage in a stream only for who asks, errors with a type."""

    name = "openai"

    def opening(self, answer: Answer) -> list[Step]:
        """Headers when the first token is there."""
        begun = event(self.chunk(answer, {"role": "assistant", "content": ""}))
        return [Pause(answer.first_token), Start(200, EVENTS), begun]

    def thought(self, piece: str) -> dict[str, Any]:
        """Reasoning under the name that open servers gave it."""
        return {"reasoning_content": piece}

    def ending(self, answer: Answer) -> list[Step]:
        """A finishing chunk, and where it was asked for another without choices that holds the usage."""
        last = self.chunk(answer, {}, answer.finish_reason)
        counted = {**last, "choices": [], "usage": self.usage(answer)}
        return [event(last), *([event(counted)] if answer.wants_usage else [])]

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """`message`, `type`, and what else is given."""
        return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}}
