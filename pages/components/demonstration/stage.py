"""The demonstration's stage: simulated providers and routers of its own, whose memory is never kept.

Nothing staged here reaches a provider, the failure memory, the quota ledger or the figures of work. The requests are in
the log, marked as simulated and as a demonstration.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from router.api import DualModelRouter
from router.background.loop_thread import LiveRun, LoopThread
from router.ports import RequestLog
from router.providers.accounts import simulated_accounts
from router.simulator import Fault, Simulator
from router.table.edits import apply_edits
from router.table.routes import Edits, RoutingTable
from router.types import Purpose, Source, Target, TaskConfig, TaskType

PATIENCE = 60.0
"""Seconds that both sides wait, as common clients do. The shipped limits are shorter: on a busy machine they would end
calls that no provider has failed, and only on the side that has them."""

PATIENCE_WITH_ALL_DOWN = 5.0
"""Seconds that the router has where nobody can answer: a room does not wait for half a minute."""

FIRST_WORD_LIMIT = 2.0
"""Seconds that the router gives the provider that is staged as slow for its first word, so that the room sees it go on.
Nobody else on this stage is held to it; at work the routing table gives everybody longer."""

IDLE_SECONDS = 900.0
"""A stage that nobody has used for so long is closed when the next one opens."""

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong.

    Attributes:
        provider: whose fault it is; None for every provider's.
        whole: whether all of its models have it, or only the first that would be asked.
        from_provider: the provider that is asked first.
        is_slow: whether it can be told by nothing but the time that passes.
    """

    name: str
    icon: str
    says: str
    fault: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    provider: str | None = None
    whole: bool = True
    from_provider: str | None = None
    is_slow: bool = False


TROUBLES: Mapping[str, Trouble] = {
    "quota": Trouble(
        name="Groq out of quota",
        icon="battery_0_bar",
        says="Groq is out of free quota and refuses every request.",
        fault="rate_limited",
        parameters={"kind": "RPD", "retry_after": 3_600},
        provider="groq",
        from_provider="groq",
    ),
    "slow": Trouble(
        name="OpenRouter slow",
        icon="hourglass_top",
        says="OpenRouter takes the request and says nothing for 5 seconds.",
        fault="slow_start",
        parameters={"seconds": 5.0},
        provider="openrouter",
        from_provider="openrouter",
        is_slow=True,
    ),
    "cut": Trouble(
        name="Answer breaks off",
        icon="content_cut",
        says="Groq's connection breaks in the middle of its answer.",
        fault="cut",
        parameters={"fraction": 0.5},
        provider="groq",
        from_provider="groq",
    ),
    "gone": Trouble(
        name="Model retired",
        icon="event_busy",
        says="The model that should answer was taken off the market.",
        fault="gone",
        parameters={},
        provider="groq",
        whole=False,
        from_provider="groq",
    ),
    "down": Trouble(
        name="All down",
        icon="cloud_off",
        says="Both providers answer every request with a server error.",
        fault="server_error",
        parameters={"status": 503},
    ),
}
"""The five troubles, by a short name."""


@dataclass(frozen=True, slots=True)
class Act:
    """The same prompt, sent without and with the router."""

    without: LiveRun
    routed: LiveRun
    again: bool

    @property
    def is_over(self) -> bool:
        """Whether both sides have ended."""
        return self.without.done.is_set() and self.routed.done.is_set()


class Stage:
    """Simulated providers, a router on them, and beside it one without fallback and with a common client's patience.

    Args:
        table: the routing table as it stands.
        log: where the requests are written down.
    """

    def __init__(self, table: RoutingTable, log: RequestLog) -> None:
        self.trouble: str | None = None
        self.used_at = time.monotonic()
        self._table, self._log = uncounted(table), log
        self._simulator = Simulator()
        self._simulator.start()
        self._portals: tuple[LoopThread, LoopThread] | None = None
        self._order_now: list[Target] = []
        self._asked = False
        self.set(None)

    def set(self, trouble: str | None) -> None:
        """Stage a trouble (None: everything works), with routers that remember nothing of what was before."""
        self._end()
        self._simulator.clear_faults()
        slow_provider = TROUBLES[trouble].provider if trouble and TROUBLES[trouble].is_slow else None
        self._portals = self._open(single_call(self._table)), self._open(patient(self._table, slow_provider))
        self.trouble, self._asked = trouble, False
        if trouble is not None:
            self._break(TROUBLES[trouble])

    def set_weather(self, weather: Mapping[str, Fault | None]) -> None:
        """What each provider does from now on to every call of either side: a fault, or None where it works."""
        for provider, fault in weather.items():
            if fault is None:
                self._simulator.clear_faults(provider)
            else:
                self._simulator.set_fault(provider, "*", fault)
        assert self._portals is not None
        # A plain client remembers nothing: with a memory it would wait for the end of a cooldown, and its requests
        # would pile up there and all meet the weather of that one moment.
        self._portals[0].router.reset_failures()

    def send(self, prompt: str, *, tokens: int) -> Act:
        """Send the prompt both ways in the weather as it is; the router remembers what failed before.

        Args:
            tokens: how long an answer may become.
        """
        assert self._portals is not None
        without, routed = self._portals
        if not self._asked:
            # As it was before anything failed: with every model cooling down there would be nobody to name.
            self._order_now, self._asked = self._order(None), True
        order = self._order_now
        request = self._request(prompt) | {"max_tokens": tokens}
        self.used_at = time.monotonic()
        return Act(
            without=without.start(**request, targets=order[:1], fallback=False),
            routed=routed.start(**request, targets=order),
            again=False,
        )

    def _request(self, prompt: str) -> dict[str, Any]:
        return {
            "config": CHAT, "messages": [{"role": "user", "content": prompt}], "source": Source.CONSOLE,
            "purpose": Purpose.DEMONSTRATION,
        }  # fmt: skip

    def _open(self, table: RoutingTable) -> LoopThread:
        """A router that remembers nothing yet."""
        return LoopThread(DualModelRouter(table, simulated_accounts(table, self._simulator), log=self._log))

    def _forget(self) -> None:
        """A new client without the router: a plain client remembers nothing of what failed before."""
        assert self._portals is not None
        without, routed = self._portals
        without.close()
        self._portals = self._open(single_call(self._table)), routed

    def _break(self, trouble: Trouble) -> None:
        first = self._order(trouble)[0]
        for name in [trouble.provider] if trouble.provider else list(self._simulator.wires):
            fault = Fault(trouble.fault, **trouble.parameters)
            self._simulator.set_fault(name, "*" if trouble.whole else first.model, fault)

    def _order(self, trouble: Trouble | None) -> list[Target]:
        """Whom to ask in turn: the table's own order, or the best of the troubled provider and then of the others."""
        assert self._portals is not None
        living = [line.target for line in self._portals[1].router.plan(config=CHAT) if line.kept]
        if trouble is None or trouble.from_provider is None:
            return living
        firsts = {target.provider: target for target in reversed(living)}
        first_target = firsts.get(trouble.from_provider)
        other_targets = [target for target in living if target.provider != trouble.from_provider]
        return living if first_target is None else [first_target, *other_targets]

    def ask(self, prompt: str) -> Act:
        """Send the prompt both ways at the same time."""
        assert self._portals is not None
        self.used_at = time.monotonic()
        if self._asked:
            self._forget()
        else:
            self._order_now = self._order(TROUBLES[self.trouble] if self.trouble else None)
        without, routed = self._portals
        order = self._order_now
        request = self._request(prompt)
        # With everything down the router waits for whoever may come back; nobody in the room would for half a minute.
        limits: dict[str, Any] = {"deadline": PATIENCE_WITH_ALL_DOWN} if self.trouble == "down" else {}
        act = Act(
            without=without.start(**request, targets=order[:1], fallback=False),
            routed=routed.start(**request, targets=order, **limits),
            again=self._asked,
        )
        self._asked = True
        return act

    def close(self) -> None:
        """End what is under way and stop the simulated providers."""
        self._end()
        self._simulator.stop()

    def _end(self) -> None:
        for portal in self._portals or ():
            portal.close()
        self._portals = None


def uncounted(table: RoutingTable) -> RoutingTable:
    """The table without the accounts' requests a minute, which the stage's providers do not hold anybody to.

    With them a router that saves twenty requests would stop at the twentieth, for the rest of the minute.
    """
    free = {name: entry.model_copy(update={"requests_per_minute": None}) for name, entry in table.providers.items()}
    return table.model_copy(update={"providers": free})


def patient(table: RoutingTable, slow_provider: str | None = None) -> RoutingTable:
    """The table with the time limits of a common client, a minute for everything: none is met by a busy machine.

    Args:
        slow_provider: the one that is held to `FIRST_WORD_LIMIT`; None where time is not what the act is about.
    """
    limits = dict.fromkeys(("first_token", "idle", "attempt", "deadline"), PATIENCE)
    if slow_provider is None:
        return apply_edits(table, Edits.model_validate({"tasks": dict.fromkeys(TaskType, limits)}))
    hurried = apply_edits(
        table, Edits.model_validate({"tasks": dict.fromkeys(TaskType, limits | {"first_token": FIRST_WORD_LIMIT})})
    )
    others = {
        name: entry if name == slow_provider else entry.model_copy(update={"first_token": PATIENCE})
        for name, entry in table.providers.items()
    }
    return hurried.model_copy(update={"providers": others})


def single_call(table: RoutingTable) -> RoutingTable:
    """The same patience, and one call: a common client."""
    waiting = patient(table)
    return waiting.model_copy(update={"limits": waiting.limits.model_copy(update={"attempts": 1})})


class Stages:
    """The stages of all sessions; each session has its own."""

    def __init__(self) -> None:
        self._open: list[Stage] = []
        self._lock = threading.Lock()

    def new(self, table: RoutingTable, log: RequestLog) -> Stage:
        """Open a stage; those that were left are closed."""
        stage = Stage(table, log)
        with self._lock:
            idle_stages = [
                open_stage for open_stage in self._open if time.monotonic() - open_stage.used_at > IDLE_SECONDS
            ]
            self._open = [open_stage for open_stage in self._open if open_stage not in idle_stages] + [stage]
        for open_stage in idle_stages:
            open_stage.close()
        return stage

    def is_open(self, stage: Stage | None) -> bool:
        """Whether a stage is open."""
        return stage in self._open

    def close(self) -> None:
        """Close them all."""
        while self._open:
            self._open.pop().close()


@st.cache_resource(show_spinner=False, on_release=lambda stages: stages.close())
def stages() -> Stages:
    """This process's stages."""
    return Stages()
