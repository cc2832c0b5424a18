"""What is planned: targets, their states, and the lines of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TargetState(StrEnum):
    """Why a target is used or passed over: the one list of words for pages, log and README."""

    SERVING = "serving"
    COOLING = "cooling down"
    HALF_OPEN = "half-open"
    RETIRED = "retired"
    NO_KEY = "no key"
    NO_ALLOWANCE = "no allowance"
    NOT_FREE = "not free"
    UNFIT = "unfit"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One model at one provider, written `provider:model`."""

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str | Target) -> Target:
        """Read `provider:model`; the model may itself hold colons (`openrouter:google/gemma:free`).

        Raises:
            ValueError: no provider or no model in it.
        """
        if isinstance(text, Target):
            return text
        provider, colon, model = text.partition(":")
        if not (provider and colon and model):
            raise ValueError(f"a target is written provider:model, as in the routing table; got {text!r}")
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One line of a plan: a target, and whether the next call would use it.

    Attributes:
        kept: whether it would be tried.
        state: the word for it.
        reason: a sentence why it is passed over; where it is kept, what is to be known of it (its announced end).
        until: when that ends, where it is known.
        stands_for: the target of the table that this one replaces, where it is a successor.
        chosen: whether the router chose it from the catalogue, because the chain has run out of living models.
        joined: whether its provider's key has brought it to the chain's end, where nobody has put it elsewhere.
        last_resort: whether it is passed over only because calls to it have failed: it is tried all the same where
            nobody better is left.
    """

    target: Target
    kept: bool
    state: TargetState = TargetState.SERVING
    reason: str = ""
    until: datetime | None = None
    stands_for: Target | None = None
    chosen: bool = False
    joined: bool = False
    last_resort: bool = False

    @property
    def provider(self) -> str:
        """The target's provider."""
        return self.target.provider

    @property
    def model(self) -> str:
        """The target's model id, as it goes over the wire."""
        return self.target.model
