"""What a person said, in the JSON data that a service sends: pages show that, and not what surrounds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

_SPOKEN = ("question", "entry")
"""Where a service puts the person's own words."""


def spoken_words(prompt: str) -> str:
    """A prompt as its person said it; one that is no service's data stays as it is.

    Args:
        prompt: as the log keeps it, the latest message in its first line; it may be cut off anywhere.
    """
    data = read_data(prompt)
    if data is None:
        return prompt
    transcript = next((data[name] for name in _SPOKEN if isinstance(data.get(name), str) and data[name].strip()), None)
    return transcript or ", ".join(_settings_in(data)) or prompt


def read_data(prompt: str) -> Mapping[str, Any] | None:
    """The data in a prompt's first line, as far as they go; None where there are none."""
    # A service writes its data in one line: a line break within them is escaped.
    first = prompt.lstrip().partition("\n")[0]
    if not first.startswith("{"):
        return None
    try:
        data = from_json(first, allow_partial="trailing-strings")
    except ValueError:
        return None
    return data if isinstance(data, dict) and data else None


def _settings_in(data: Mapping[str, Any]) -> Iterator[str]:
    """What was chosen: `goal: strength`, `equipment: barbell, bench`, `3 entries`; empty values are left out."""
    asked_fields = data.get("asked")
    for name, value in (asked_fields if isinstance(asked_fields, Mapping) else data).items():
        words = str(name).replace("_", " ")
        if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            yield f"{len(value)} {words}"
        elif shown := ", ".join(_plain_values(value)):
            yield f"{words}: {shown}"


def _plain_values(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str | int | float) and not isinstance(item, bool) and str(item).strip():
            yield str(item)
