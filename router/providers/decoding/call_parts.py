"""Tool calls put together from their pieces, whatever a provider takes for one.

By the standard a call's first piece has its place among the calls (`index`), its id and its name, and all further ones
have the place and some more of the arguments. Seen are also: no place at all; every call at place 0; places that count
from 1, or that change between the first piece and the next; no id; one id for two calls; name and id on every piece;
the whole arguments once more at the end; arguments as an object; several calls in one piece. So the place says where a
piece belongs, else its id, else the call that is open; and what would spoil a call that is whole begins a new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.providers.decoding.json_reader import whole_text, without_halves

_LONGEST_ID = 200  # characters; a longer id names nothing that could be sent back


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as a provider made it, gathered and not checked.

    Attributes:
        arguments: text, mostly JSON; empty where there were none.
        id: the provider's own; empty where it gave none.
    """

    name: str
    arguments: str
    id: str = ""


@dataclass(slots=True, eq=False)
class _OpenCall:
    """A call that may yet get more; `whole` is the value of its arguments once they are an object."""

    name: str = ""
    id: str = ""
    pieces: list[str] = field(default_factory=list)
    whole: Any = None

    def is_whole(self) -> bool:
        """Whether its arguments are a JSON object as they stand; looked for only where it decides something."""
        if self.whole is None and self.pieces and self.pieces[-1].rstrip()[-1:] in ("}", ""):
            self.whole = _object_in("".join(self.pieces))
        return self.whole is not None

    def add(self, piece: str) -> None:
        """Add a piece of the arguments."""
        if piece:
            self.pieces.append(piece)
            self.whole = None


class CallGatherer:
    """Feed it what stands under `tool_calls`, piece by piece or whole."""

    __slots__ = ("_by_id", "_by_index", "_calls", "_last")

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, _OpenCall] = {}
        self._by_id: dict[str, _OpenCall] = {}
        self._last: _OpenCall | None = None

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, entries: Any) -> int:
        """Take in the pieces of one event; gives how many characters of names and arguments they brought."""
        size = 0
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, Mapping):
                size += self._take(entry)
        return size

    def calls(self) -> list[RawCall]:
        """The calls so far. A piece that never had a name is no call."""
        return [
            RawCall(whole_text(call.name), whole_text("".join(call.pieces)), whole_text(call.id))
            for call in self._calls
            if call.name
        ]

    def _take(self, entry: Mapping[str, Any]) -> int:
        function = entry.get("function")
        fields = function if isinstance(function, Mapping) else entry
        name, piece = _text(fields.get("name")), _arguments(fields.get("arguments"))
        id = _text(entry.get("id"))[:_LONGEST_ID]
        index = entry.get("index")
        index = index if isinstance(index, int) and not isinstance(index, bool) else None
        if not (name or piece or id):
            return 0
        call = self._call_of(index, id, name)
        if call is None or _begins_anew(call, id, name, piece):
            call = _OpenCall()
            self._calls.append(call)
        elif _repeats(call, piece):
            piece = ""
        call.name, call.id = call.name or name, call.id or id
        call.add(piece)
        if index is not None:
            self._by_index[index] = call
        if call.id:
            self._by_id[call.id] = call
        self._last = call
        return len(name) + len(piece)

    def _call_of(self, index: int | None, id: str, name: str) -> _OpenCall | None:
        """The call that a piece belongs to, unless it begins a new one."""
        if index is not None and index in self._by_index:
            return self._by_index[index]
        if index is None:
            return self._by_id.get(id, self._last)
        # A new place with a name is a new call, if the one that is open could be over; without a name it is more of
        # that one, whose place has changed behind its first piece.
        return self._last if not name else None


def _begins_anew(call: _OpenCall, id: str, name: str, piece: str) -> bool:
    """Whether a piece that names this call's place is the first of another one."""
    if name and call.name and name != call.name:
        return True
    if id and call.id and id != call.id:
        # Some servers make up an id for each piece; without a name it is no beginning while the call is not whole.
        return bool(name) or call.is_whole()
    # Behind a whole object nothing can come but the same again, or the next call's.
    return piece.lstrip().startswith("{") and call.is_whole() and not _repeats(call, piece)


def _repeats(call: _OpenCall, piece: str) -> bool:
    """Whether a piece is the whole arguments once more."""
    if not piece.lstrip().startswith("{") or not call.is_whole():
        return False
    again = _object_in(piece)
    return again is not None and bool(again == call.whole)


def _object_in(text: str) -> Any:
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return value if isinstance(value, dict) else None


def _arguments(value: Any) -> str:
    if isinstance(value, str):
        return value
    # An object, where the standard wants its text; a number or a list is written out too, to be refused as what it is.
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


class DetailGatherer:
    """Puts OpenRouter's `reasoning_details` together: pieces of one text join, all else stays as it came, in order."""

    __slots__ = ("_details", "_has_come", "_last_pieces")

    def __init__(self) -> None:
        self._details: list[dict[str, Any]] = []
        self._has_come = False
        # Of the last detail, by field: lists, since adding to a long text copies it each time.
        self._last_pieces: dict[str, list[str]] = {}

    def feed(self, details: Any) -> None:
        """Take in one event's."""
        if not isinstance(details, list):
            return
        self._has_come = True
        for detail in details:
            if isinstance(detail, dict) and not self._joins(detail):
                self._finish_last()
                self._details.append(dict(detail))

    def details(self) -> list[dict[str, Any]] | None:
        """The details so far; None where there was no word of any, which is not the same as an empty list."""
        self._finish_last()
        cleaned: list[dict[str, Any]] = without_halves(self._details)
        return cleaned if self._has_come else None

    def has_come(self) -> bool:
        """Whether there was any word of details."""
        return self._has_come

    def _joins(self, detail: Mapping[str, Any]) -> bool:
        """Join a detail to the last one of its place and type, where both are pieces of one text."""
        if not self._details:
            return False
        last = self._details[-1]
        is_repeat = all(last.get(name) == detail.get(name) for name in ("type", "index"))
        joins = [name for name in _TEXTS if isinstance(detail.get(name), str)]
        joins = [name for name in joins if isinstance(last.get(name), str | None)]
        # What is encrypted is a whole each time, and so is what carries an id of its own.
        if not is_repeat or "data" in detail or (not joins and "signature" not in detail):
            return False
        if detail.get("id") and last.get("id") and detail["id"] != last["id"]:
            return False
        for name, value in detail.items():
            if name in joins:
                self._last_pieces.setdefault(name, [last.get(name) or ""]).append(value)
            elif value is not None:
                last[name] = value
        return True

    def _finish_last(self) -> None:
        for name, texts in self._last_pieces.items():
            self._details[-1][name] = "".join(texts)
        self._last_pieces.clear()


_TEXTS = ("text", "summary")
"""Fields of a detail that come in pieces."""
