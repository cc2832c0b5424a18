"""Server-sent events: bytes in, the `data` of whole events out.

Our own, because httpx-sse reads lines from decoded text by way of `response`, one event at a time: it can neither
be fed the bytes of one read under our own time limits, nor does it keep up with 30,000 events a second. What it gets
right is held here by the same tests: bytes cut anywhere, CRLF, CR, comments, several `data` lines, a missing end.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from itertools import pairwise

import orjson

from router.providers.decoding.json_reader import may_hold_content


class ErrorData(bytes):
    """The data of an event that the stream names an error (`event: error`), whatever stands in it."""


class NoticeData(bytes):
    """The data of an event that is named a notice (`event: warning`): words and codes in it are no failure."""


_NAME_PARTS = re.compile(rb"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")
_OF_ERRORS = frozenset(
    {b"error", b"errors", b"err", b"exception", b"failure", b"failed", b"fault", b"fatal", b"abort", b"aborted"}
)
_NO = frozenset({b"no", b"non", b"not", b"without", b"zero"})
_BEHIND_ERRORS = frozenset(
    {b"free", b"rate", b"rates", b"count", b"recovered", b"resolved", b"cleared", b"ignored", b"budget"}
)
_OF_NOTICES = frozenset(
    {b"warning", b"warn", b"info", b"notice", b"notification", b"ping", b"heartbeat", b"alive", b"progress",
     b"keepalive", b"debug", b"trace", b"stats", b"metrics", b"retrying", b"queue", b"queued", b"status"}
)  # fmt: skip


def kind_of_event(name: bytes) -> type[bytes]:
    """`ErrorData`, `NoticeData` or plain bytes, by the parts of an event's name: `error`; `no_error`, `warning`."""
    parts = [part.lower() for part in _NAME_PARTS.findall(name[:_LONGEST_NAME])]
    if not _OF_ERRORS.isdisjoint(parts):
        is_none = any(part in _NO and following in _OF_ERRORS for part, following in pairwise(parts))
        is_notice = is_none or parts[-1] in _BEHIND_ERRORS or not {b"warning", b"warn"}.isdisjoint(parts)
        return NoticeData if is_notice else ErrorData
    return bytes if _OF_NOTICES.isdisjoint(parts) else NoticeData


_LONGEST_NAME = 100


class SSEDecoder:
    """Feed it what a read returned; it gives the events that have become whole.

    A line split over reads is kept in pieces and joined once, so a one-megabyte event costs no more in small pieces
    than in one.

    Bare JSON among the events, which some gateways write where something fails behind them, is data too. Documents on
    `data` lines of their own, without the blank line that ends an event, are an event each.
    """

    __slots__ = ("_after_cr", "_data", "_head", "_is_bare", "_kind", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._data: list[bytes] = []
        self._after_cr = False
        self._head: bytes | None = b""
        self._is_bare = False
        self._kind: type[bytes] = bytes

    def feed(self, chunk: bytes) -> list[bytes]:
        """The `data` of each event that ends within `chunk`."""
        chunk = self._without_bom(chunk)
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_newlines(chunk)
        *lines, begun = chunk.split(b"\n")
        if lines and self._pieces:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces = []
        if begun:
            self._pieces.append(begun)
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data: "):  # nearly every line, so without a call
                self._data.append(line[6:])
            elif line:
                self._field(line)
            elif len(self._data) == 1 and self._kind is bytes:
                events.append(self._data.pop())
                self._is_bare = False
            elif self._data:
                events += self._take()
            else:
                self._kind = bytes
        return events

    def close(self) -> list[bytes]:
        """The last event, where the stream ended without the blank line that ends one."""
        if self._pieces:
            self._field(b"".join(self._pieces))
            self._pieces = []
        return self._take() if self._data else []

    def _field(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._data.append(b"")
        elif line.startswith(b"event:"):
            self._kind = kind_of_event(line[6:])
        elif not line.startswith(_NO_DATA) or may_hold_content(
            line
        ):  # the rest of an event may begin as a comment does
            self._continue(line)

    def _continue(self, line: bytes) -> None:
        """A line that is no field: bare JSON, or the rest of a text that holds a raw line break."""
        if not self._data:
            # Half of an event that a stray blank line has cut in two is handed on too: to drop it would lose its text.
            self._is_bare = line.startswith((b"{", b"[")) or may_hold_content(line)
        is_open = bool(self._data) and self._data[0][:1] == b"{" and not self._data[-1].endswith(b"}")
        # Behind a whole document too, where the blank line between them was lost with the name of the field.
        if self._is_bare or is_open or may_hold_content(line):
            self._data.append(line)

    def _take(self) -> list[bytes]:
        """The event that is whole: its lines joined, or each by itself where each is a document."""
        lines, self._data, self._is_bare = self._data, [], False
        if len(lines) > 1 and (not all(line.startswith(_DOCUMENTS) for line in lines) or _are_one_document(lines)):
            lines = [b"\n".join(lines)]
        if self._kind is not bytes:
            kind, self._kind = self._kind, bytes
            return [kind(line) for line in lines]
        return lines

    def _without_bom(self, chunk: bytes) -> bytes:
        """The chunk, or nothing while it may still be the beginning of a byte order mark."""
        if self._head is None:
            return chunk
        self._head += chunk
        if len(self._head) < len(BOM_UTF8) and BOM_UTF8.startswith(self._head):
            return b""
        whole, self._head = self._head.removeprefix(BOM_UTF8), None
        return whole

    def _with_newlines(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _are_one_document(lines: list[bytes]) -> bool:
    """Whether they are one document, in which a line happens to begin like another."""
    try:
        orjson.loads(b"\n".join(lines))
    except orjson.JSONDecodeError:
        return False
    return True


_DOCUMENTS = (b"{", b"[DONE]")
_NO_DATA = (b":", b"id:", b"retry:")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:")
_UNDECIDED = 64 * 1024  # bytes of comments, after which the label is believed
_AHEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:[\s\x1e]+|:[^\r\n]*)*")
_COMMENT_BEHIND = re.compile(rb"\s*(?::[^\r\n]*|(?:data:\s*)?\[DONE\])\s*\Z")
_MOST_BEHIND = 1_000


def skip_comments(body: bytes) -> bytes:
    """A body without what may stand around it: a byte order mark, blank lines, comments, and the end of a stream."""
    if body.startswith(b"{") and b"\n" not in body and b"\r" not in body:
        return body  # one line that begins as a document does: nearly every answer
    ahead = _AHEAD.match(body)
    body = body if ahead is None else body[ahead.end() :]
    for _ in range(_MOST_BEHIND):
        start = max(body.rfind(b"\n"), body.rfind(b"\r"))
        end = len(body.rstrip()) if start == len(body) - 1 else len(body)
        if end < len(body):
            body = body[:end]
        elif start >= 0 and _COMMENT_BEHIND.match(body, start):
            body = body[:start]
        else:
            break
    return body


def is_event_stream(head: bytes, labelled: bool) -> bool | None:
    """Whether a body is a stream of events, by how it begins; None while more of it is needed to tell.

    Args:
        head: the first bytes; comment lines and blank ones may stand ahead of a document too.
        labelled: whether its content type says so, which counts where the beginning tells nothing.
    """
    text = skip_comments(head[:_UNDECIDED])
    if text.startswith(b"{"):
        return False  # nearly every answer that is no stream
    if BOM_UTF8.startswith(text) or any(field.startswith(text) for field in _FIELDS):
        return None if len(head) < _UNDECIDED else labelled
    return text.startswith(_FIELDS) or (labelled and not text.startswith((b"{", b"[", b"<")))
