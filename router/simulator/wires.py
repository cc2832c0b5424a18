"""The two wires: how Groq and OpenRouter word their answers, streams and errors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.simulator.script import EVENTS, Pause, Send, Start, Step, event, json_reply

_PIECE = 4
"""Characters to a token."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a simulated model has to say, before it is put on a wire."""

    id: str
    model: str
    text: str
    reasoning: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 1
    cost: float = 0.0
    first_token: float = 0.0  # seconds until it begins
    per_token: float = 0.0  # seconds between tokens after that

    @property
    def completion_tokens(self) -> int:
        """Tokens of text and reasoning."""
        return max(1, (len(self.text) + len(self.reasoning)) // _PIECE)


def pieces(text: str) -> Iterator[str]:
    """A text in tokens of about four characters."""
    return (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


class Wire:
    """What both have in common; each provider's own forms stand below."""

    name = ""
    comment = b""

    def plain(self, answer: Answer) -> list[Step]:
        """The whole answer as one JSON body."""
        took = answer.first_token + answer.per_token * answer.completion_tokens
        return [Pause(took), *json_reply(self.completion(answer))]

    def streamed(self, answer: Answer) -> list[Step]:
        """The answer as a stream of events."""
        steps: list[Step] = [Pause(answer.first_token), Start(200, EVENTS)]
        if self.comment:
            steps = [Start(200, EVENTS), Send(self.comment), *steps[:1]]
        steps.append(event(self.chunk(answer, {"role": "assistant", "content": ""})))
        for piece in pieces(answer.reasoning):
            steps += [event(self.chunk(answer, self.thought(piece))), Pause(answer.per_token)]
        for piece in pieces(answer.text):
            steps += [event(self.chunk(answer, {"content": piece}), text=True), Pause(answer.per_token)]
        return [*steps, *self.ending(answer), Send(b"data: [DONE]\n\n")]

    def completion(self, answer: Answer) -> dict[str, Any]:
        """The body of a plain call."""
        message = {"role": "assistant", "content": answer.text}
        if answer.reasoning:
            message["reasoning"] = answer.reasoning
        choice = {"index": 0, "finish_reason": answer.finish_reason, "logprobs": None, "message": message}
        return {
            "id": answer.id,
            "object": "chat.completion",
            "created": int(time.time()),
            "model": answer.model,
            "choices": [choice],
            "usage": self.usage(answer),
        }

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """The body of one stream event."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {
            "id": answer.id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": answer.model,
            "choices": [choice],
        }

    def usage(self, answer: Answer) -> dict[str, Any]:
        """Tokens as the provider counts them."""
        prompt, completion = answer.prompt_tokens, answer.completion_tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": len(answer.reasoning) // _PIECE},
            "prompt_tokens_details": {"cached_tokens": 0},
        }

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
        """With fingerprint, service tier and `x_groq`."""
        extra = {
            "system_fingerprint": "fp_simulated",
            "service_tier": "on_demand",
            "x_groq": {"id": f"req_{answer.id}"},
        }
        return {**super().completion(answer), **extra}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """With Groq's times, in seconds."""
        took = answer.per_token * answer.completion_tokens
        times = {"queue_time": 0.01, "prompt_time": 0.01, "completion_time": took, "total_time": took + 0.01}
        return {**super().usage(answer), **times}

    def thought(self, piece: str) -> dict[str, Any]:
        """Reasoning in the analysis channel."""
        return {"reasoning": piece, "channel": "analysis"}

    def ending(self, answer: Answer) -> list[Step]:
        """One chunk with everything."""
        usage = self.usage(answer)
        last = self.chunk(answer, {}, answer.finish_reason)
        return [event({**last, "x_groq": {"id": f"req_{answer.id}", "usage": usage}, "usage": usage})]

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """`message`, `type`, and what else is given."""
        return {"error": {"message": message, "type": "invalid_request_error", **fields}}

    def stream_error(self, document: Mapping[str, Any]) -> list[Step]:
        """Announced by an event name."""
        return [Send(b"event: error\ndata: " + orjson.dumps(document) + b"\n\n")]


class OpenRouter(Wire):
    """OpenRouter's forms: comments that keep alive, usage in a chunk of its own, errors with code and metadata."""

    name = "openrouter"
    comment = b": OPENROUTER PROCESSING\n\n"

    def completion(self, answer: Answer) -> dict[str, Any]:
        """With the upstream's name and its own finish reason."""
        whole = super().completion(answer)
        whole["choices"][0]["native_finish_reason"] = answer.finish_reason
        whole["choices"][0]["message"]["refusal"] = None
        return {**whole, "provider": "Simulated", "system_fingerprint": None}

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """With the upstream's name."""
        return {**super().chunk(answer, delta, finish), "provider": "Simulated"}

    def usage(self, answer: Answer) -> dict[str, Any]:
        """With the cost."""
        return {**super().usage(answer), "cost": answer.cost, "is_byok": False}

    def thought(self, piece: str) -> dict[str, Any]:
        """Reasoning beside an empty content."""
        return {"content": "", "reasoning": piece, "reasoning_details": [{"type": "reasoning.text", "text": piece}]}

    def ending(self, answer: Answer) -> list[Step]:
        """A finishing chunk, and another with the usage."""
        last = self.chunk(answer, {"role": "assistant", "content": ""}, answer.finish_reason)
        return [event(last), event({**last, "usage": self.usage(answer)})]

    def error(self, status: int, message: str, **fields: Any) -> dict[str, Any]:
        """`code`, `message`, and metadata where given; the account's id beside it."""
        return {"error": {"code": status, "message": message, **fields}, "user_id": "user_simulated0001"}


WIRES: Mapping[str, Wire] = {"groq": Groq(), "openrouter": OpenRouter()}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is served.

    Attributes:
        json: the response formats it takes.
        reasons: whether it thinks before it answers.
    """

    id: str
    context: int = 131072
    max_output: int = 16384
    vision: bool = False
    json: tuple[str, ...] = ("json_object",)
    reasons: bool = False
    listed: Mapping[str, Any] = field(default_factory=dict)
