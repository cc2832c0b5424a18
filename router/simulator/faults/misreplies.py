"""Faults inside a 200: replies that hold no answer, or one that is spoilt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from router.simulator.faults.scene import Scene
from router.simulator.wire.script import Script, Send, Start, json_reply


def error_in_200(
    scene: Scene,
    *,
    variant: Literal[
        "top_level", "choice", "no_choices", "empty", "null", "list", "nothing", "reasoning_only"
    ] = "top_level",
) -> Script:
    """A 200 without an answer, in one of eight forms."""
    whole = scene.wire.completion(scene.answer)
    error = {"message": "Upstream error from Simulated: ResourceExhausted", "code": 502}
    message = {"role": "assistant", "content": scene.answer.text[:20]}
    bodies: dict[str, Any] = {
        "top_level": {"id": whole["id"], "object": "chat.completion", "error": error},
        "choice": {**whole, "choices": [{"index": 0, "error": error, "finish_reason": "error", "message": message}]},
        "no_choices": {**whole, "choices": []},
        "list": [whole],
    }
    if variant in bodies:
        return json_reply(bodies[variant])
    return [Start(200), Send(b"")] if variant == "nothing" else _without_text(scene, variant)


def _without_text(scene: Scene, variant: str) -> Script:
    only_thought = variant == "reasoning_only"
    thought = "Thinking all the way to the limit."
    finish = "length" if only_thought else "stop"
    empty = replace(scene.answer, text="", reasoning=thought if only_thought else "", finish_reason=finish)
    if scene.stream:
        return scene.wire.streamed(empty)
    document = scene.wire.completion(empty)
    document["choices"][0]["message"]["content"] = None if variant == "null" else ""
    return json_reply(document)


def invalid_json(
    scene: Scene,
    *,
    variant: Literal["fenced", "prose", "trailing_comma", "truncated", "wrong_schema", "garbage"] = "fenced",
) -> Script:
    """JSON that is fenced, framed in prose, or broken; a reply in words is as ever."""
    if not scene.wants_json:
        return scene.reply()
    text = scene.answer.text
    broken = {
        "fenced": f"```json\n{text}\n```",
        "prose": f"Here is the JSON you asked for: {text} I hope it helps.",
        "trailing_comma": f"{text[:-1]},{text[-1:]}",
        "truncated": text[: len(text) // 2],
        "wrong_schema": '{"unexpected": true}',
        "garbage": "I would rather not.",
    }
    return scene.reply(replace(scene.answer, text=broken[variant]))


def think(scene: Scene, *, variant: Literal["plain", "split", "unclosed", "lone_close"] = "plain") -> Script:
    """Reasoning within the content: its tags whole, split over chunks, unclosed, or a lone closing one."""
    thought, text = "The person asks for advice; keep it short.", scene.answer.text
    texts = {
        "plain": f"<think>{thought}</think>\n\n{text}",
        "split": f"<think>{thought}</think>\n\n{text}",
        "unclosed": f"<think>{thought} {text}",
        "lone_close": f"{thought}</think>\n\n{text}",
    }
    whole_tags = variant != "split"
    return scene.reply(replace(scene.answer, text=texts[variant], reasoning="", whole_tags=whole_tags))


def mislabelled(
    scene: Scene, *, variant: Literal["text_plain", "json", "upper_case", "none", "bom", "events"] = "text_plain"
) -> Script:
    """A reply that can be read, under a wrong content type, after a byte order mark, or as events nobody asked for."""
    types = {"text_plain": "text/plain", "json": "application/json", "none": "application/octet-stream"}
    script = scene.wire.streamed(scene.answer) if variant == "events" else scene.reply()
    start = next(step for step in script if isinstance(step, Start))
    label = start.headers["content-type"]
    named = label.upper() if variant == "upper_case" else types.get(variant, label)
    mark = [Send(b"\xef\xbb\xbf")] if variant == "bom" else []
    return [Start(start.status, {**start.headers, "content-type": named}), *mark, *script[script.index(start) + 1 :]]


def billed(scene: Scene, *, cost: float = 0.0021) -> Script:
    """A free request that comes back with a `usage.cost`, in USD."""
    return scene.reply(replace(scene.answer, cost=cost))


def paid_model(scene: Scene, *, model: str = "vendor/paid-model", cost: float = 0.0) -> Script:
    """The reply names another model than the one that was asked."""
    return scene.reply(replace(scene.answer, model=model, cost=cost))


def length(scene: Scene, *, characters: int = 40) -> Script:
    """Cut by an output limit after a few tokens, and said so: finish_reason `length`."""
    return scene.reply(replace(scene.answer, text=scene.answer.text[:characters], finish_reason="length"))
