"""The families: each spoils a healthy reply in one way, and says which texts a caller may then be given."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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
from tests.fuzz.scenes import Meaning, Scene, Written, cut_text
from tests.fuzz.server import HALF_OPEN, RESET

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
    if isinstance(read, list) and read and all(isinstance(part, str) for part in read):
        return ["".join(read)]
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
