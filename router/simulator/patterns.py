"""A text that a regular expression matches: for string fields of a schema that have a `pattern`."""

from __future__ import annotations

import random
import re

_SETS = {"d": "0123456789", "w": "abcdefghijklmnop", "s": " ", ".": "abcdefghijklmnop"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,"
_REPEATS = {"*": (0, 3), "+": (1, 4), "?": (0, 1)}


def matching(pattern: str, dice: random.Random) -> str | None:
    """A text that `pattern` matches, or None where the pattern asks for more than the usual parts.

    Understood are literals, classes, groups, alternatives, the usual escapes and repetition.
    """
    try:
        text = _Reader(pattern, dice).alternatives()
        return text if re.search(pattern, text) else None
    except (ValueError, TypeError, IndexError, re.error):
        return None


class _Reader:
    """Reads a pattern from left to right and writes as it goes."""

    def __init__(self, pattern: str, dice: random.Random) -> None:
        self._rest = pattern
        self._dice = dice

    def alternatives(self) -> str:
        found = [self._sequence()]
        while self._rest.startswith("|"):
            self._take()
            found.append(self._sequence())
        return self._dice.choice(found)

    def _take(self, count: int = 1) -> str:
        head, self._rest = self._rest[:count], self._rest[count:]
        if len(head) < count:
            raise ValueError("the pattern ends early")
        return head

    def _sequence(self) -> str:
        text = ""
        while self._rest and self._rest[0] not in "|)":
            begun = self._rest
            once = self._atom()
            text += self._repeated(begun[: len(begun) - len(self._rest)], once)
        return text

    def _repeated(self, atom: str, once: str) -> str:
        """What an atom becomes under the repetition behind it; each repeat is written anew."""
        least, most = self._bounds()
        if (least, most) == (1, 1):
            return once
        count = self._dice.randint(least, most)
        return "".join(_Reader(atom, self._dice).alternatives() for _ in range(count))

    def _bounds(self) -> tuple[int, int]:
        if self._rest[:1] in ("*", "+", "?"):
            bounds = _REPEATS[self._take()]
        elif found := re.match(r"\{(\d+)(,?)(\d*)\}", self._rest):
            self._take(found.end())
            least = int(found[1])
            bounds = (least, int(found[3] or least + 2) if found[2] else least)
        else:
            return 1, 1
        if self._rest.startswith("?"):
            self._take()
        return bounds

    def _atom(self) -> str:
        first = self._take()
        if first == "(":
            return self._group()
        if first == "[":
            return self._dice.choice(self._class())
        if first == "\\":
            return self._dice.choice(self._escape())
        if first in "^$":
            return ""
        return self._dice.choice(_SETS["."]) if first == "." else first

    def _group(self) -> str:
        if self._rest.startswith("?"):
            opening = re.match(r"\?(:|P?<\w+>)", self._rest)
            if opening is None:
                raise ValueError("looking around is not understood")
            self._take(opening.end())
        text = self.alternatives()
        self._take()
        return text

    def _escape(self) -> str:
        letter = self._take()
        if letter.isalnum() and letter not in _SETS:
            raise ValueError(f"\\{letter} is not understood")
        return _SETS.get(letter, letter)

    def _class(self) -> str:
        negated = self._rest.startswith("^")
        self._take(int(negated))
        members = ""
        while not members or self._rest[0] != "]":
            first = self._escape() if (letter := self._take()) == "\\" else letter
            if self._rest[0] == "-" and self._rest[1] != "]":
                self._take()
                first = "".join(map(chr, range(ord(first), ord(self._take()) + 1)))
            members += first
        self._take()
        return "".join(letter for letter in _LETTERS if letter not in members) if negated else members
