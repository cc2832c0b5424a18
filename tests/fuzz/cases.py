"""Generated cases: what a provider sends, in every odd form, and what it meant by that.

`make_case(seed)` gives the same case for the same seed. Each family below spoils a healthy reply in one way and says
which texts a caller may then be given in its place.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from router.simulator.wire.wires import WIRES, Answer
from tests.fuzz.odd_json import (
    ACCOUNT_IDS,
    SECRET_KEYS,
    Literal,
    odd_value,
    places_in,
    replaced,
    write_json,
    write_text,
)
from tests.fuzz.odd_pictures import spoiled_picture
from tests.fuzz.server import HALF_OPEN, RESET, Reply

TARGETS = {"groq": "openai/gpt-oss-120b", "openrouter": "nvidia/nemotron-3-super-120b-a12b:free"}
SEEING_TARGETS = {"groq": "qwen/qwen3.8-27b", "openrouter": "inclusionai/ling-3.0-flash-vl:free"}
_WORDS = (
    "never mix bleach and ammonia eat oats Früchte naïve 休息 三つ 🍌 👩\u200d🍳 مرحبا שלום "
    '$5~7 **bold** {"a": 1} back\\slash 8~12 "quoted" x²≥3 – “so” kg & [link] Ωmega\u00a0end 🏋️ \u200bzero-width'
)


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
        close: how the connection ends, as `Reply.end`.
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
        family: what is spoiled.
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

    def reply(self, document: Mapping[str, Any]) -> Reply:
        """What the provider sends to this request; the same each time it is asked."""
        self.requests.append(document)
        streams = bool(document.get("stream"))
        dice = random.Random(f"{self.seed}|reply")
        scene = Scene(self, dice, streams)
        written = FAMILIES[self.family](scene)
        self.meaning = written.meaning
        pieces = on_http(dice, written)
        self.sent = list(pieces)
        return Reply(tuple(pieces), written.close)


def make_case(seed: int) -> Case:
    """The case of a seed."""
    dice = random.Random(seed)
    family = dice.choices(list(FAMILIES), [WEIGHTS.get(name, 4) for name in FAMILIES])[0]
    words = _WORDS.split(" ")
    text = " ".join(dice.choice(words) for _ in range(dice.randint(3, 14))).strip() or "word"
    mode, provider = dice.choice(("complete", "stream")), dice.choice(list(TARGETS))
    limit = dice.choice((None, 40)) if family == "ending" else None
    case = Case(seed, family, mode, provider, f"A{text}Z", limit)
    if case.wants_json:
        case.text = json.dumps({"said": case.text, "number": dice.random(), "list": [None, True, {"": []}]})
    case.picture = spoiled_picture(dice) if family == "pictures" else None
    return case


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


# --- families ----------------------------------------------------------------------------------------------------

_MEANT = ("choices", "error", "message", "delta", "content", "finish_reason", "role", "native_finish_reason", "index",
          "reasoning", "reasoning_details", "refusal")  # fmt: skip
"""Fields whose values say something about the answer."""


def odd_facts(scene: Scene) -> Written:
    """Odd values in all places that say nothing of the answer: the answer stands."""
    documents = scene.documents()
    for _ in range(scene.dice.randint(1, 5)):
        place = scene.dice.randrange(len(documents))
        paths = [
            path for path in places_in(documents[place]) if path[-1] not in _MEANT and not isinstance(path[-1], int)
        ]
        path = scene.dice.choice([path for path in paths if not set(path) & {"message", "delta"}])
        documents[place] = replaced(documents[place], path, odd_value(scene.dice))
    if scene.dice.random() < 0.4:
        place = scene.dice.randrange(len(documents))
        documents[place] = {**documents[place], "surplus": odd_value(scene.dice)}
    return scene.written(documents, scene.whole)


def odd_anywhere(scene: Scene) -> Written:
    """One odd value in any place: what stands elsewhere is neither lost nor doubled."""
    documents = scene.documents()
    place = scene.dice.randrange(len(documents))
    path = scene.dice.choice(list(places_in(documents[place])))
    # An answer that quotes a key is an answer: what it says is not the router's to change.
    value = odd_value(scene.dice, quoting=path[-1] not in _MEANT)
    documents[place] = replaced(documents[place], path, value)
    before, after = scene.text, ""
    if not scene.streams:
        before = ""
    elif place <= len(scene.deltas):
        before, after = "".join(scene.deltas[: max(0, place - 1)]), "".join(scene.deltas[place:])
    # Left out may be what the odd value has taken the place of; what still stands in the reply may not.
    content = ("choices", 0, "delta" if scene.streams else "message", "content")
    left = [before + after] if path == content[: len(path)] else []
    texts = [scene.text, *left, *(before + said + after for said in _as_texts(value))]
    return scene.written(documents, Meaning(tuple(texts), refusal=True))


def _as_texts(value: Literal) -> list[str]:
    """What an odd value may say where it stands as a content: a text its own, a number its digits."""
    try:
        read = json.loads(value.text)
    except (ValueError, RecursionError):
        return []
    if isinstance(read, str):
        return [read, _unreadable(read)]
    if not isinstance(read, int | float) or len(value.text) > 300:
        return []
    return [value.text, str(read), str(float(read))]


def raw_characters(scene: Scene) -> Written:
    """Control characters unescaped in a text, numbers that JSON has not: read all the same."""
    control = scene.dice.choice("\t\x01\x0b\x1f\x7f")
    where = scene.dice.randrange(len(scene.deltas))
    scene.deltas[where] += control
    text = "".join(scene.deltas)
    scene.answer = replace(scene.answer, text=text)
    documents = scene.documents()
    texts = [_loosely(document) for document in documents]
    if scene.dice.random() < 0.5:
        place = scene.dice.randrange(len(texts))
        number = scene.dice.choice(("NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000))
        texts[place] = texts[place].replace('"logprobs": null', f'"logprobs": {{"x": {number}}}')
    return scene.joined([text.encode() for text in texts], Meaning((text,), must=True))


def _loosely(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_json(key)}: {_loosely(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_loosely, value)) + "]"
    return write_text(value, raw_controls=True) if isinstance(value, str) else write_json(value)


def halves(scene: Scene) -> Written:
    """A character whose two halves come as escapes in two events, or beside each other in one."""
    where = scene.dice.randrange(len(scene.deltas))
    high, low = "\ud83c", "\udf4c"
    if scene.streams and scene.dice.random() < 0.7:
        scene.deltas[where : where + 1] = [scene.deltas[where] + high, low]
    else:
        scene.deltas[where] += high + low
    text = "".join(scene.deltas)
    scene.answer = replace(scene.answer, text=text)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16")
    return scene.written(scene.documents(), Meaning((whole,), must=True))


def lone_half(scene: Scene) -> Written:
    """Half a character, whose other half never comes."""
    where = scene.dice.randrange(len(scene.deltas))
    scene.deltas[where] += scene.dice.choice(("\ud83c", "\udf4c"))
    text = "".join(scene.deltas)
    scene.answer = replace(scene.answer, text=text)
    return scene.written(scene.documents(), Meaning((_unreadable(text), text)))


def _unreadable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def bad_utf8(scene: Scene) -> Written:
    """Bytes within a text that are no characters."""
    bad = scene.dice.choice((b"\xff", b"\xc3", b"\xe4\xbc", b"\xed\xa0\xbd", b"\xf0\x9f\x8d", b"\xc0\xaf"))
    where = scene.dice.randrange(len(scene.deltas))
    scene.deltas[where] += "§§"
    text = "".join(scene.deltas)
    scene.answer = replace(scene.answer, text=text)
    documents = scene.documents()
    texts = [write_json(document).encode().replace("§§".encode(), bad) for document in documents]
    return scene.joined(texts, Meaning((text.replace("§§", bad.decode(errors="replace")),)))


def framing(scene: Scene) -> Written:
    """Line ends, comments, further fields, several `data` lines, a byte order mark, no end: all within the rules."""
    whole = scene.written(scene.documents(), scene.whole)
    dice = scene.dice
    mark = b"\xef\xbb\xbf" if dice.random() < 0.3 else b""
    if not scene.streams:
        ahead = b"".join(dice.choice((b"\n", b"  ", b": OPENROUTER PROCESSING\n\n", b"\r\n")) for _ in range(3))
        return replace(whole, body=mark + ahead + whole.body + dice.choice((b"", b"\n\n")))
    events = whole.body.split(b"\n\n")[:-1]
    body = b"".join(_framed(dice, event) for event in events)
    end = dice.choice((b"\n", b"\r\n", b"\r"))
    if dice.random() < 0.2:
        body = body.rstrip(b"\n")
    return replace(whole, body=mark + body.replace(b"\n", end))


def _framed(dice: random.Random, event: bytes) -> bytes:
    ahead = dice.choice(
        (b"", b": comment\n\n", b"event: message\n", b"id: 7\nretry: 10\n", b"\n\n", b":\n", b"foo: bar\n")
    )
    data = event.removeprefix(b"data: ")
    if dice.random() < 0.2:
        data = data.replace(b", ", b",\ndata: ", 1) if b'": "' not in data.partition(b", ")[0] else data
    return ahead + dice.choice((b"data: ", b"data:")) + data + b"\n\n"


def unframed(scene: Scene) -> Written:
    """Documents without events around them, what says nothing behind them, a status of success that is not 200."""
    dice = scene.dice
    texts = [write_json(document).encode() for document in scene.documents()]
    ways = [
        b"\n".join(texts),
        b"[" + b", ".join(texts) + b"]",
        b"".join(texts),
        b"\x1e" + b"\n\x1e".join(texts) + b"\n",
    ]
    body = dice.choice(ways) + dice.choice((b"", b"\n\n: done", b"\n: a\n: b\n\n", b"\n"))
    return Written(body, scene.whole, events=dice.random() < 0.3, status=dice.choice((200, 200, 201, 203, 206)))


_LENGTH = (
    "length", "LENGTH", "max_tokens", "MAX_TOKENS", "Length", "max_output_tokens", "model_length", "out_of_tokens",
    "output_limit", "context_limit", "exceeded_context", "too_long", "limit", "budget_exceeded",
)  # fmt: skip
_FILTER = (
    "content_filter", "CONTENT_FILTER", "SAFETY", "safety", "Content_Filter", "PROHIBITED_CONTENT", "unsafe",
    "harmful", "jailbreak", "toxicity",
)  # fmt: skip
_ERROR = ("error", "ERROR", "Error", "rate_limit", "time_limit", "out_of_memory")
_UNKNOWN = ("crashed", "killed", "terminated", "disconnected", "oom", "internal", "preempted", "denied", "early_stop")
_WHOLE = (
    "stop", "STOP", "end_turn", "eos", "stop_sequence", "Stop", "completed", "eos_token_found", "message_complete",
    "</s>", "<|eot_id|>",
)  # fmt: skip
_NOTHING = (None, "", "null", "none", "None", "unspecified", "FINISH_REASON_UNSPECIFIED")


def ending(scene: Scene) -> Written:
    """Finish reasons in other spellings, too early, on every event, in the provider's own field, or none."""
    way = scene.dice.choice(
        ("length", "filter", "error", "stop", "nothing", "every", "early", "again", "done", "unknown")
    )
    return _ENDINGS[way](scene)


def _reason(scene: Scene, word: str | None, meaning: Meaning, *, done: bool = True) -> Written:
    documents = scene.documents(word)
    # What the upstream said itself stands beside what was made of it; where that is nothing, the other one holds.
    if word not in _NOTHING and scene.case.provider == "openrouter" and scene.dice.random() < 0.5:
        choice = {**documents[-1]["choices"][0], "finish_reason": "stop", "native_finish_reason": word}
        documents[-1] = {**documents[-1], "choices": [choice]}
    return scene.written(documents, meaning, done=done)


def _ends_at_length(scene: Scene) -> Written:
    meaning = scene.whole if scene.case.limit else Meaning()
    return _reason(scene, scene.dice.choice(_LENGTH), meaning)


def _ends_at_filter(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_FILTER), Meaning(refusal=True))


def _ends_in_error(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_ERROR), Meaning())


def _ends_whole(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_WHOLE), scene.whole)


def _ends_in_nothing(scene: Scene) -> Written:
    word, done = scene.dice.choice(_NOTHING), scene.dice.random() < 0.5
    # A plain body has its own end, and so has a stream that says it is done and gives reasons that mean nothing.
    whole = not scene.streams or (word is not None and done)
    return _reason(scene, word, scene.perhaps if whole else Meaning(), done=done)


def _reasons_everywhere(scene: Scene) -> Written:
    documents = scene.documents()
    word = scene.dice.choice(("stop", "", "null"))
    if scene.streams:
        documents = [*(replaced(document, ("choices", 0, "finish_reason"), word) for document in documents[:-1]),
                     documents[-1]]  # fmt: skip
    return scene.written(documents, scene.whole)


def _reason_too_early(scene: Scene) -> Written:
    documents = scene.documents()
    if scene.streams:
        place = scene.dice.randrange(len(documents) - 1)
        documents[place] = replaced(documents[place], ("choices", 0, "finish_reason"), "stop")
    return scene.written(documents, scene.whole)


def _ends_in_the_unknown(scene: Scene) -> Written:
    word = scene.dice.choice(_UNKNOWN)
    documents = scene.documents(word)
    if scene.dice.random() < 0.5:
        choice = {**documents[-1]["choices"][0], "finish_reason": None, "native_finish_reason": word}
        documents[-1] = {**documents[-1], "choices": [choice]}
    return scene.written(documents, Meaning())


def _whole_again(scene: Scene) -> Written:
    documents = scene.documents()
    if scene.streams:
        again = scene.dice.choice(
            (
                {"message": {"role": "assistant", "content": scene.text}},
                {"text": scene.text},
                {"output_text": scene.text},
                {"delta": {"message": {"content": scene.text}}},
            )
        )
        documents[-1] = {**documents[-1], "choices": [{**documents[-1]["choices"][0], **again}]}
    written = scene.written(documents, scene.whole)
    if scene.streams and scene.dice.random() < 0.3:
        written = replace(written, body=written.body + written.body)
    return written


def _no_done(scene: Scene) -> Written:
    return scene.written(scene.documents(), scene.whole, done=False)


_ENDINGS: dict[str, Callable[[Scene], Written]] = {
    "length": _ends_at_length,
    "filter": _ends_at_filter,
    "error": _ends_in_error,
    "stop": _ends_whole,
    "nothing": _ends_in_nothing,
    "every": _reasons_everywhere,
    "early": _reason_too_early,
    "again": _whole_again,
    "unknown": _ends_in_the_unknown,
    "done": _no_done,
}


def surplus_events(scene: Scene) -> Written:
    """Events that are no JSON and hold no content, between those that do: skipped."""
    whole = scene.written(scene.documents(), scene.whole)
    if not scene.streams:
        return whole
    events = whole.body.split(b"\n\n")[:-1]
    for _ in range(scene.dice.randint(1, 4)):
        surplus = scene.dice.choice((b"data: {no", b"data: ", b"data: 5", b"data: null", b"data: []", b'data: "ping"',
                                     b"data", b"event: ping\ndata: {}", b"data: {}", b"data: ping", b"data: \xff\xfe",
                                     b'data: {"choices": []}', b'data: {"choices": null}'))  # fmt: skip
        events.insert(scene.dice.randrange(len(events)), surplus)
    return replace(whole, body=b"\n\n".join(events) + b"\n\n")


def torn_event(scene: Scene) -> Written:
    """One event with content is no JSON any more: the rest is no whole answer."""
    documents = scene.documents()
    texts = [write_json(document).encode() for document in documents]
    where = scene.dice.randrange(1, len(texts) - 1) if scene.streams else 0
    at = texts[where].index(b'"content"') + scene.dice.randint(12, 14)
    texts[where] = scene.dice.choice(
        (texts[where][:at], texts[where][:at] + b"}", b"{" + texts[where], texts[where][1:])
    )
    return scene.joined(texts, scene.perhaps)


def elsewhere(scene: Scene) -> Written:
    """One piece of the text stands in another place or form than the rest: read there, or no whole answer."""
    documents = scene.documents()
    place = scene.dice.randrange(1, len(documents) - 1) if scene.streams else 0
    name = "delta" if scene.streams else "message"
    choice = documents[place]["choices"][0]
    text = choice[name]["content"]
    moved = scene.dice.choice(_MOVES)(documents[place], choice, name, text)
    if isinstance(moved, bytes):
        texts = [write_json(document).encode() for document in documents]
        return scene.joined([*texts[:place], moved, *texts[place + 1 :]], scene.perhaps)
    documents[place] = moved
    return scene.written(documents, scene.perhaps)


def _with_choice(document: Mapping[str, Any], choice: Any) -> dict[str, Any]:
    return {**document, "choices": [choice]}


_MOVES: tuple[Callable[[Any, Any, str, str], Any], ...] = (
    lambda whole, choice, name, text: {**whole, "choices": {"0": choice}},
    lambda whole, choice, name, text: {**whole, "choices": [None, choice]},
    lambda whole, choice, name, text: {**whole, "choices": choice},
    lambda whole, choice, name, text: {"data": whole},
    lambda whole, choice, name, text: {"Choices": whole["choices"]},
    lambda whole, choice, name, text: {**whole, "choices": [], "text": text},
    lambda whole, choice, name, text: {**whole, "choices": [], "message": {"content": text}},
    lambda whole, choice, name, text: {"candidates": [{"content": {"parts": [{"text": text}]}}]},
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: text}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"text": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"Content": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {}, "output": {"content": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": {"text": {"value": text}}}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": {"content": text}}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": [[text]]}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": [{"words": text}]}}),
    lambda whole, choice, name, text: {**whole, "choices": [{**choice, name: {"content": text[:1]}},
                                                            {**choice, name: {"content": text[1:]}}]},
    lambda whole, choice, name, text: write_json(whole)
    .replace('"content": ', '"content": "", "content": ', 1)
    .encode(),
    lambda whole, choice, name, text: write_json(whole)
    .replace(f'"{name}": ', f'"{name}": {write_json({"content": text})}, "{name}": ', 1)
    .replace('"content": ', '"role": ')
    .replace('"role": ', '"content": ', 1)
    .encode(),
    lambda whole, choice, name, text: re.sub(r'"(\w+)": ', r"\1: ", write_json(whole)).encode(),
)  # fmt: skip
"""Ways to write a piece of a text elsewhere; bytes where it is no JSON, or JSON that gives a name twice."""


def structure_flips(scene: Scene) -> Written:
    """Bytes changed, dropped or added anywhere but in the texts themselves and the names that announce them."""
    body = scene.written(scene.documents(), scene.perhaps).body
    kept = _protected(body)
    for _ in range(scene.dice.randint(1, 4)):
        places = [place for place in range(len(body)) if not kept[place]]
        place = scene.dice.choice(places)
        added = scene.dice.choice((b"", bytes([scene.dice.randrange(256)]), b"\x00", b'"', b"}", b"\n", b"\n\n"))
        keep = scene.dice.random() < 0.3
        body = body[:place] + added + body[place + (not keep) :]
        kept = kept[:place] + [False] * len(added) + kept[place + (not keep) :]
    return Written(body, Meaning((scene.text,), refusal=True), events=scene.streams)


_NAMES = (b"data: ", b'"finish_reason"', b'"native_finish_reason"', b"[DONE]")


def _protected(body: bytes) -> list[bool]:
    """Which bytes say something of their own: the contents, and the names without which they would be none."""
    kept = [False] * len(body)
    start = body.find(b'"content": "')
    while start >= 0:
        end = start + 12
        while body[end : end + 1] != b'"':
            end += 2 if body[end : end + 1] == b"\\" else 1
        kept[start : end + 1] = [True] * (end + 1 - start)
        start = body.find(b'"content": "', end)
    for name in _NAMES:
        start = body.find(name)
        while start >= 0:
            kept[start : start + len(name)] = [True] * len(name)
            start = body.find(name, start + 1)
    return kept


def heads(scene: Scene) -> Written:
    """A head with bytes changed, or with headers that nobody should send."""
    spoil = scene.dice.choice((_flipped, _with_header))
    seed = scene.dice.random()
    written = scene.written(scene.documents(), Meaning((scene.text,), refusal=True))
    return replace(written, head_spoiler=lambda head: spoil(random.Random(seed), head), close=_any_end(scene.dice))


def _any_end(dice: random.Random) -> str:
    return HALF_OPEN if dice.random() < 0.03 else ""


def _flipped(dice: random.Random, head: bytes) -> bytes:
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(head))
        added = dice.choice((b"", bytes([dice.randrange(256)]), b"\x00", b"\r\n", b" "))
        head = head[:place] + added + head[place + dice.randint(0, 1) :]
    return head


_HEADERS = (
    b"x-long: " + b"x" * 9_000, b"x-told: " + SECRET_KEYS[0].encode(), b"no colon " + SECRET_KEYS[1].encode(),
    b"content-length: 5", b"content-length: -1", b"content-length: " + b"9" * 30, b"content-length: many",
    b"transfer-encoding: chunked", b"transfer-encoding: gzip, chunked", b"content-encoding: gzip",
    b"content-encoding: br", b"content-type: text/html", b"content-type: text/event-stream", b"content-type: \xff",
    b"retry-after: NaN", b"retry-after: -5", b"retry-after: 1e999", b"x-\x00nul: 1", b"\xffx: 1", b": empty name",
    b"x-ratelimit-reset-requests: " + ACCOUNT_IDS[0].encode(), b"x-ratelimit-remaining-tokens: NaN",
    b"x-ratelimit-reset-tokens: 1e400s", b"date: never", b"location: http://127.0.0.1:1/", b"upgrade: h2c",
    b"connection: keep-alive", b"set-cookie: a=" + b"y" * 3_000, b"x-folded: a\r\n b", b"x: " + b"z" * 70_000,
)  # fmt: skip


def _with_header(dice: random.Random, head: bytes) -> bytes:
    first, _, rest = head.partition(b"\r\n")
    return b"\r\n".join([first, *dice.sample(_HEADERS, dice.randint(1, 2)), rest])


def truncated(scene: Scene) -> Written:
    """The connection ends somewhere in the body: no whole answer, unless all of it had come."""
    written = scene.written(scene.documents(), scene.perhaps)
    # The last document without its end: whatever the framing adds, no more than this of it goes out.
    last = written.body.rindex(b'"finish_reason"') if scene.streams else len(written.body)
    cut = scene.dice.randrange(last)
    return replace(written, cut=cut, meaning=Meaning(), close=scene.dice.choice(("", RESET)))


_TROUBLES: dict[str, tuple[int, dict[str, Any], str]] = {
    "cap": (429, {"message": "Rate limit exceeded: free-models-per-day", "code": 429}, "free_day_used_up"),
    "limit": (429, {"message": "Rate limit reached on tokens per minute (TPM). Please try again in 2s",
                    "code": "rate_limit_exceeded", "type": "tokens"}, "rate_limited"),
    "key": (401, {"message": "Invalid API Key", "code": "invalid_api_key", "status": 401}, "unauthorized"),
    "credit": (402, {"message": "Insufficient credits", "code": 402}, "payment_required"),
    "gone": (404, {"message": "The model does not exist or you do not have access to it", "code": "model_not_found",
                   "status": 404}, "gone"),
    "over": (503, {"message": "over capacity", "code": 503}, "server_error"),
}  # fmt: skip


def wrapped_errors(scene: Scene) -> Written:
    """An error in any wrapping, as a status, inside a 200, or within a stream: the same outcome."""
    dice = scene.dice
    status, error, outcome = _TROUBLES[dice.choice(list(_TROUBLES))]
    error = {**error, "quoted": f"{dice.choice(SECRET_KEYS)} {dice.choice(ACCOUNT_IDS)}"}
    if dice.random() < 0.4:
        error["message"] += dice.choice(("\ud83d", " \x00", " \u202e", " 休息"))
    body = write_json(dice.choice(_WRAPPINGS)(error)).encode()
    if dice.random() < 0.2:
        body = body.replace(b'"quoted"', b'"\xff"')
    meaning = Meaning(outcome=outcome)
    if dice.random() < 0.5:
        return Written(body, meaning, status=status)
    if not scene.streams or dice.random() < 0.2:  # bare JSON, also where a stream was asked for
        return Written(body, meaning, events=scene.streams and dice.random() < 0.5)
    begun = [write_json(document).encode() for document in scene.documents()[: dice.randint(0, len(scene.deltas))]]
    name = b"event: error\n" if dice.random() < 0.5 else b""
    notice = dice.choice((b"", b"event: no_error\ndata: {\"ok\": true}\n\n",
                          b"event: warning\ndata: {\"message\": \"high error rate\", \"code\": 429}\n\n"))  # fmt: skip
    events = notice + b"".join(b"data: " + text + b"\n\n" for text in begun)
    end = dice.choice((b"", b"data: [DONE]\n\n"))
    return Written(events + name + b"data: " + body + b"\n\n" + end, meaning, events=True)


_WRAPPINGS: tuple[Callable[[dict[str, Any]], Any], ...] = (
    lambda error: {"failure": error},
    lambda error: {"fault": {**error, "faultstring": error["message"], "message": None}},
    lambda error: {**error, "error_code": error["code"], "error_msg": error["message"], "message": None},
    lambda error: {"base_resp": {**error, "status_msg": error["message"], "message": None}},
    lambda error: {"error": {**error, "error_message": error["message"], "message": None}},
    lambda error: {"error": error},
    lambda error: {"error": {"error": error}},
    lambda error: [{"error": error}],
    lambda error: {"detail": {"error": error}},
    lambda error: {"id": "x", "object": "chat.completion", "choices": [], "error": error},
    lambda error: {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error", "error": error}]},
    lambda error: {"error": error, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]},
    lambda error: {"error": {**error, "metadata": {"raw": write_json({"error": error})}}},
)


def thoughts(scene: Scene) -> Written:
    """Thinking in tags and channels of many kinds ahead of the answer: never shown as the answer."""
    dice = scene.dice
    opening, closing = dice.choice(
        (
            ("<think>", "</think>"),
            ("<thinking>", "</thinking>"),
            ("<thought>", "</thought>"),
            ("<THINK>", "</THINK>"),
            ("<Think>\n", "\n</Think>"),
            ("<|channel>thought\n", "<channel|>"),
            ("<unused94>thought\n", "<unused95>"),
            ("<|inner_prefix|>", "<|inner_suffix|>"),
            ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
            ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        )
    )
    scene.deltas = cut_text(dice, f"{opening}hidden plan{closing}{scene.text}")
    scene.answer = replace(scene.answer, text="".join(scene.deltas))
    return scene.written(scene.documents(), Meaning((scene.text,), must=True))


def templates(scene: Scene) -> Written:
    """A chat template's marks ahead of the answer and behind it: taken off."""
    opening, closing = scene.dice.choice(
        (
            ("<|header_start|>assistant<|header_end|>\n\n", "<|eot|>"),
            ("<|im_start|>assistant\n", "<|im_end|>\n"),
            ("<start_of_turn>model\n", "<end_of_turn>"),
            ("<|turn>model\n", "<turn|>"),
            ("<s>", "</s>"),
            ("<bos>", "<eos>"),
            ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
            ("<|START_RESPONSE|>", "<|END_RESPONSE|><|END_OF_TURN_TOKEN|>"),
            ("[|assistant|]", "[|endofturn|]"),
        )
    )
    whole = scene.dice.choice((f"{opening}{scene.text}", f"{scene.text}{closing}", f"{opening}{scene.text}{closing}"))
    scene.deltas = cut_text(scene.dice, whole)
    scene.answer = replace(scene.answer, text=whole)
    return scene.written(scene.documents(), scene.whole)


def marks_in_text(scene: Scene) -> Written:
    """A text that speaks of such marks, in code: it stays as it is."""
    mark = scene.dice.choice(
        ("`<think>`", "\n```\n<think>x</think>\n```\n", "`</think>`", "a < b", "<b>bold</b>", "1 <2")
    )
    text = f"{scene.text} {mark} {scene.text}"
    scene.deltas = cut_text(scene.dice, text)
    scene.answer = replace(scene.answer, text=text)
    return scene.written(scene.documents(), Meaning((text,), must=True))


def json_in_prose(scene: Scene) -> Written:
    """A document in a fence or in prose, over a wire with odd facts: mended without a further call."""
    ahead, behind = scene.dice.choice((("", ""), ("```json\n", "\n```"), ("Here it is: ", ""), ("```\n", "```\nDone.")))
    scene.deltas = [f"{ahead}{scene.text}{behind}"]
    scene.answer = replace(scene.answer, text=scene.deltas[0])
    return replace(odd_facts(scene), meaning=scene.whole)


def json_torn(scene: Scene) -> Written:
    """Half a document: never given as a whole one."""
    half = scene.text[: scene.dice.randrange(1, len(scene.text) - 1)]
    scene.deltas, scene.answer = [half], replace(scene.answer, text=half)
    return scene.written(scene.documents(), scene.perhaps)


def pictures(scene: Scene) -> Written:
    """The picture is spoiled, and the reply is a healthy one."""
    return scene.written(scene.documents(), scene.whole)


FAMILIES: dict[str, Callable[[Scene], Written]] = {
    "odd_facts": odd_facts,
    "odd_anywhere": odd_anywhere,
    "raw_characters": raw_characters,
    "halves": halves,
    "lone_half": lone_half,
    "bad_utf8": bad_utf8,
    "framing": framing,
    "ending": ending,
    "surplus_events": surplus_events,
    "torn_event": torn_event,
    "elsewhere": elsewhere,
    "templates": templates,
    "unframed": unframed,
    "structure_flips": structure_flips,
    "heads": heads,
    "truncated": truncated,
    "wrapped_errors": wrapped_errors,
    "thoughts": thoughts,
    "marks_in_text": marks_in_text,
    "json_in_prose": json_in_prose,
    "json_torn": json_torn,
    "pictures": pictures,
}
WEIGHTS = {
    "elsewhere": 10,
    "odd_facts": 10,
    "odd_anywhere": 10,
    "ending": 10,
    "structure_flips": 12,
    "heads": 10,
    "wrapped_errors": 8,
}
