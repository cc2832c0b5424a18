"""What can go wrong, by name: each fault turns a healthy reply into the one that its scenario calls for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from router.simulator.script import Close, Pause, Reset, Script, Send, Start, Step, event, json_reply
from router.simulator.wires import Answer, Wire

FOR_EVER = 3_600.0


class UnknownFault(ValueError):
    """There is no fault of that name; the text lists them."""


@dataclass(frozen=True, init=False)
class Fault:
    """A fault by name with its parameters, for `times` requests or until it is cleared.

    Raises:
        UnknownFault: no fault has this name.
    """

    name: str
    times: int | None
    params: Mapping[str, Any]

    def __init__(self, name: str, *, times: int | None = None, **params: Any) -> None:
        if name not in FAULTS:
            raise UnknownFault(f"unknown fault {name!r}; it is one of: {', '.join(FAULTS)}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "params", params)


@dataclass(frozen=True)
class Scene:
    """A request about to be answered.

    Attributes:
        answer: what a healthy model would say.
        params: the fault's parameters.
    """

    wire: Wire
    answer: Answer
    stream: bool
    wants_json: bool
    params: Mapping[str, Any]

    def get(self, name: str, default: Any) -> Any:
        """A parameter of the fault."""
        return self.params.get(name, default)

    def reply(self, answer: Answer | None = None) -> list[Step]:
        """The healthy reply, of another answer where one is given."""
        answer = answer or self.answer
        return self.wire.streamed(answer) if self.stream else self.wire.plain(answer)

    @property
    def is_groq(self) -> bool:
        """Whether Groq's wording is wanted."""
        return self.wire.name == "groq"


_Maker = Callable[[Scene], Script]


# --- limits ------------------------------------------------------------------------------------------------------

_KINDS = {
    "RPM": "requests per minute",
    "RPD": "requests per day",
    "TPM": "tokens per minute",
    "TPD": "tokens per day",
    "OTPM": "output tokens per minute",
}


def go_duration(seconds: float) -> str:
    """Seconds as Groq writes them: `7.66s`, `2m59.56s`, `1h34m52.896s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest:.6g}s"


def rate_limited(scene: Scene) -> Script:
    """429 with the wait stated, or without."""
    wait = scene.get("retry_after", 2)
    headers = {} if wait is None else {"retry-after": f"{wait:g}"}
    if not scene.is_groq:
        raw = f"{scene.answer.model} is temporarily rate-limited upstream. Please retry shortly."
        metadata = {"raw": raw, "provider_name": "Simulated", "limit_source": "upstream_provider_shared_pool"}
        return scene.wire.refusal(429, "Provider returned error", headers, metadata=metadata)
    kind = scene.get("kind", "TPM")
    again = "" if wait is None else f" Please try again in {go_duration(wait)}."
    message = (
        f"Rate limit reached for model `{scene.answer.model}` in organization `org_simulated0001` service tier "
        f"`on_demand` on {_KINDS[kind]} ({kind}): Limit 8000, Used 6644, Requested 2931.{again}"
    )
    unit = "tokens" if "T" in kind else "requests"
    return scene.wire.refusal(429, message, headers, type=unit, code="rate_limit_exceeded")


def free_cap(scene: Scene) -> Script:
    """The account's cap on free requests, in one of its three places."""
    period = scene.get("period", "day")
    now = time.time()
    reset = scene.get("reset_at", (now // 86_400 + 1) * 86_400 if period == "day" else now + 60)
    words = {"day": "free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"}
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reset * 1000))}
    source = {"day": "openrouter_free_tier_daily", "minute": "openrouter_free_tier_per_minute"}[period]
    metadata = {"headers": headers, "limit_source": source, "provider_name": None}
    message = f"Rate limit exceeded: {words.get(period, 'free-models-per-min.')}"
    document = scene.wire.error(429, message, metadata=metadata)
    where = scene.get("where", "status")
    if where == "stream" and scene.stream:
        return [Start(200, {"content-type": "text/event-stream"}), *scene.wire.stream_error(document)]
    return json_reply(document, 429 if where == "status" else 200)


def too_large_413(scene: Scene) -> Script:
    """One request above the whole minute's allowance."""
    message = (
        f"Request too large for model `{scene.answer.model}` in organization `org_simulated0001` on tokens per minute "
        "(TPM): Limit 8000, Requested 12931, please reduce your message size and try again."
    )
    return scene.wire.refusal(413, message, type="tokens", code="rate_limit_exceeded")


def output_too_large(scene: Scene) -> Script:
    """More reserved output than a minute allows."""
    message = "Request too large on output tokens per minute (OTPM): Limit 1000, Requested 1295, reduce max_tokens."
    return scene.wire.refusal(429, message, type="tokens", code="rate_limit_exceeded")


# --- the connection ----------------------------------------------------------------------------------------------


def server_error(scene: Scene) -> Script:
    """A 5xx with the provider's error body."""
    status = scene.get("status", 503)
    wait = scene.get("retry_after", None)
    headers = {} if wait is None else {"retry-after": f"{wait:g}"}
    extra = {"type": "internal_server_error"} if scene.is_groq else {}
    return scene.wire.refusal(status, "Internal server error", headers, **extra)


def html_error(scene: Scene) -> Script:
    """An HTML page with any status."""
    body = b"<!doctype html><html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>"
    return [Start(scene.get("status", 502), {"content-type": "text/html; charset=utf-8"}), Send(body)]


def reset(scene: Scene) -> Script:
    """Torn down before any byte."""
    return [Reset()]


def silent(scene: Scene) -> Script:
    """Accepted, then nothing."""
    return [Pause(scene.get("seconds", FOR_EVER)), *scene.reply()]


def slow_start(scene: Scene) -> Script:
    """Headers at once, the first token late."""
    steps = [step for step in scene.reply() if not isinstance(step, Start)]
    kind = "text/event-stream" if scene.stream else "application/json"
    return [Start(200, {"content-type": kind}), Pause(scene.get("seconds", 20.0)), *steps]


def comments_only(scene: Scene) -> Script:
    """Signs of life and never an answer."""
    kind = "text/event-stream" if scene.stream else "application/json"
    again: list[Step] = [Send(b": OPENROUTER PROCESSING\n\n"), Pause(scene.get("interval", 0.05))]
    return [Start(200, {"content-type": kind}), *(again * int(scene.get("count", 5_000)))]


def blanks(scene: Scene) -> Script:
    """Blank lines and comments ahead of the body."""
    ahead = Send(b"\n   \n: OPENROUTER PROCESSING\n\n")
    return _after_start(scene.reply(), [ahead])


def _after_start(script: Script, more: list[Step]) -> Script:
    position = next(index for index, step in enumerate(script) if isinstance(step, Start)) + 1
    return [*script[:position], *more, *script[position:]]


def cut(scene: Scene) -> Script:
    """Closed after a part of the text, without an end."""
    return [*_part(scene.reply(), scene.get("fraction", 2 / 3)), Pause(0.01), Close()]


def stall(scene: Scene) -> Script:
    """Silent half-way, then on."""
    script = scene.reply()
    head = _part(script, scene.get("fraction", 0.5))
    rest = script[len(head) :] if scene.stream else [Send(b"")]
    return [*head, Pause(scene.get("seconds", 30.0)), *rest]


def _part(script: Script, fraction: float) -> list[Step]:
    """The script up to a fraction of its text; a plain body is cut within its bytes."""
    texts = [index for index, step in enumerate(script) if isinstance(step, Send) and step.text]
    if len(texts) > 1:
        return list(script[: texts[max(0, int(len(texts) * fraction) - 1)] + 1])
    only = script[texts[0]]
    assert isinstance(only, Send)
    return [*script[: texts[0]], Send(only.data[: int(len(only.data) * fraction)])]


def bad_event(scene: Scene) -> Script:
    """One surplus event that is no JSON."""
    script = scene.reply()
    if not scene.stream:
        return script
    head = _part(script, 0.5)
    return [*head, Send(b"data: {this is no JSON\n\n"), *script[len(head) :]]


def no_done(scene: Scene) -> Script:
    """Complete but for `[DONE]`; the connection stays open for a while."""
    if not scene.stream:
        return scene.reply()
    return [*scene.reply()[:-1], Pause(scene.get("seconds", 0.0))]


def no_finish(scene: Scene) -> Script:
    """The text without a finish reason; with `done=False` without `[DONE]` too."""
    if not scene.stream:
        return scene.reply(replace(scene.answer, finish_reason="stop"))
    script = scene.reply()
    last = max(index for index, step in enumerate(script) if isinstance(step, Send) and step.text)
    return [*script[: last + 1], *([Send(b"data: [DONE]\n\n")] if scene.get("done", True) else [])]


def in_stream_error(scene: Scene) -> Script:
    """An error after a part of the stream, in the provider's form; a plain call gets it inside a 200."""
    document = scene.wire.error(502, "Upstream error: ResourceExhausted", status_code=502)
    if not scene.stream:
        return json_reply(document)
    return [*_part(scene.reply(), scene.get("fraction", 0.5)), *scene.wire.stream_error(document)]


def split_bytes(scene: Scene) -> Script:
    """The bytes cut anywhere, with CRLF line ends."""
    size = scene.get("size", 7)
    steps: list[Step] = []
    for step in scene.reply():
        if not isinstance(step, Send):
            steps.append(step)
            continue
        data = step.data.replace(b"\n", b"\r\n") if scene.stream else step.data
        steps += [Send(data[start : start + size]) for start in range(0, len(data), size)]
    return steps


def big_event(scene: Scene) -> Script:
    """One event of a megabyte."""
    padded = {**scene.wire.chunk(scene.answer, {"content": ""}), "padding": "x" * scene.get("bytes", 1_000_000)}
    return _after_start(scene.reply(), [event(padded)]) if scene.stream else scene.reply()


def script(scene: Scene) -> Script:
    """Exactly the given steps."""
    return [_step(entry) for entry in scene.get("steps", [])]


def _step(entry: Mapping[str, Any]) -> Step:
    if "status" in entry:
        return Start(entry["status"], entry.get("headers", {"content-type": "application/json"}))
    if "pause" in entry:
        return Pause(float(entry["pause"]))
    if entry.get("reset"):
        return Reset()
    if entry.get("close"):
        return Close()
    data = entry.get("bytes", b"")
    return Send(data.encode() if isinstance(data, str) else data)


# --- refusals ----------------------------------------------------------------------------------------------------


def _refusal(status: int, groq: str, openrouter: str, code: str = "", **metadata: Any) -> _Maker:
    def make(scene: Scene) -> Script:
        message = (groq if scene.is_groq else openrouter).format(model=scene.answer.model)
        if scene.is_groq:
            return scene.wire.refusal(status, message, None, **({"code": code} if code else {}))
        more = {**({"error_type": code} if code else {}), **metadata}
        return scene.wire.refusal(status, message, **({"metadata": more} if more else {}))

    make.__doc__ = f"{status}: {groq or openrouter}"
    return make


_GONE: Mapping[str, tuple[int, str, str]] = {
    "model_not_found": (404, "model_not_found", "The model `{model}` does not exist or you do not have access to it."),
    "model_decommissioned": (400, "model_decommissioned", "The model `{model}` has been decommissioned."),
    "not_a_valid_model_id": (400, "", "{model} is not a valid model ID"),
    "no_endpoints": (404, "", "No endpoints found for {model}."),
    "unavailable_for_free": (
        404,
        "",
        "This model is unavailable for free. The paid version is available now - use this slug instead: {model}",
    ),
    "period_ended": (404, "", "The free {model} period has ended. To continue using this model, use the paid slug."),
}


def gone(scene: Scene) -> Script:
    """The model is not there any more, in one of six wordings."""
    variant = scene.get("variant", "model_not_found" if scene.is_groq else "no_endpoints")
    status, code, message = _GONE[variant]
    extra = {"code": code} if scene.is_groq and code else {}
    return scene.wire.refusal(status, message.format(model=scene.answer.model), None, **extra)


# --- replies that are none ---------------------------------------------------------------------------------------


def error_in_200(scene: Scene) -> Script:
    """A 200 without an answer, in one of eight forms."""
    variant = scene.get("variant", "top_level")
    whole = scene.wire.completion(scene.answer)
    error = {"message": "Upstream error from Simulated: ResourceExhausted", "code": 502}
    bodies: dict[str, Any] = {
        "top_level": {"id": whole["id"], "object": "chat.completion", "error": error},
        "choice": {**whole, "choices": [{"index": 0, "error": error, "finish_reason": "error", "message": {}}]},
        "no_choices": {**whole, "choices": []},
        "list": [whole],
    }
    if variant in bodies:
        return json_reply(bodies[variant])
    if variant == "nothing":
        return [Start(200), Send(b"")]
    reasoning = "thinking all the way" if variant == "reasoning_only" else ""
    empty = replace(scene.answer, text="", reasoning=reasoning)
    if scene.stream:
        return scene.wire.streamed(empty)
    document = scene.wire.completion(empty)
    document["choices"][0]["message"]["content"] = None if variant == "null" else ""
    return json_reply(document)


def invalid_json(scene: Scene) -> Script:
    """JSON that is fenced, framed in prose, or broken."""
    if not scene.wants_json:
        return scene.reply()
    text = scene.answer.text
    broken = {
        "fenced": f"```json\n{text}\n```",
        "prose": f"Here is the JSON you asked for: {text} I hope it helps.",
        "trailing_comma": f"{text[:-1]},}}",
        "truncated": text[: len(text) // 2],
        "wrong_schema": '{"unexpected": true}',
        "garbage": "I would rather not.",
    }
    return scene.reply(replace(scene.answer, text=broken[scene.get("variant", "fenced")]))


def json_validate_failed(scene: Scene) -> Script:
    """Groq's refusal of its own model's text."""
    if scene.get("variant", "text") == "max_tokens":
        generation = "max completion tokens reached before generating a valid document"
    else:
        generation = scene.get("generation", scene.answer.text[: len(scene.answer.text) // 2])
    message = "Failed to validate JSON. Please adjust your prompt. See 'failed_generation' for more details."
    return scene.wire.refusal(400, message, code="json_validate_failed", failed_generation=generation)


def think(scene: Scene) -> Script:
    """Reasoning within the content."""
    thought = "The person asks for advice; keep it short."
    texts = {
        "plain": f"<think>{thought}</think>\n\n{scene.answer.text}",
        "split": f"<think>{thought}</think>\n\n{scene.answer.text}",
        "unclosed": f"<think>{thought} {scene.answer.text}",
        "lone_close": f"{thought}</think>\n\n{scene.answer.text}",
    }
    return scene.reply(replace(scene.answer, text=texts[scene.get("variant", "plain")], reasoning=""))


def billed(scene: Scene) -> Script:
    """A free request that comes back with a cost."""
    return scene.reply(replace(scene.answer, cost=scene.get("cost", 0.0021)))


def paid_model(scene: Scene) -> Script:
    """Another model than the one that was asked."""
    return scene.reply(
        replace(scene.answer, model=scene.get("model", "vendor/paid-model"), cost=scene.get("cost", 0.0))
    )


def length(scene: Scene) -> Script:
    """Cut by an output limit after a few tokens."""
    return scene.reply(
        replace(scene.answer, text=scene.answer.text[: scene.get("characters", 40)], finish_reason="length")
    )


FAULTS: Mapping[str, _Maker] = {
    "rate_limited": rate_limited,
    "free_cap": free_cap,
    "too_large_413": too_large_413,
    "output_too_large": output_too_large,
    "server_error": server_error,
    "html_error": html_error,
    "reset": reset,
    "silent": silent,
    "slow_start": slow_start,
    "comments_only": comments_only,
    "blanks": blanks,
    "cut": cut,
    "stall": stall,
    "bad_event": bad_event,
    "no_done": no_done,
    "no_finish": no_finish,
    "in_stream_error": in_stream_error,
    "split_bytes": split_bytes,
    "big_event": big_event,
    "script": script,
    "error_in_200": error_in_200,
    "invalid_json": invalid_json,
    "json_validate_failed": json_validate_failed,
    "think": think,
    "billed": billed,
    "paid_model": paid_model,
    "length": length,
    "gone": gone,
    "context_length": _refusal(
        400,
        "Please reduce the length of the messages or completion.",
        "This endpoint's maximum context length is 131072 tokens.",
        "context_length_exceeded",
    ),
    "content_policy": _refusal(
        400, "This request violates our content policy.", "The request violates the content policy.",
        "content_policy_violation",
    ),
    "moderation_403": _refusal(
        403, "Flagged by moderation.", "Your input was flagged.", reasons=["violence"], flagged_input="…",
        provider_name="Simulated",
    ),
    "guardrail_403": _refusal(403, "Blocked by a guardrail.", "Blocked by a guardrail.", patterns=["pattern"]),
    "key_limit_403": _refusal(403, "Key limit exceeded.", "Key limit exceeded (total limit)."),
    "gated_403": _refusal(
        403, "{model} is only available on enterprise plans.", "{model} is only available on agentic harnesses."
    ),
    "network_403": _refusal(
        403, "Access denied. Please check your network settings.", "Access denied. Please check your network settings."
    ),
    "unauthorized": _refusal(401, "Invalid API Key", "User not found.", "invalid_api_key"),
    "payment_required": _refusal(402, "Payment required.", "Insufficient credits. Add more and retry."),
    "data_policy_404": _refusal(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        "No endpoints found matching your data policy (Free model publication). "
        "Configure: https://openrouter.ai/settings/privacy",
    ),
    "no_image_support": _refusal(
        400, "This model does not support image input.", "No endpoints found that support image input"
    ),
    "unsupported_response_format": _refusal(
        400,
        "This model does not support response format `json_schema`.",
        "No endpoints found that support response format",
    ),
}  # fmt: skip
"""Every fault; the one-line text of each maker says what it does."""
