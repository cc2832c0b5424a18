"""The failure scenarios, each defined once: played by tests in scaled times, by `make scenarios` in full."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Play = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """What a provider does, and what is right.

    Attributes:
        id: `S01` … `S16` are the public catalogue's, `F01` … `F34` are what free tiers add.
        says: the rule in a sentence.
        play: plays it in a world by one of both doors, and asserts what is right.
        variants: the arguments of each way to play it.
        timed: whether how long it takes is a part of what is right; such ones are not played beside all others.
    """

    id: str
    says: str
    play: Play
    variants: list[dict[str, Any]] = field(default_factory=lambda: [{}], hash=False)
    timed: bool = False


SCENARIOS: list[Scenario] = []


def scenario(names: str = "", *values: Any, timed: bool = False) -> Callable[[Play], Play]:
    """Enter a scenario: its function's name is its id and its sentence.

    Args:
        names: the arguments that its variants differ in; `values` has a tuple (or the one value) for each variant.
    """
    keys = names.split()

    def enter(play: Play) -> Play:
        rows = [value if len(keys) > 1 else (value,) for value in values]
        variants = [dict(zip(keys, row, strict=True)) for row in rows] or [{}]
        id, _, rest = play.__name__.partition("_")
        SCENARIOS.append(Scenario(id.upper(), rest.replace("_", " "), play, variants, timed))
        return play

    return enter
