"""Allowances of which a refusal has proved that nothing is left, whatever the figures beside it say.

What is stated in headers may be of another pool, or older than the refusal; and calls that are counted here do not know
of those that others made with the same key. While a model or an account cools down because its day is used up, its
gauge says the same as the reason of the cooldown; a reset ends both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from router.failures.durations import DAY
from router.failures.outcomes import OUTCOMES, Scope, Span
from router.ports import Allowance, Cooldown

_DAY_SENTENCES = tuple({row.says for row in OUTCOMES if row.span is Span.MIDNIGHT})
"""What the reason of a cooldown begins with where a day is used up: it is all that other processes know of it."""

_UNITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\baudio\b|\bASPD\b", re.IGNORECASE), "audio seconds"),
    (re.compile(r"tokens[ _-]per[ _-]day|\b[IO]?TPD\b|TokensPerDay", re.IGNORECASE), "tokens"),
)
"""Which pool of the day a refusal is about, by its words; requests where they name none."""


def capped_allowances(allowances: Iterable[Allowance], cooldowns: Sequence[Cooldown], now: float) -> list[Allowance]:
    """The allowances as they are known, with nothing left where a cooldown in force has proved it.

    Args:
        now: seconds since the epoch.
    """
    proofs = [cooldown for cooldown in cooldowns if _is_in_force(cooldown, now)]
    return [_as_proved(allowance, proofs) for allowance in allowances]


def _is_in_force(cooldown: Cooldown, now: float) -> bool:
    return cooldown.reason.startswith(_DAY_SENTENCES) and cooldown.until is not None and cooldown.until > now


def _as_proved(allowance: Allowance, proofs: Iterable[Cooldown]) -> Allowance:
    until = next((proof.until for proof in proofs if _is_about(proof, allowance)), None)
    return allowance if until is None else replace(allowance, remaining=0, resets_at=until)


def _is_about(cooldown: Cooldown, allowance: Allowance) -> bool:
    model = cooldown.model if cooldown.scope == Scope.TARGET else ""
    unit = next((unit for pattern, unit in _UNITS if pattern.search(cooldown.reason)), "requests")
    place = (cooldown.account, model, unit, DAY)
    return place == (allowance.account, allowance.model, allowance.unit, allowance.span)
