"""Why the log cannot be written, as pages say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogError:
    """Why the log cannot be written, and since when (seconds since the epoch).

    Attributes:
        writing: whether it is written again, and `text` only says what has happened.
    """

    text: str
    since: float
    writing: bool = False
