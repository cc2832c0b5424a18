"""Holds the beginning of a streamed text back for as long as it may turn out to be a tool call that is written out."""

from __future__ import annotations

from router.providers.tools.calls_in_text import may_become_call

_LOOKED_AT = 200
"""Characters: what still looks like a call by then is waited for to its end, and not looked at with every token."""

_MOST_HELD = 100_000
"""Characters: a longer text is shown, whatever it looks like."""


class CallGate:
    """Feed it an answer's text; it gives what may be shown.

    Args:
        is_shut: whether there are tools to be called; without any, all passes at once.

    Attributes:
        is_shut: whether what it is fed may be held back.
    """

    __slots__ = ("_held", "_size", "_was_shut", "is_shut")

    def __init__(self, *, is_shut: bool) -> None:
        self.is_shut = self._was_shut = is_shut
        self._held: list[str] = []
        self._size = 0

    def feed(self, text: str) -> str:
        """What may be shown of the text so far that has not been."""
        if not self.is_shut:
            return text
        is_looked_at = self._size < _LOOKED_AT
        self._held.append(text)
        self._size += len(text)
        if is_looked_at and not may_become_call("".join(self._held).lstrip()):
            return self.release()
        return self.release() if self._size > _MOST_HELD else ""

    def release(self) -> str:
        """All that is held; what comes after it passes at once."""
        text = "".join(self._held)
        self._held.clear()
        self.is_shut = False
        return text

    def drop(self) -> None:
        """Forget what is held: it was no part of the answer, which begins anew."""
        self._held.clear()
        self._size = 0
        self.is_shut = self._was_shut
