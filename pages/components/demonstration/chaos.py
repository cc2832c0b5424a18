"""The chaos act: many requests while both providers fail at random, and how many of them each side answers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import streamlit as st

from pages.components.demonstration.scores import Ending, ending_of
from pages.components.demonstration.stage import Act, Stage
from router.background.loop_thread import LiveRun
from router.simulator import Fault

NAME = "Chaos"
SAYS = "20 requests are sent while both providers fail at random: Groq half of the time, OpenRouter one time in five."

REQUESTS = 20
SECONDS = 6.0
"""... in which they are sent."""
TOKENS = 40
"""Tokens of an answer: twenty long ones would only make the room wait."""
DEADLINE = 6.0
"""Seconds that the router has for one."""
SHARES = {"groq": 0.5, "openrouter": 0.2}
"""The share of calls that fail, by provider."""
FAULTS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("server_error", {"status": 503}),
    ("rate_limited", {"kind": "RPM", "retry_after": 1}),
    ("reset", {}),
    ("cut", {"fraction": 0.5}),
)

TICK = 0.1
"""Seconds between looks at the runs."""


class Chaos:
    """The requests, started one after the other and answered side by side.

    Whoever draws it calls `advance`: it has no thread of its own, so a page that is left ends it.

    Attributes:
        acts: the requests so far, each without and with the router.
    """

    def __init__(self, stage: Stage, prompt: str, dice: random.Random | None = None) -> None:
        stage.set(None)
        self.acts: list[Act] = []
        self._stage, self._prompt = stage, prompt
        self._dice = dice or random.Random()
        self._next_at = time.monotonic()

    def advance(self) -> None:
        """Send the next request where it is due."""
        if len(self.acts) < REQUESTS and time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + SECONDS / REQUESTS
            weather = {provider: self._draw_fault(share) for provider, share in SHARES.items()}
            act = self._stage.send_in_weather(self._prompt, weather, deadline=DEADLINE, tokens=TOKENS)
            self.acts.append(act)

    @property
    def is_over(self) -> bool:
        """Whether all requests were sent and have ended."""
        return len(self.acts) == REQUESTS and all(act.is_over for act in self.acts)

    def endings(self, side: str) -> list[Ending]:
        """How the requests of a side (`without` or `routed`) stand, in the order in which they were sent."""
        runs: list[LiveRun] = [getattr(act, side) for act in self.acts]
        return [ending_of(run.view()) for run in runs]

    def _draw_fault(self, share: float) -> Fault:
        name, parameters = self._dice.choice(FAULTS)
        return Fault(name, probability=share, **parameters)


def show_chaos(chaos: Chaos, say: Callable[[str], object]) -> None:
    """Both meters as they fill; returns when all requests have ended.

    Args:
        say: shows a sentence above them.
    """
    say(SAYS)
    left, right = st.columns(2, gap="large")
    meters = [(left.empty(), "Without the router", "without"), (right.empty(), "With the router", "routed")]
    drawn = ["", ""]
    while True:
        chaos.advance()
        over = chaos.is_over
        for number, (place, title, side) in enumerate(meters):
            if (html := meter_html(title, chaos.endings(side))) != drawn[number]:
                drawn[number] = html
                place.html(html)
        if over:
            break
        time.sleep(TICK)
    say(f"{SAYS} {result_words(chaos)}")


def result_words(chaos: Chaos) -> str:
    """How many each side answered."""
    without, routed = (chaos.endings(side).count(Ending.ANSWERED) for side in ("without", "routed"))
    return f"Without the router {without} of {REQUESTS} were answered, with it {routed}."


def meter_html(title: str, endings: list[Ending]) -> str:
    """A side's meter: how many were answered, and a square for each request."""
    answered = endings.count(Ending.ANSWERED)
    states = [ending.value for ending in endings] + ["to-come"] * (REQUESTS - len(endings))
    squares = "".join(f'<i class="{state}" title="{state}"></i>' for state in states)
    words = f"{answered} of {REQUESTS} answered"
    return (
        f'<div class="demo-meter"><h2>{escape(title)}</h2><p class="count">{words}</p>'
        f'<div class="squares" role="img" aria-label="{words}">{squares}</div></div>'
    )
