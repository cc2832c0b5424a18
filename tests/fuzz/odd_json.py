"""JSON that a careful reader has to live with: odd values, and a writer that can say what `json.dumps` cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SECRET_KEYS = ("gsk_fuzz_0123456789abcdefghijklmnop", "sk-or-v1-fuzz-0123456789abcdefghijklmnop")
"""The keys of both providers, which replies quote; neither they nor these ids are to be seen anywhere."""
ACCOUNT_IDS = ("org_01hfuzzfuzzfuzzfuzz", "user_2fuzzfuzzfuzzfuzz")


@dataclass(frozen=True)
class Literal:
    """JSON text as it stands, which may be none."""

    text: str


ODD_LITERALS = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5_000, "-" + "9" * 400, "18446744073709551616",
    "-9223372036854775809", "0.1e-400", "-0", "-1", "0.5", "true", "false", "null", "{}", "[]", "[[]]", "[null]",
    '""', '"\\ud83d"', '"\\ude00"', '"\\u0000"', '{"\\ud83d": 1}', '{"": {"": []}}', "[" * 60 + "]" * 60,
    '{"a": ' * 40 + "1" + "}" * 40, '"' + "x" * 3_000 + '"', '"1e999"', '"2026-11-27"', '"None"', '"true"',
    '{"error": null}', '["error"]', '{"message": 5}', '"\\u202e\\u0007"', "1" + "0" * 30 + ".5",
)  # fmt: skip
"""Values as they might stand in any place, with sizes, signs, types and characters that nobody expects there."""


def odd_value(dice, *, quoting=True) -> Literal:
    """One of them or, with `quoting`, a text with what has to stay secret in it."""
    if quoting and dice.random() < 0.15:
        return Literal(f'"quoted {dice.choice(SECRET_KEYS)} of {dice.choice(ACCOUNT_IDS)}"')
    return Literal(dice.choice(ODD_LITERALS))


def write_json(value, *, ascii_only=False) -> str:
    """JSON text of a document that may hold literals; lone halves of characters are written as escapes."""
    if isinstance(value, Literal):
        return value.text
    if isinstance(value, Mapping):
        inner = (f"{write_json(str(key))}: {write_json(item, ascii_only=ascii_only)}" for key, item in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_json(item, ascii_only=ascii_only) for item in value) + "]"
    if isinstance(value, str):
        return write_text(value, ascii_only=ascii_only)
    return json.dumps(value)


def write_text(text, *, ascii_only=False, raw_controls=False) -> str:
    """A JSON string; with `raw_controls` its control characters stand in it unescaped, which is no JSON."""
    return '"' + "".join(_written(character, ascii_only, raw_controls) for character in text) + '"'


def _written(character, ascii_only, raw_controls):
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if code < 32:
        return character if raw_controls else f"\\u{code:04x}"
    if code < 128 or (not ascii_only and not 0xD800 <= code < 0xE000):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))


def places_in(value, path=()) -> Iterator[tuple]:
    """The path of every value within a document."""
    if path:
        yield path
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places_in(item, (*path, key))


def replaced(document, path, value):
    """The document with another value at a path."""
    key, *rest = path
    changed = dict(document) if isinstance(document, Mapping) else list(document)
    changed[key] = replaced(changed[key], rest, value) if rest else value
    return changed
