"""Histories of two providers' weather: what each call to a target meets, by when it comes and by dice.

A history is a pure function of time, target and the number of the call, so that every contender meets the same one,
and so that what was possible in it can be worked out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GROQ_LARGE, GROQ_SMALL = "groq:openai/gpt-oss-120b", "groq:openai/gpt-oss-20b"
NEMOTRON = "openrouter:nvidia/nemotron-3-super-120b-a12b:free"
PAIR = (GROQ_LARGE, NEMOTRON)
CHAIN = (
    GROQ_LARGE,
    NEMOTRON,
    "openrouter:deepseek/deepseek-v4-flash-0731:free",
    GROQ_SMALL,
    "openrouter:openrouter/free",
)
LATENCY = 0.1
"""Seconds that a healthy answer takes."""
REFUSAL_LATENCY = 0.02
"""Seconds after which a provider says no."""
KINDS = ("error", "reset", "cut", "limited", "stall")
"""What a call may meet: a 503, a TCP reset, a body cut short, a 429 with its wait, half a body and then silence."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of bad weather.

    Attributes:
        where: a provider, a `provider:model`, or `*` for all.
        start, end: seconds from the history's beginning.
        kinds: what calls meet, each drawn with the same chance.
        probability: the share of calls that meet it.
    """

    where: str
    start: float
    end: float
    kinds: Sequence[str] = ("error",)
    probability: float = 1.0

    def covers(self, target: str, moment: float) -> bool:
        """Whether a call to `target` at `moment` is within it."""
        return self.start <= moment < self.end and self.where in ("*", target, target.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Fate:
    """What a call meets: a kind (empty for an answer), and how many seconds its spell still lasts."""

    kind: str
    left: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """Requests at a steady pace under a weather.

    Attributes:
        rate: requests a second.
        deadline: seconds that a request has.
        compression: by what the router's time limits and cooldowns are divided, so that minutes fit into seconds.
        stream: whether the router is asked by `stream`.
        pinned: whether only the first two targets are used, or the task's whole chain.
    """

    name: str
    spells: tuple[Spell, ...]
    seconds: float = 30.0
    rate: float = 10.0
    deadline: float = 10.0
    compression: float = 1.0
    stream: bool = False
    pinned: bool = True

    @property
    def targets(self) -> tuple[str, ...]:
        """Those that may serve, in order."""
        return PAIR if self.pinned else CHAIN

    def fate(self, target: str, moment: float, number: int) -> Fate:
        """What the `number`th call to `target` meets at `moment`."""
        dice = random.Random(f"{self.name}|{target}|{number}")
        for spell in self.spells:
            if spell.covers(target, moment) and dice.random() < spell.probability:
                return Fate(dice.choice(spell.kinds), spell.end - moment)
        return Fate("")

    def serves(self, target: str, moment: float) -> bool:
        """Whether a call to `target` at `moment` can be answered."""
        return not any(spell.probability >= 1.0 and spell.covers(target, moment) for spell in self.spells)

    def soonest(self, moment: float) -> float | None:
        """Seconds from `moment` until the best of all routers has an answer; None where there is none in time."""
        ends = sorted(spell.end for spell in self.spells if spell.end > moment)
        for start in [moment, *ends]:
            took = start - moment + LATENCY
            if took <= self.deadline and any(self.serves(target, start) for target in self.targets):
                return took
        return None

    def recoveries(self) -> list[float]:
        """The moments at which an outage of every target ends for good."""
        return [spell.end for spell in self.spells if spell.where == "*" and spell.probability >= 1.0]


def always(probability: float, *kinds: str) -> tuple[Spell, ...]:
    """Each call fails with this chance, whoever is asked."""
    return (Spell("*", 0.0, 1e9, kinds or ("error",), probability),)


def bursts(places: Iterable[str], lengths: tuple[float, float], pauses: tuple[float, float], *kinds: str,
           seconds: float = 30.0) -> tuple[Spell, ...]:  # fmt: skip
    """Each place is down for `lengths` and up for `pauses` (least and most seconds) by turns, independently."""
    spells = []
    for place in places:
        dice = random.Random(f"{place}|{lengths}|{pauses}|{kinds}")
        moment = dice.uniform(0.0, pauses[1])
        while moment < seconds:
            end = moment + dice.uniform(*lengths)
            spells.append(Spell(place, moment, end, kinds or ("error",)))
            moment = end + dice.uniform(*pauses)
    return tuple(spells)


def outage(length: float, start: float = 5.0) -> tuple[Spell, ...]:
    """Everything is down once for `length` seconds."""
    return (Spell("*", start, start + length),)


_BOTH = ("groq", "openrouter")
HISTORIES: tuple[History, ...] = (
    History("one_call_in_twenty", always(0.05), rate=20),
    History("one_call_in_five", always(0.2), rate=20),
    History("half_of_all_calls", always(0.5), rate=20),
    History("half_of_all_calls_rarely_asked", always(0.5), rate=1),
    History("half_of_all_calls_busy", always(0.5), rate=50, seconds=20),
    History("half_of_all_calls_whole_chain", always(0.5), rate=20, pinned=False),
    History("half_of_all_calls_streamed", always(0.5), rate=20, stream=True),
    History("every_kind_one_in_five", always(0.2, "error", "reset", "cut", "limited"), rate=10, pinned=False),
    History("every_kind_one_in_five_streamed", always(0.2, "error", "reset", "cut", "limited"), rate=10, stream=True),
    History("stalls_one_in_ten", always(0.1, "stall"), rate=5, deadline=20, compression=4),
    History("bursts_of_seconds", bursts(_BOTH, (1, 6), (2, 8)), rate=10),
    History("bursts_of_seconds_whole_chain", bursts(CHAIN, (1, 8), (2, 6)), rate=10, pinned=False),
    History("bursts_of_minutes", bursts(_BOTH, (5, 15), (5, 15), seconds=60), seconds=60, rate=5, compression=4),
    History("bursts_of_every_kind", bursts(_BOTH, (1, 6), (2, 8), *KINDS), rate=10, compression=2),
    History("bursts_of_limits", bursts(_BOTH, (1, 6), (2, 8), "limited"), rate=10),
    History("outage_of_a_second", outage(1.0), rate=20, seconds=15),
    History("outage_of_eight_seconds", outage(8.0), rate=20, seconds=25),
    History("outage_of_eight_seconds_streamed", outage(8.0), rate=20, seconds=25, stream=True),
    History("outage_longer_than_the_deadline", outage(15.0), rate=10, seconds=30),
    History("first_down_for_half_the_time", bursts(("groq",), (5, 10), (5, 10)), rate=5),
    History("first_down_for_a_minute", (Spell("groq", 0.0, 15.0),), rate=1, seconds=24, compression=4),
    History("first_silent_in_bursts", bursts(("groq",), (4, 8), (4, 8), "stall"), rate=5, compression=4),
)
"""Where compression is four, a second stands for four: minutes of trouble in a quarter of the time."""
