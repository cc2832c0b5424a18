"""What the doctor finds: one line for each thing that it has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a thing is."""

    GOOD = "ok"
    NOTE = "note"
    """It is as it was chosen to be, or could be better; nothing suffers."""
    WARNING = "warning"
    """Something works, but worse than it could, or not for long."""
    FAULT = "fault"
    """Something does not work before somebody acts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what, in two or three words.
        words: how it is.
        advice: what to do; empty where there is nothing to be done.
    """

    subject: str
    verdict: Verdict
    words: str
    advice: str = ""

    def line(self, width: int) -> str:
        """The finding on one line.

        Args:
            width: of the column of subjects.
        """
        advice = f" → {self.advice}" if self.advice else ""
        return f"{self.verdict:<8} {self.subject:<{width}}  {self.words}{advice}"


def has_fault(findings: Sequence[Finding]) -> bool:
    """Whether something does not work."""
    return any(finding.verdict is Verdict.FAULT for finding in findings)
