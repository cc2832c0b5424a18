"""Takes keys and account ids out of text that came from outside, before anybody may read it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

MASK = "•••"

_SHORTEST = 4  # characters of a key, or of its beginning, that are masked: fewer stand in any text

_LONGEST_WORD = 4_096
"""Characters of the last word of a text's beginning: a longer one is no key, and is not looked for the end of."""

_WINDOW = 16_384
"""Characters that are looked at beyond twice what is kept: a text of 30 MB is masked as fast as its beginning."""

# What stands ahead of a key: no letter, unless it ends an escape of a URL (%3Dsk-or-…) or of JSON (\nsk-or-…).
_AHEAD = r"(?:(?<![A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # By their own forms: Groq, OpenRouter, others of that shape, this router's gateway.
    (re.compile(rf"(?i){_AHEAD}gsk_[a-z0-9_-]{{4,}}"), f"gsk_{MASK}"),
    (re.compile(rf"(?i){_AHEAD}sk-or-[a-z0-9_-]{{4,}}"), f"sk-or-{MASK}"),
    (re.compile(rf"{_AHEAD}sk-[A-Za-z0-9_-]{{8,}}"), f"sk-{MASK}"),
    (re.compile(rf"{_AHEAD}drk_[A-Za-z0-9_-]{{4,}}"), f"drk_{MASK}"),
    (re.compile(rf"(?i){_AHEAD}(csk-|nvapi-)[a-z0-9_-]{{8,}}"), rf"\g<1>{MASK}"),
    (re.compile(rf"{_AHEAD}(gh[opsu]_|github_pat_|AIza)[A-Za-z0-9_-]{{12,}}"), rf"\g<1>{MASK}"),
    # By what they stand behind.
    (re.compile(r"(?i)\bbearer(?:\s|%20|\+)+[a-z0-9._~+/=-]{4,}"), f"Bearer {MASK}"),
    # Base64 is told from a word ("basic understanding") by a digit, a sign or capitals within it.
    (
        re.compile(r"\b[Bb]asic\s+(?=[A-Za-z]*(?:[0-9=+/]|[a-z][A-Z]|[A-Z]{2}))[A-Za-z0-9+/]{6,}=*"),
        f"Basic {MASK}",
    ),
    (re.compile(r"""(?i)(\b(?:x-)?api[-_]?key["']?\s*[:=]\s*["']?)(?!•)[a-z0-9._~+/=-]{8,}"""), rf"\g<1>{MASK}"),
    # A user and a password in an address, to the last @ of the word: a password may hold that sign, and slashes too.
    # Over what is masked already it does not reach, else a second look would mask what the first has left.
    (re.compile(r"""(?<=://)(?!•)[^\s/@]{0,200}:[^\s"<>•]{0,300}@"""), f"{MASK}@"),
    # ... and a token without a name, up to the last @ ahead of the path.
    (re.compile(r"""(?<=://)(?!•)[^\s/?#"'<>]*@"""), f"{MASK}@"),
    # Account ids.
    (re.compile(rf"{_AHEAD}org_[A-Za-z0-9]+"), f"org_{MASK}"),
    (re.compile(rf"{_AHEAD}org-(?=[A-Za-z]*[0-9])[A-Za-z0-9]{{12,}}"), f"org-{MASK}"),
    (re.compile(rf"{_AHEAD}user_[A-Za-z0-9]{{6,}}"), f"user_{MASK}"),
    (re.compile(r"""(\b["']?user_id["']?\s*[:=]\s*["']?)(?!•)[^"',}\s]+"""), rf"\g<1>{MASK}"),
)


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = 600, broken_off: bool = False) -> str:
    """Mask keys, `org_…` and user ids in `text`, and then shorten it to `limit` characters.

    Whoever cuts a text ahead of this cuts keys in two, which are then no keys any more. Masking a masked text changes
    nothing, and the time it takes grows with `limit`, not with the text.

    Args:
        text: a provider's message, a body, an exception's text.
        secrets: the configured keys, masked wherever they stand, whatever they look like.
        limit: characters kept; a longer text ends in "…".
        broken_off: whether `text` is the beginning of a longer one, so that a key may be cut in two by its end.
    """
    window = _beginning(text, 2 * limit + _WINDOW)
    is_cut = len(window) < len(text)
    # The longest first: one key may be the beginning of another.
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            window = window.replace(secret, MASK)
            window = _without_beginning(window, secret) if broken_off or is_cut else window
    for pattern, replacement in _PATTERNS:
        window = pattern.sub(replacement, window)
    if len(window) <= limit and not is_cut:
        return window
    return window[: limit - 1] + "…"


def _beginning(text: str, size: int) -> str:
    """At most so many characters of a text, up to the end of a word: half a key would not be known as one."""
    if len(text) <= size:
        return text
    last = text[size - _LONGEST_WORD : size]
    word = len(last) - max(last.rfind(space) for space in " \n\t") - 1
    return text[: size - word] if word < _LONGEST_WORD else text[:size]


def _without_beginning(text: str, secret: str) -> str:
    """The text with the beginning of a secret masked where it ends with one."""
    sizes = range(min(len(secret) - 1, len(text)), _SHORTEST - 1, -1)
    size = next((size for size in sizes if text.endswith(secret[:size])), 0)
    return text[:-size] + MASK if size else text


def place_of(error: BaseException) -> str:
    """A fault of our own in one line for the log: its class and where it was raised.

    Without its words and its stack: both may quote what a provider sent.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}, in {last.name}"
