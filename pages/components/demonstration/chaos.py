"""The chaos act: many requests while both providers fail at random, and how many of them each side answers."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.demonstration.scores import Ending, ending_of, reason_of
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
SHARES = {"groq": 0.5, "openrouter": 0.2}
"""The share of the time in which a provider fails. While it does, every call to it fails, whichever side makes it:
drawn call by call, the side that makes more of them would meet more faults."""
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
        """Turn the weather where it is due, and send the next request into it; it turns until the last has ended."""
        if time.monotonic() < self._next_at or self.is_over:
            return
        self._next_at = time.monotonic() + SECONDS / REQUESTS
        self._stage.set_weather({provider: self._draw_fault(share) for provider, share in SHARES.items()})
        if len(self.acts) < REQUESTS:
            self.acts.append(self._stage.send(self._prompt, tokens=TOKENS))

    @property
    def is_over(self) -> bool:
        """Whether all requests were sent and have ended."""
        return len(self.acts) == REQUESTS and all(act.is_over for act in self.acts)

    def endings(self, side: str) -> list[Ending]:
        """How the requests of a side (`without` or `routed`) stand, in the order in which they were sent."""
        return [ending_of(run.view()) for run in self._runs(side)]

    def reasons(self, side: str) -> list[str]:
        """Why each of a side's requests was not answered; "" for those that were, or are under way."""
        return [reason_of(run.view()) for run in self._runs(side)]

    def _runs(self, side: str) -> list[LiveRun]:
        return [getattr(act, side) for act in self.acts]

    def _draw_fault(self, share: float) -> Fault | None:
        if self._dice.random() >= share:
            return None
        name, parameters = self._dice.choice(FAULTS)
        return Fault(name, **parameters)


def show_chaos(chaos: Chaos, say: Callable[[str], object]) -> None:
    """Both meters as they fill; returns when all requests have ended.

    Args:
        say: shows a sentence above them.
    """
    say(SAYS)
    left, right = st.columns(2)
    meters = [(left.empty(), "Without the router", "without"), (right.empty(), "With the router", "routed")]
    drawn = ["", ""]
    st.html(LEGEND)
    while True:
        chaos.advance()
        over = chaos.is_over
        for number, (place, title, side) in enumerate(meters):
            if (html := meter_html(title, chaos.endings(side), chaos.reasons(side))) != drawn[number]:
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


LEGEND_WORDS = {
    Ending.ANSWERED: "answered",
    Ending.BROKEN: "broke off",
    Ending.FAILED: "no answer",
    Ending.RUNNING: "under way",
}
"""What the squares mean, and what each of them is called."""

LEGEND = '<p class="demo-legend">{}</p>'.format(
    "".join(f'<span><i class="{ending}"></i>{words}</span>' for ending, words in LEGEND_WORDS.items())
)


def meter_html(title: str, endings: Sequence[Ending], reasons: Sequence[str] = ()) -> str:
    """A side's meter: how many were answered, a square for each request, and why some were not.

    Args:
        reasons: why each request was not answered, "" where it was or is under way.
    """
    answered = endings.count(Ending.ANSWERED)
    why = [*reasons, *[""] * REQUESTS]
    squares = "".join(
        f'<i class="{ending}" title="{escape(": ".join(filter(None, (LEGEND_WORDS[ending], reason))))}"></i>'
        for ending, reason in zip(endings, why, strict=False)
    )
    squares += '<i class="to-come" title="not sent yet"></i>' * (REQUESTS - len(endings))
    words = _count_words(answered, len(endings) - endings.count(Ending.RUNNING))
    return (
        f'<div class="demo-meter"><h2>{escape(title)}</h2><p class="count">{words}</p>'
        f'<div class="squares" role="img" aria-label="{words}">{squares}</div>'
        f'<p class="why">{escape(reason_words(reasons))}</p></div>'
    )


def _count_words(answered: int, ended: int) -> str:
    """How many were answered, of those whose ending is known: of twenty that are still to be sent none has failed."""
    if ended == REQUESTS:
        return f"{answered} of {REQUESTS} answered"
    return f"{answered} of {ended} answered so far" if ended else "Sending …"


def reason_words(reasons: Sequence[str]) -> str:
    """Why requests were not answered, the most frequent reason first; empty where none failed."""
    counts = Counter(filter(None, reasons)).most_common()
    words = ", ".join(f"{reason} ×{count}" if count > 1 else reason for reason, count in counts)
    return f"Not answered: {words}" if words else ""
