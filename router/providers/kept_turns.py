"""What a model thought before it called tools: kept by the call's id, to be given back to that same model.

Some models answer worse, or refuse to go on, where their reasoning is not sent back with the calls that came of it
(encrypted or signed, as Gemini's and Claude's; in plain words, as gpt-oss's). Callers of the OpenAI shape have no place
for it, so it is kept here. It is of use to the model that wrote it and to no other.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.ports import Clock
from router.types import Message, Target

KEPT_SECONDS = 3_600.0
"""A tool that takes longer than an hour to answer is none that a model waits for."""

MOST_BYTES = 16_000_000
"""Of all that is kept: some hundred long thoughts, or thousands of short ones."""

_LONGEST_TURN = 2_000_000
"""Bytes of one turn: a longer one is not kept."""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One turn in which tools were called.

    Attributes:
        target: whom it was asked of.
        model: what has served, by its own word.
        reasoning: the reasoning in words; empty where there was none.
        details: OpenRouter's `reasoning_details`, unchanged; None where there was no word of any.
        wire_ids: the provider's ids of the calls, by ours.
    """

    target: Target
    model: str
    reasoning: str = ""
    details: Sequence[Mapping[str, Any]] | None = None
    wire_ids: Mapping[str, str] = field(default_factory=dict)

    def belongs_to(self, target: Target) -> bool:
        """Whether it may be sent to a target: to the one that wrote it, unless that one serves many models in turn.

        A dated or a free variant of an id is the same maker's; what a meta model picks is somebody else's.
        """
        return target == self.target and self.model.partition("/")[0] == target.model.partition("/")[0]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        details = 0 if self.details is None else len(orjson.dumps(self.details, default=str))
        return 500 + len(self.reasoning) + details


class KeptTurns:
    """The turns of all conversations, the oldest forgotten first; safe to use from any thread.

    Args:
        clock: tells how old a turn is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, tuple[float, KeptTurn]] = OrderedDict()  # by the id of its first call
        self._bytes = 0

    def keep(self, id: str, turn: KeptTurn) -> None:
        """Keep a turn under the id of its first call; one that holds nothing of use is not kept."""
        if not (turn.reasoning or turn.details is not None) or turn.size > _LONGEST_TURN:
            return
        now = self._clock.time()
        with self._lock:
            self._turns[id] = now, turn
            self._bytes += turn.size
            self._forget(now)

    def find(self, messages: Sequence[Message], target: Target) -> dict[str, KeptTurn]:
        """The kept turns among a conversation's that may go to a target, by the id of each turn's first call."""
        first_ids = [message["tool_calls"][0]["id"] for message in messages if message.get("tool_calls")]
        if not first_ids:
            return {}
        with self._lock:
            self._forget(self._clock.time())
            known = {id: self._turns[id][1] for id in first_ids if id in self._turns}
        return {id: turn for id, turn in known.items() if turn.belongs_to(target)}

    def _forget(self, now: float) -> None:
        while self._turns:
            id, (kept_at, turn) = next(iter(self._turns.items()))
            # A clock that was set back makes a turn seem to come from later on.
            if self._bytes <= MOST_BYTES and 0 <= now - kept_at < KEPT_SECONDS:
                return
            del self._turns[id]
            self._bytes -= turn.size
