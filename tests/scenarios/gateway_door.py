"""A world whose requests go through a gateway over HTTP: the third door, seen by a client that knows JSON alone."""

from __future__ import annotations

import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import httpx

from router import AllTargetsFailed, Completion, DeadlineExceeded, RequestRejected, Usage
from router.types import Attempt, AttemptOutcome, Completed, Delta, Restart
from tests.serving import data_lines, served_gateway
from tests.world import CHAT, HELLO, Answer, World

_WORDS = {"prioritize_speed": "+speed", "critical_accuracy": "+critical", "prioritize_accuracy": "+accuracy"}


class GatewayWorld(World):
    """Asks by HTTP; `entered` gives it its gateway.

    Attributes:
        on_restart: what is asked for where an answer breaks off.
    """

    on_restart = "mark"
    _numbers = itertools.count()

    async def entered(self, stack):
        """With a gateway that ends with `stack`."""
        self.gateway = await stack.enter_async_context(served_gateway(self))
        return self

    async def ask(self, mode="complete", *, config=CHAT, messages=HELLO, **options) -> Answer:
        """One request; an error is part of the answer."""
        answer, began = Answer(), time.perf_counter()
        router = {name: options.pop(name) for name in ("deadline", "targets", "fallback") if name in options}
        flags = {name: True for name in ("requires_json", "requires_vision") if getattr(config, name)}
        word = next((word for flag, word in _WORDS.items() if getattr(config, flag)), "")
        if "targets" in router:
            router["targets"] = [str(target) for target in router["targets"]]
        body = {
            "model": f"{config.type}{word}",
            "messages": messages,
            "stream": mode == "stream",
            "router": router | flags | {"on_restart": self.on_restart},
            # No request of a scenario is another's repeat.
            "user": str(next(self._numbers)),
        } | options
        response = await self.gateway.client.post("/chat/completions", json=body)
        answer.seconds = time.perf_counter() - began
        _read_response(answer, response, streamed=mode == "stream", now=self.clock.time())
        self.answers.append(answer)
        return answer


def _read_response(answer, response, *, streamed, now):
    """What a client makes of a response."""
    if response.status_code != 200:
        answer.error = error_of(response.json()["error"], response.status_code, now)
        assert response.status_code not in (429, 503) or response.headers["x-should-retry"] == "false"
    elif streamed:
        _read_stream(answer, response, now)
    else:
        document = response.json()
        choice = document["choices"][0]
        answer.text = choice["message"]["content"]
        reasoning = choice["message"].get("reasoning_content", "")
        answer.completion = completion_of(document, answer.text, choice["finish_reason"], reasoning)


def _read_stream(answer, response, now):
    lines = data_lines(response.text)
    reason, usage, reasoning = None, {}, ""
    for line in lines:
        if line == "[DONE]":
            break
        chunk = json.loads(line)
        if "error" in chunk:
            assert "choices" not in chunk
            assert line is lines[-1], "nothing comes after an error"
            answer.error = error_of(chunk["error"], 503, now)
            return
        usage = chunk.get("usage") or usage
        if chunk.get("router", {}).get("event") == "restart":
            answer.events.append(Restart())
            answer.text = ""
        for choice in chunk["choices"]:
            reasoning += choice["delta"].get("reasoning_content", "")
            if text := choice["delta"].get("content"):
                answer.events.append(Delta(text))
                answer.text += text
            reason = choice["finish_reason"] or reason
    assert lines[-1] == "[DONE]", "a stream that just ends would look whole to some clients"
    answer.completion = completion_of(chunk | {"usage": usage}, answer.text, reason, reasoning)
    answer.events.append(Completed(answer.completion))


def completion_of(document, text, reason, reasoning):
    """The answer as the library's callers know it."""
    router, usage = document["router"], document["usage"]
    attempts = [attempt_of(attempt) for attempt in router["attempts"]]
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    return Completion(
        text=text,
        provider=router["provider"],
        model=router["model"],
        requested_model=attempts[-1].model,
        request_id=router["request_id"],
        finish_reason=reason,
        parsed=parsed,
        reasoning=reasoning,
        cost_usd=router["cost_usd"],
        usage=Usage(usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]),
        degraded=router["degraded"],
        simulated=router["simulated"],
        attempts=tuple(attempts),
    )


def attempt_of(document):
    """One attempt of a reply."""
    fields = document | {"outcome": AttemptOutcome(document["outcome"])}
    fields["retry_at"] = datetime.fromisoformat(fields["retry_at"]) if fields["retry_at"] else None
    return Attempt(**fields)


def error_of(error, status, now):
    """An error object as the library's callers know it."""
    assert {"message", "type", "param", "code"} <= {*error}
    attempts = [attempt_of(attempt) for attempt in error.get("attempts", ())]
    if status == 400:
        last = [attempt for attempt in attempts if attempt.outcome != "skipped"][-1]
        return RequestRejected(
            error["message"], provider=last.provider, model=last.model, outcome=last.outcome, attempts=attempts
        )
    if status == 504:
        return DeadlineExceeded(error["message"], attempts=attempts)
    assert status in (429, 503), error
    wait = timedelta(seconds=float(error["message"].rpartition("again in ")[2].split()[0]))
    return AllTargetsFailed(error["message"], attempts=attempts, retry_at=datetime.fromtimestamp(now, UTC) + wait)


def is_whole(response: httpx.Response) -> bool:
    """Whether a client takes a streamed reply for a whole answer."""
    return data_lines(response.text)[-1:] == ["[DONE]"]
