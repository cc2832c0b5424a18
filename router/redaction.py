"""Takes keys and account ids out of text that came from outside, before anybody may read it."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

MASK = "•••"

_SHORTEST = 4  # characters of a key, or of its beginning, that are masked: fewer stand in any text

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bgsk_[A-Za-z0-9_-]{4,}"), f"gsk_{MASK}"),
    (re.compile(r"\bsk-or-[A-Za-z0-9_-]{4,}"), f"sk-or-{MASK}"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), f"sk-{MASK}"),
    (re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{4,}"), f"Bearer {MASK}"),
    # To the last @ of the word: a password may hold that sign, and slashes too.
    (re.compile(r"(?<=://)[^\s/@]*:\S*@"), f"{MASK}@"),
    (re.compile(r"\borg_[A-Za-z0-9]+"), f"org_{MASK}"),
    (re.compile(r"\buser_[A-Za-z0-9]{6,}"), f"user_{MASK}"),
    (re.compile(r"""(["']?user_id["']?\s*[:=]\s*["']?)[^"',}\s]+"""), rf"\g<1>{MASK}"),
)


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = 600, broken_off: bool = False) -> str:
    """Mask keys, `org_…` and user ids in `text`, and then shorten it to `limit` characters.

    Whoever cuts a text ahead of this cuts keys in two, which are then no keys any more.

    Args:
        text: a provider's message, a body, an exception's text.
        secrets: the configured keys, masked wherever they stand, whatever they look like.
        limit: characters kept; a longer text ends in "…".
        broken_off: whether `text` is the beginning of a longer one, so that a key may be cut in two by its end.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
            text = _without_beginning(text, secret) if broken_off else text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


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
