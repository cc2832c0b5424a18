"""Faults of the connection and of the stream: late, silent, torn, cut or oddly wrapped."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from router.simulator.faults.scene import Scene
from router.simulator.wire.script import (
    EVENTS,
    JSON,
    Close,
    Pause,
    Raw,
    Reset,
    Script,
    Send,
    SendAgain,
    Start,
    Step,
    event,
    json_reply,
)

FOR_EVER = 3_600.0


def reset(scene: Scene) -> Script:
    """The connection is torn down (TCP reset) before any byte."""
    return [Reset()]


def silent(scene: Scene, *, seconds: float = FOR_EVER) -> Script:
    """The request is accepted, then nothing comes for `seconds`."""
    return [Pause(seconds), *scene.reply()]


def slow_start(scene: Scene, *, seconds: float = 20.0) -> Script:
    """Headers at once, the first token after `seconds`."""
    body = [step for step in scene.reply() if not isinstance(step, Start)]
    return [_start(scene), Pause(seconds), *body]


def comments_only(scene: Scene, *, interval: float = 0.05) -> Script:
    """A comment line every `interval` seconds for ever, and never an answer."""
    return [_start(scene), SendAgain((Send(b": OPENROUTER PROCESSING\n\n"), Pause(interval)))]


def blanks(scene: Scene) -> Script:
    """Blank lines and comments ahead of a body that is fine."""
    return _after_start(scene.reply(), Send(b"\n   \n: OPENROUTER PROCESSING\n\n"))


def _start(scene: Scene) -> Start:
    return Start(200, EVENTS if scene.stream else JSON)


def _after_start(script: Script, further: Step) -> Script:
    position = next(index for index, step in enumerate(script) if isinstance(step, Start)) + 1
    return [*script[:position], further, *script[position:]]


def cut(scene: Scene, *, fraction: float = 2 / 3) -> Script:
    """The connection is closed after a fraction of the text, without an end."""
    head, _ = _halves(scene, fraction)
    return [*head, Close()]


_QUOTED = b"org_01simulated for key gsk_simulated0123456789"
"""What replies quote; nothing of it is to be seen anywhere."""

_HEADS: Mapping[str, bytes] = {
    "status_line": b"HTTP/1.1 twohundred " + _QUOTED + b"\r\n\r\n",
    "header_line": b"HTTP/1.1 200 OK\r\nno colon here " + _QUOTED + b"\r\n\r\n",
    "header_size": b"HTTP/1.1 200 OK\r\nx-told: " + _QUOTED + b"x" * 9_000 + b"\r\n\r\n{}",
    "content_length": b"HTTP/1.1 200 OK\r\ncontent-length: many " + _QUOTED + b"\r\n\r\n{}",
    "nul_bytes": b"\0" * 64 + _QUOTED + b"\0" * 64,
    "tls_alert": b"\x15\x03\x01\x00\x02\x02\x0a",
    "plain_text": b"Go away, " + _QUOTED + b"\n",
}
"""What stands where the reply's head should; the seven bytes are what a TLS server says to a plain request."""


_READ_APART = 0.1  # seconds


def invalid_http(
    scene: Scene,
    *,
    variant: Literal[
        "status_line",
        "header_line",
        "header_size",
        "content_length",
        "nul_bytes",
        "tls_alert",
        "plain_text",
        "chunk_size",
        "chunk_nul_bytes",
    ] = "status_line",
    fraction: float = 0.5,
) -> Script:
    """Bytes that are no HTTP: in place of the reply's head or, as a bad chunk, after a fraction of the text."""
    if variant in _HEADS:
        return [Raw(_HEADS[variant])]
    size = b"zz " + _QUOTED if variant == "chunk_size" else b"\0" * 64
    head = _halves(scene, fraction)[0] if fraction > 0 else [_start(scene)]
    # A reader that has the bad chunk in one piece with the head takes neither.
    return [*head, Pause(_READ_APART), Raw(size + b"\r\n")]


_UNPACKED = 10_000_000


def compressed(scene: Scene, *, layers: int = 2, status: int = 200) -> Script:
    """A few bytes of body that nobody asked to be compressed: gzip in so many layers, ten megabytes unpacked."""
    body = b" " * _UNPACKED
    for _ in range(layers):
        body = gzip.compress(body)
    return [Start(status, {**JSON, "content-encoding": ", ".join(["gzip"] * layers)}), Send(body)]


def stall(scene: Scene, *, seconds: float = 30.0, fraction: float = 0.5) -> Script:
    """Silent for `seconds` after a fraction of the text, then on to the end."""
    head, tail = _halves(scene, fraction)
    return [*head, Pause(seconds), *tail]


def bad_event(scene: Scene) -> Script:
    """One surplus event half-way that is no JSON; a plain reply is as ever."""
    if not scene.stream:
        return scene.reply()
    head, tail = _halves(scene, 0.5)
    return [*head, Send(b"data: {this is no JSON\n\n"), *tail]


def in_stream_error(scene: Scene, *, fraction: float = 0.5) -> Script:
    """An error after a fraction of the stream, in the provider's form; a plain call gets it inside a 200."""
    fields = {"code": "internal_error", "status_code": 502} if scene.is_groq else {"metadata": _UNAVAILABLE}
    document = scene.wire.error(502, "Upstream error from Simulated: ResourceExhausted", **fields)
    if not scene.stream:
        return json_reply(document)
    head, _ = _halves(scene, fraction)
    if not scene.is_groq:
        document = scene.wire.chunk(scene.answer, {"content": ""}, "error") | document
    return [*head, *scene.wire.stream_error(document)]


_UNAVAILABLE = {"error_type": "provider_unavailable"}


def _halves(scene: Scene, fraction: float) -> tuple[list[Step], list[Step]]:
    """The healthy reply before and after a fraction of its text; a plain body is parted within its bytes."""
    script = scene.reply()
    texts = [index for index, step in enumerate(script) if isinstance(step, Send) and step.text]
    if scene.stream:
        count = max(1, int(len(texts) * fraction))
        position = texts[count - 1] + 1 if texts else len(script) - 1
        return script[:position], script[position:]
    body = script[texts[0]]
    assert isinstance(body, Send)
    size = int(len(body.data) * fraction)
    head, tail = Send(body.data[:size]), Send(body.data[size:])
    return [*script[: texts[0]], head], [tail, *script[texts[0] + 1 :]]


def no_done(scene: Scene, *, seconds: float = 0.0) -> Script:
    """Complete but for `[DONE]`; the connection stays open for `seconds` more. A plain reply is as ever."""
    return [*scene.reply()[:-1], Pause(seconds)] if scene.stream else scene.reply()


def no_finish(scene: Scene, *, done: bool = True) -> Script:
    """The text without a finish reason and, with `done` false, without `[DONE]` too."""
    script = scene.reply(replace(scene.answer, finish_reason=None))
    if not scene.stream:
        return script
    last = max((index for index, step in enumerate(script) if isinstance(step, Send) and step.text), default=0)
    return [*script[: last + 1], *(script[-1:] if done else [])]


def split_bytes(scene: Scene, *, size: int = 7) -> Script:
    """The bytes cut every `size` bytes, within characters too; a stream with CRLF line ends."""
    steps: list[Step] = []
    for step in scene.reply():
        if not isinstance(step, Send):
            steps.append(step)
            continue
        data = step.data.replace(b"\n", b"\r\n") if scene.stream else step.data
        steps += [Send(data[start : start + size]) for start in range(0, len(data), size)]
    return steps


def big_event(scene: Scene, *, size: int = 1_000_000) -> Script:
    """One event, or the plain body, `size` bytes longer than it needs to be."""
    padding = {"padding": "x" * size}
    if scene.stream:
        return _after_start(scene.reply(), event(scene.wire.chunk(scene.answer, {"content": ""}) | padding))
    return json_reply(scene.wire.completion(scene.answer) | padding)


def script(scene: Scene, *, steps: Sequence[Mapping[str, Any]]) -> Script:
    """Exactly these steps: {status, headers}, {bytes}, {pause}, {reset: true}, {close: true}."""
    return [_step(entry) for entry in steps]


def _step(entry: Any) -> Step:
    if not isinstance(entry, Mapping):
        raise ValueError(f"a step is an object with status, bytes, pause, reset or close; got {entry!r}")
    if "status" in entry:
        return Start(int(entry["status"]), entry.get("headers", JSON))
    if "bytes" in entry:
        return Send(entry["bytes"].encode() if isinstance(entry["bytes"], str) else entry["bytes"])
    if "pause" in entry:
        return Pause(float(entry["pause"]))
    if entry.get("reset") or entry.get("close"):
        return Reset() if entry.get("reset") else Close()
    raise ValueError(f"a step is one of status, bytes, pause, reset, close; got {dict(entry)!r}")
