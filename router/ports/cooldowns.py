"""What is not called for a while, and where that is remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Something is not called for a while.

    Attributes:
        account: provider, base URL and key fingerprint it belongs to: what another account or the simulated
            providers did keeps nobody else from being called.
        provider: the provider's name in the table.
        scope: `target` (this model), `free` (every model of the account's free pool) or `provider`.
        model: the model that failed; the key of a `target` cooldown, only informative otherwise.
        outcome, reason: the outcome's name and a sentence for people.
        since, until: when it was set and when it ends; `until` None: an operator has to act.
        strikes: how often in a row, which lengthens the next one.
        sick: whether it is a sickness (tried again by one probe at a time) or a limit (tried again by all).
        probe_until: while a probe is out, when it counts as lost.
    """

    account: str
    provider: str
    scope: str
    model: str
    outcome: str
    reason: str
    since: float
    until: float | None
    strikes: int
    sick: bool
    probe_until: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What there can be one cooldown of: account, scope and (for a target) the model."""
        return self.account, self.scope, self.model if self.scope == "target" else ""


class CooldownStore(Protocol):
    """Where cooldowns are kept and shared with other processes on the same database."""

    def version(self) -> int:
        """A number that changes whenever any process changes one; cheap enough to ask before every request."""
        ...

    def load(self) -> Sequence[Cooldown]:
        """All that there are."""
        ...

    def put(self, cooldown: Cooldown) -> None:
        """Insert or replace by `Cooldown.key`; returns at once."""
        ...

    def remove(self, keys: Iterable[tuple[str, str, str]], *, reset_at: float | None = None) -> None:
        """Take some away; with `reset_at` it was an operator's reset, which is written down as an event."""
        ...

    def claim_probe(self, key: tuple[str, str, str], now: float, until: float) -> Awaitable[bool]:
        """Let one caller among all processes probe a target that cools down: true for one, until `until`."""
        ...
