"""Server-sent events: bytes in, the `data` of whole events out.

Our own, because httpx-sse reads lines from decoded text by way of `response`, one event at a time: it can neither
be fed the bytes of one read under our own time limits, nor does it keep up with 30,000 events a second. What it gets
right is held here by the same tests: bytes cut anywhere, CRLF, CR, comments, several `data` lines, a missing end.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator


class SSEDecoder:
    """Feed it what a read returned; it gives the events that have become whole.

    A line split over reads is kept in pieces and joined once, so a one-megabyte event costs no more in small pieces
    than in one.
    """

    __slots__ = ("_after_cr", "_data", "_head", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._data: list[bytes] = []
        self._after_cr = False
        self._head: bytes | None = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The `data` of each event that ends within `chunk`."""
        chunk = self._without_bom(chunk)
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_newlines(chunk)
        first, *rest = chunk.split(b"\n")
        if first:
            self._pieces.append(first)
        for following in rest:
            line = b"".join(self._pieces)
            self._pieces = [following] if following else []
            if line:
                self._field(line)
            elif self._data:
                yield self._take()

    def close(self) -> Iterator[bytes]:
        """The last event, where the stream ended without the blank line that ends one."""
        if self._pieces:
            self._field(b"".join(self._pieces))
            self._pieces = []
        if self._data:
            yield self._take()

    def _field(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._data.append(b"")

    def _take(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        return data

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


_FIELDS = (b"data:", b"event:", b"id:", b"retry:")
_UNDECIDED = 64 * 1024  # bytes of comments, after which the label is believed
_AHEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|:[^\r\n]*)*")


def skip_comments(body: bytes) -> bytes:
    """A body without what may stand ahead of it: a byte order mark, blank lines, comment lines that keep it alive."""
    ahead = _AHEAD.match(body)
    return body if ahead is None else body[ahead.end() :]


def is_event_stream(head: bytes, labelled: bool) -> bool | None:
    """Whether a body is a stream of events, by how it begins; None while more of it is needed to tell.

    Args:
        head: the first bytes; comment lines and blank ones may stand ahead of a document too.
        labelled: whether its content type says so, which counts where the beginning tells nothing.
    """
    text = skip_comments(head[:_UNDECIDED])
    if BOM_UTF8.startswith(text) or any(field.startswith(text) for field in _FIELDS):
        return None if len(head) < _UNDECIDED else labelled
    return text.startswith(_FIELDS) or (labelled and not text.startswith((b"{", b"[", b"<")))
