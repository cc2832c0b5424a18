"""JSON values as literals of a language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MARK = "\0"
"""Around a picture's file name, in place of the picture: no prompt may hold it."""

_WIDTH = 100  # columns
_BARE_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes what differs from JSON.

    Attributes:
        constants: true, false and nothing.
        has_bare_keys: whether an object's keys stand without quotes where they can.
        spaces: spaces for a step inwards.
    """

    constants: Mapping[bool | None, str]
    has_bare_keys: bool
    spaces: int

    def literal(self, value: object, indent: int = 0) -> str:
        """A value, in one line where it fits behind so many columns; a picture's mark is a call of `picture`."""
        if value is None or isinstance(value, bool):
            return self.constants[value]
        if isinstance(value, str):
            return _picture_call(value) if value.startswith(MARK) else json.dumps(value, ensure_ascii=False)
        if isinstance(value, Mapping):
            pairs = [(f"{self._key(str(name))}: ", part) for name, part in value.items()]
            return self._container("{}", pairs, indent)
        if isinstance(value, Sequence):
            return self._container("[]", [("", part) for part in value], indent)
        return json.dumps(value)

    def _key(self, name: str) -> str:
        is_bare = self.has_bare_keys and _BARE_KEY.fullmatch(name)
        return name if is_bare else json.dumps(name, ensure_ascii=False)

    def _container(self, brackets: str, pairs: Sequence[tuple[str, object]], indent: int) -> str:
        padding = " " if brackets == "{}" and self.has_bare_keys and pairs else ""
        short = brackets[0] + padding + ", ".join(self._parts(pairs, indent)) + padding + brackets[1]
        if "\n" not in short and indent + len(short) <= _WIDTH:
            return short
        inner = indent + self.spaces
        lines = "".join(f"{' ' * inner}{part},\n" for part in self._parts(pairs, inner))
        return f"{brackets[0]}\n{lines}{' ' * indent}{brackets[1]}"

    def _parts(self, pairs: Sequence[tuple[str, object]], indent: int) -> Iterator[str]:
        return (key + self.literal(part, indent) for key, part in pairs)


PYTHON = Language({True: "True", False: "False", None: "None"}, has_bare_keys=False, spaces=4)
TYPESCRIPT = Language({True: "true", False: "false", None: "null"}, has_bare_keys=True, spaces=2)


def _picture_call(mark: str) -> str:
    name = mark.strip(MARK)
    return f'picture("{name}", "{picture_kind(name)}")'


def picture_kind(name: str) -> str:
    """What a picture's file holds, as media types name it."""
    ending = name.rpartition(".")[2]
    return "jpeg" if ending == "jpg" else ending
