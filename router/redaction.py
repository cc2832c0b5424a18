"""Takes keys and account ids out of text that came from outside, before anybody may read it."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "•••"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bgsk_[A-Za-z0-9_-]{4,}"), f"gsk_{MASK}"),
    (re.compile(r"\bsk-or-[A-Za-z0-9_-]{4,}"), f"sk-or-{MASK}"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), f"sk-{MASK}"),
    (re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{4,}"), f"Bearer {MASK}"),
    (re.compile(r"\borg_[A-Za-z0-9]+"), f"org_{MASK}"),
    (re.compile(r"\buser_[A-Za-z0-9]{6,}"), f"user_{MASK}"),
    (re.compile(r"""(["']?user_id["']?\s*[:=]\s*["']?)[^"',}\s]+"""), rf"\g<1>{MASK}"),
)


def redact(text: str, secrets: Iterable[str] = (), *, limit: int = 600) -> str:
    """Mask keys, `org_…` and user ids in `text`, and shorten it to `limit` characters.

    Args:
        text: a provider's message, a body, an exception's text.
        secrets: the configured keys, masked wherever they stand, whatever they look like.
        limit: characters kept; a longer text ends in "…".
    """
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
