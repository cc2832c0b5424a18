"""What attempts can have failed of, as History's filter names it."""

from __future__ import annotations

from pages.components.console import looks
from router.failures.outcomes import OUTCOMES
from router.store import ANY_FAILURE
from router.types import AttemptOutcome

FAILURES = [ANY_FAILURE, *sorted({outcome.name for outcome in OUTCOMES})]
"""What can be chosen, by its name in the address."""

_NARROWER: dict[str, str] = {
    AttemptOutcome.FREE_MINUTE_USED_UP: "all models, this minute",
    AttemptOutcome.FREE_DAY_USED_UP: "all models, today",
    AttemptOutcome.NO_FIRST_TOKEN: "no first token",
    AttemptOutcome.TOO_SLOW: "pace",
    AttemptOutcome.STALE_CONNECTION: "one that was kept",
}
"""What tells a failure in the filter from others that have one word on all pages."""


def failure_words(outcome: str) -> str:
    """What an attempt failed of: `Rate limited`; no two have the same words."""
    if outcome == ANY_FAILURE:
        return "Any failure"
    narrower = _NARROWER.get(outcome)
    return looks.status_word(outcome).capitalize() + (f" ({narrower})" if narrower else "")
