"""A reply in the making: healthy documents, how they are cut, and how they are put on HTTP."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from router.simulator.wire.registry import WIRES
from router.simulator.wire.wires import Answer
from tests.fuzz.odd_json import (
    write_json,
)
from tests.fuzz.server import WireReply

TARGETS = {"groq": "openai/gpt-oss-120b", "openrouter": "nvidia/nemotron-3-super-120b-a12b:free"}
SEEING_TARGETS = {"groq": "qwen/qwen3.8-27b", "openrouter": "inclusionai/ling-3.0-flash-vl:free"}


@dataclass(frozen=True)
class Meaning:
    """What the provider meant.

    Attributes:
        texts: what a caller may be given as this provider's answer; none where it is no whole answer.
        must: whether it has to be given, rather than another target's.
        refusal: whether the request may end as refused.
        outcome: what the attempt has to come to, where the reply states it.
    """

    texts: tuple[str, ...] = ()
    must: bool = False
    refusal: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class Written:
    """A reply before it is put on HTTP: the body's pieces, and what it means.

    Attributes:
        events: whether it is labelled as a stream.
        close: how the connection ends, as `WireReply.end`.
        status: HTTP's.
    """

    body: bytes
    meaning: Meaning
    events: bool = False
    status: int = 200
    close: str = ""
    cut: int | None = None
    head_spoiler: Callable[[bytes], bytes] | None = None


@dataclass
class Case:
    """One request and the reply to it.

    Attributes:
        family: what is spoiled, and `spoil` by whom.
        mode: `complete` or `stream`.
        limit: the caller's own limit of tokens, or None.
        picture: a picture's bytes that go with the request, or None.
        meaning: known once the reply has been written.
        requests: what the provider was sent.
    """

    seed: int
    family: str
    mode: str
    provider: str
    text: str
    spoil: Callable[[Scene], Written]
    limit: int | None = None
    picture: bytes | None = None
    meaning: Meaning | None = None
    sent: list[bytes | float] = field(default_factory=list)
    requests: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def wants_json(self) -> bool:
        """Whether the request asks for JSON; the text is a document then."""
        return self.family.startswith("json")

    @property
    def targets(self) -> tuple[str, ...]:
        """The spoiled one first, then the healthy one."""
        models = TARGETS if self.picture is None else SEEING_TARGETS
        names = sorted(models, key=lambda name: name != self.provider)
        return tuple(f"{name}:{models[name]}" for name in names)

    def reply(self, document: Mapping[str, Any]) -> WireReply:
        """What the provider sends to this request; the same each time it is asked."""
        self.requests.append(document)
        streams = bool(document.get("stream"))
        dice = random.Random(f"{self.seed}|reply")
        scene = Scene(self, dice, streams)
        written = self.spoil(scene)
        self.meaning = written.meaning
        pieces = on_http(dice, written)
        self.sent = list(pieces)
        return WireReply(tuple(pieces), written.close)


# --- healthy replies ---------------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A reply about to be spoiled."""

    case: Case
    dice: random.Random
    streams: bool

    def __post_init__(self) -> None:
        self.wire = WIRES[self.case.provider]
        self.answer = Answer("id-1", TARGETS[self.case.provider], self.case.text, prompt_tokens=9)
        self.deltas = cut_text(self.dice, self.case.text)

    @property
    def text(self) -> str:
        """What the provider means to say."""
        return self.case.text

    def documents(self, finish: str | None = "stop") -> list[Any]:
        """A healthy stream's events, or the one document of a plain reply."""
        answer = replace(self.answer, finish_reason=finish)
        if not self.streams:
            return [self.wire.completion(answer)]
        first = self.wire.chunk(answer, {"role": "assistant", "content": ""})
        pieces = [self.wire.chunk(answer, {"content": delta}) for delta in self.deltas]
        last = self.wire.chunk(answer, {}, finish)
        return [first, *pieces, {**last, "usage": self.wire.usage(answer)}]

    def written(self, documents: Sequence[Any], meaning: Meaning, **more: Any) -> Written:
        """Documents as a body, without any fault in its framing."""
        texts = [write_json(document, ascii_only=self.dice.random() < 0.3).encode() for document in documents]
        return self.joined(texts, meaning, **more)

    def joined(self, texts: Sequence[bytes], meaning: Meaning, *, done: bool = True, **more: Any) -> Written:
        """JSON texts as a body."""
        if not self.streams:
            return Written(texts[0], meaning, **more)
        events = [b"data: " + text + b"\n\n" for text in texts] + ([b"data: [DONE]\n\n"] if done else [])
        return Written(b"".join(events), meaning, events=True, **more)

    @property
    def whole(self) -> Meaning:
        """The text, and it has to be given."""
        return Meaning((self.text,), must=True)

    @property
    def perhaps(self) -> Meaning:
        """The text, or another target's."""
        return Meaning((self.text,))


def cut_text(dice: random.Random, text: str) -> list[str]:
    """A text in pieces of one to nine characters."""
    pieces = []
    while text:
        size = dice.randint(1, 9)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


# --- HTTP --------------------------------------------------------------------------------------------------------


def on_http(dice: random.Random, written: Written) -> list[bytes | float]:
    """The reply's bytes, cut anywhere."""
    kind = b"text/event-stream" if written.events else b"application/json"
    framing = dice.choice(("length", "chunked", "close"))
    head = b"HTTP/1.1 %d X\r\ncontent-type: %s\r\n" % (written.status, kind)
    body = written.body
    if framing == "length":
        head += b"content-length: %d\r\n" % len(body)
    elif framing == "chunked":
        head += b"transfer-encoding: chunked\r\n"
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in cut_bytes(dice, body, 6)) + b"0\r\n\r\n"
    head += b"connection: close\r\n\r\n"
    if written.head_spoiler is not None:
        head = written.head_spoiler(head)
    data = head + body
    if written.cut is not None:
        # Counted from the body's beginning; what framing adds to it only makes the cut come sooner.
        data = data[: len(head) + written.cut]
    return spaced(dice, cut_bytes(dice, data, 5))


def cut_bytes(dice: random.Random, data: bytes, most: int) -> list[bytes]:
    """Bytes in up to `most` pieces, none of them empty."""
    marks = sorted({0, len(data), *(dice.randrange(len(data) + 1) for _ in range(dice.randint(0, most - 1)))})
    return [data[start:end] for start, end in itertools.pairwise(marks) if end > start]


def spaced(dice: random.Random, pieces: Sequence[bytes]) -> list[bytes | float]:
    """Pieces with a moment between some of them, so that they are read apart."""
    found: list[bytes | float] = []
    for piece in pieces:
        found += [piece, 0.002] if dice.random() < 0.5 else [piece]
    return found
