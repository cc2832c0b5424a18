"""What a person said to a service, without the data that it was sent in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.services.sent_data import spoken_words
from router.store import SearchHit
from router.types import Purpose

_OPENING = re.compile(r'.*"[\w ]+": "?', re.DOTALL)
"""A name of the data, with all that stands before it."""

_CLOSING = re.compile(r'"(?:, "|\}|\]).*', re.DOTALL)
_CLOSING_NUMBER = re.compile(r"[,}\]].*", re.DOTALL)
"""What follows the value that a hit stands in."""


def without_data(hit: SearchHit) -> SearchHit:
    """A search's hit with the value alone that it stands in."""
    is_number = hit.before.endswith(": ") and _OPENING.fullmatch(hit.before)
    closing = _CLOSING_NUMBER if is_number else _CLOSING
    return replace(hit, before=_OPENING.sub("", hit.before), behind=closing.sub("", hit.behind))


_CHECKED = re.compile(r".*?<question>\n(?P<question>.*?)(?:\n</question>.*)?", re.DOTALL)


def listed_words(purpose: str, prompt: str) -> str:
    """A prompt as a list shows it: what a person said to a service, or asked before a second opinion was asked for.

    Args:
        prompt: as the log keeps it; it may be cut off anywhere.
    """
    if purpose == Purpose.SERVICE:
        return spoken_words(prompt)
    checked = _CHECKED.fullmatch(prompt) if purpose == Purpose.CHECK else None
    return f"Second opinion: {checked['question']}" if checked else prompt


def asked_words(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """What a person asked, of a service's messages as the log keeps them; None where no message is data."""
    for message in reversed(messages):
        if message["role"] == "user" and (words := spoken_words(text := _text_of(message))) != text:
            return words
    return None


def _text_of(message: Mapping[str, Any]) -> str:
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")
