r"""A schema's patterns, matched by an engine that cannot backtrack.

JSON Schema's patterns are those of JavaScript. Python's own engine takes exponential time for some of them
(`^(\w+\s?)*$` over 27 characters: seconds, on the event loop), a thread that runs it cannot be stopped, and a child
process costs more than most checks. RE2 takes time in proportion to the text whatever the pattern, knows `\p{L}`, and
comes as a wheel for Linux and macOS. What it cannot do, looking ahead or back and back-references, is left unchecked
here; the pattern goes to the model all the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from router.json_answers.faults import whole_characters

_DIALECT = re.compile(
    r"\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u\{(?P<point>[0-9a-fA-F]{1,6})\}|\\u(?P<unit>[0-9a-fA-F]{4})"
    r"|\\c(?P<control>[A-Za-z])"
    r"|\\(?P<side>[pP])\{(?P<property>[\w=]+)\}"
    r"|\\(?P<escaped>.)|\[(?P<empty>\^?)\]|(?P<mark>[\[\].])",
    re.DOTALL,
)
_SPACES = r"\s\v\p{Z}\x{feff}"
"""What JavaScript's `\\s` is; RE2's own is ASCII's alone."""

_LONG_NAMES = {
    "Letter": "L", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu", "Number": "N", "Decimal_Number": "Nd",
    "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Mark": "M",
}  # fmt: skip

_WRONG_EVERYWHERE = ("missing )", "missing ]", "unexpected )", "trailing \\", "no argument for repetition")
"""How RE2's message begins where no dialect takes the pattern; any other complaint may be RE2's alone."""


def check_pattern(pattern: str) -> None:
    """Refuse what is a pattern in no dialect; what merely cannot be checked here passes.

    Raises:
        ValueError: says what is wrong with it.
    """
    _, problem = _compiled(pattern)
    if problem.startswith(_WRONG_EVERYWHERE):
        raise ValueError(f"{pattern!r} is no pattern: {problem}")


def pattern_matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern stands anywhere in the text; None where that cannot be told here."""
    matcher, _ = _compiled(pattern)
    if matcher is None:
        return None
    # Half a character cannot be encoded, and a pattern has no word for it but "any character".
    return matcher.search(whole_characters(text)) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[Any, str]:
    """The compiled pattern, or None and the engine's complaint."""
    import re2  # type: ignore[import-untyped]  # it comes without types; loaded with the first pattern

    options = re2.Options()
    options.log_errors = False  # it would write each complaint to the console's output
    try:
        return re2.compile(_in_dialect(pattern), options), ""
    except (re2.error, UnicodeEncodeError) as error:
        detail = error.args[0]
        return None, detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)


def _in_dialect(pattern: str) -> str:
    """JavaScript's pattern in RE2's spelling, where the two differ."""
    written, end, in_class = [], 0, False
    for match in _DIALECT.finditer(pattern):
        written.append(pattern[end : match.start()])
        end = match.end()
        if match["empty"] is not None and in_class:  # `[[]`: a bracket among the characters, and the class's end
            written.append(r"\[" + match[0][1:])
            in_class = False
            continue
        written.append(_translated(match, in_class))
        if match["mark"] in ("[", "]"):
            in_class = match["mark"] == "["
    return "".join([*written, pattern[end:]])


def _translated(match: re.Match[str], in_class: bool) -> str:
    groups = match.groupdict()
    if groups["high"]:
        pair = (int(groups["high"], 16) - 0xD800, int(groups["low"], 16) - 0xDC00)
        return rf"\x{{{0x10000 + (pair[0] << 10) + pair[1]:x}}}"
    if code := groups["point"] or groups["unit"]:
        return rf"\x{{{code}}}"
    if groups["control"]:
        return rf"\x{{{ord(groups['control']) % 32:x}}}"
    if groups["property"]:
        name = groups["property"].rpartition("=")[2]
        return rf"\{groups['side']}{{{_LONG_NAMES.get(name, name)}}}"
    if groups["empty"] is not None:  # JavaScript's "any character" and "none"; RE2 reads the bracket as a character
        return "(?s:.)" if groups["empty"] else r"[^\x00-\x{10ffff}]"
    if groups["escaped"] in ("s", "S"):
        return _space(groups["escaped"], in_class)
    if groups["mark"] == "." and not in_class:
        return r"[^\n\r\x{2028}\x{2029}]"
    if groups["mark"] == "[" and in_class:
        return r"\["  # `[:` would begin a class of POSIX's
    return match[0]


def _space(letter: str, in_class: bool) -> str:
    if in_class:
        return _SPACES if letter == "s" else r"\S"
    return f"[{_SPACES}]" if letter == "s" else f"[^{_SPACES}]"
