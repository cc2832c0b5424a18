"""How much is answered while both providers fail: the router, a plain client, and (where installed) LiteLLM's router.

Each history of `benchmarks.weather` is played to each contender over real sockets, the same to all. A line gives the
share of the requests that the best of all routers could have answered within their deadline, the calls wasted for each
answer, the seconds added to what that best router would have taken, and when the last request failed after an outage
of everything was over.

Goals: never below the plain client (which tries each target once, in order, and remembers nothing); 0.99 of what was
possible; no failure later than 0.5 s after recovery; where another target serves, 0.15 wasted calls an answer, and at
most 4 calls to a dead one in 15 requests over its minute.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx

from benchmarks.bench_heartbeat import gaps_beside
from benchmarks.figures import say, upstream
from benchmarks.weather import HISTORIES, History
from router import DualModelRouter, RouterError, TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES

MESSAGES = [{"role": "user", "content": "What should I eat before a run?"}]
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
ATTEMPT = 8.0
"""Seconds that one attempt may take, as the shipped table says of this task."""
REQUESTS_A_SECOND = 60.0
"""Over all histories played at once: with more, the contenders would take processor time from each other."""
KEYS = {"GROQ_API_KEY": "gsk_benchmark_benchmark", "OPENROUTER_API_KEY": "sk-or-v1-benchmark"}
_Ask = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it began, in seconds of the history, whether it was answered, and in how many seconds."""

    began: float
    answered: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Played:
    """What one contender made of a history.

    Attributes:
        calls: when, to whom, and what the call met (empty: an answer), as the providers saw it.
    """

    history: History
    contender: str
    requests: Sequence[Asked]
    calls: Sequence[tuple[float, str, str]]

    def figures(self) -> dict[str, float | int | None]:
        """By name; None where there is nothing to speak of."""
        best = [(request, soonest) for request in self.requests if (soonest := self.history.soonest(request.began))]
        answers = [(request, soonest) for request, soonest in best if request.answered]
        added = [request.seconds - soonest for request, soonest in answers]
        late = list(self._failures_after_recovery())
        return {
            "answered": len(answers) / max(1, len(best)),
            "possible": len(best),
            "wasted_an_answer": round((len(self.calls) - len(answers)) / max(1, len(answers)), 3),
            "seconds_added": round(fmean(added), 3) if added else None,
            "slowest_seconds_added": round(max(added), 2) if added else None,
            "last_failure_after_recovery": round(max(late), 2) if late else None,
        }

    def _failures_after_recovery(self) -> Iterator[float]:
        """Seconds from an outage's end to each failure after it."""
        for end in self.history.recoveries():
            for request in self.requests:
                ended = request.began + request.seconds
                if not request.answered and ended > end:
                    yield ended - end


# --- the contenders ----------------------------------------------------------------------------------------------


def routes(history: History, folder: Path) -> Path:
    """The shipped table without OpenRouter's calls a minute, its seconds divided by the history's compression."""
    text = re.sub(r"(?m)^requests_per_minute = .*$", "", SHIPPED_ROUTES.read_text())
    names = "first_token|idle|attempt|cooldown_sick|cooldown_sick_cap|cooldown_rate_limited|cooldown_rate_limited_cap"
    path = folder / f"{history.name}.toml"
    path.write_text(
        re.sub(
            rf"(?m)^({names}) = ([\d.]+)",
            lambda found: f"{found[1]} = {float(found[2]) / history.compression:.4f}",
            text,
        )
    )
    return path


async def router(history: History, base: str, folder: Path, stack: AsyncExitStack) -> _Ask:
    """Ours, with its log on."""
    environment = KEYS | {
        "GROQ_BASE_URL": f"{base}/groq/v1",
        "OPENROUTER_BASE_URL": f"{base}/openrouter/v1",
        "ROUTER_ROUTES": str(routes(history, folder)),
        "ROUTER_DATABASE_URL": f"sqlite:///{folder}/{history.name}.db",
    }
    served = await stack.enter_async_context(DualModelRouter.from_env(environment))
    options: dict[str, Any] = {"config": CHAT, "messages": MESSAGES, "deadline": history.deadline}
    options["targets"] = history.targets

    async def ask() -> bool:
        try:
            if not history.stream:
                return bool((await served.complete(**options)).text)
            async with served.stream(**options) as stream:
                async for _ in stream:
                    pass
            return bool(stream.text)
        except RouterError:
            return False

    return ask


async def plain(history: History, base: str, folder: Path, stack: AsyncExitStack) -> _Ask:
    """Each target once, in order: what one writes without a router."""
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=ATTEMPT / history.compression))
    links = [target.partition(":")[::2] for target in history.targets]
    return in_time(history, lambda: _first_answer(client, base, links))


async def _first_answer(client: httpx.AsyncClient, base: str, links: Iterable[tuple[str, str]]) -> bool:
    for provider, model in links:
        url = f"{base}/{provider}/v1/chat/completions"
        try:
            reply = await client.post(url, json={"model": model, "messages": MESSAGES})
            if reply.status_code == 200 and reply.json()["choices"][0]["message"]["content"]:
                return True
        except httpx.HTTPError:
            continue
    return False


async def litellm_router(history: History, base: str, folder: Path, stack: AsyncExitStack) -> _Ask:
    """LiteLLM's, with its own defaults for retries and cooldowns, and each target the fallback of those before it."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it would read its list of prices from the network
    import litellm

    names = [str(number) for number, _ in enumerate(history.targets)]
    links = [target.partition(":") for target in history.targets]
    entries = [
        {"model": f"openai/{model}", "api_key": "x", "api_base": f"{base}/{provider}/v1"}
        for provider, _, model in links
    ]
    served = litellm.Router(
        model_list=[{"model_name": name, "litellm_params": entry} for name, entry in zip(names, entries, strict=True)],
        fallbacks=[{"0": names[1:]}],
        timeout=ATTEMPT / history.compression,
    )

    async def ask() -> bool:
        try:
            reply = await served.acompletion(model="0", messages=MESSAGES)
            return bool(reply.choices[0].message.content)
        except Exception:  # noqa: BLE001 – whatever it raises is no answer
            return False

    return in_time(history, ask)


def in_time(history: History, ask: _Ask) -> _Ask:
    """An answer after the deadline is none."""

    async def ask_in_time() -> bool:
        try:
            async with asyncio.timeout(history.deadline):
                return await ask()
        except TimeoutError:
            return False

    return ask_in_time


_Contender = Callable[[History, str, Path, AsyncExitStack], Awaitable[_Ask]]


def contenders() -> dict[str, _Contender]:
    """By name; LiteLLM's where it is installed."""
    found: dict[str, _Contender] = {"router": router, "plain": plain}
    try:
        import litellm  # noqa: F401 – only whether it is there
    except ImportError:
        return found
    logging.disable(logging.CRITICAL)
    return {**found, "litellm": litellm_router}


# --- playing -----------------------------------------------------------------------------------------------------


async def play(history: History, contender: str, address: str, folder: Path) -> Played:
    """One contender through one history, which begins now."""
    async with AsyncExitStack() as stack:
        beginning = time.monotonic() + 0.5  # what a contender does once, it does before
        base = f"{address}/{history.name}/{beginning:.3f}/{contender}"
        ask = await contenders()[contender](history, base, folder, stack)
        requests = await asyncio.gather(*(_ask_at(ask, at, beginning) for at in _moments(history)))
        async with httpx.AsyncClient() as client:
            calls = (await client.get(f"{base}/calls")).json()
    return Played(history, contender, requests, calls)


def _moments(history: History) -> list[float]:
    return [number / history.rate for number in range(int(history.seconds * history.rate))]


async def _ask_at(ask: _Ask, moment: float, beginning: float) -> Asked:
    await asyncio.sleep(max(0.0, beginning + moment - time.monotonic()))
    began = time.monotonic()
    answered = await ask()
    return Asked(began - beginning, answered, time.monotonic() - began)


def batches(histories: Iterable[History], rate: float) -> list[list[History]]:
    """Histories to be played at once, each batch of no more than `rate` requests a second."""
    found: list[list[History]] = []
    for history in sorted(histories, key=lambda history: (history.seconds, history.rate)):
        if not found or sum(other.rate for other in found[-1]) + history.rate > rate:
            found.append([])
        found[-1].append(history)
    return found


def print_history(results: Sequence[Played]) -> dict[str, float]:
    """A line for each contender; gives the answered share of each."""
    shares = {}
    for played in results:
        figures = played.figures()
        shares[played.contender] = float(figures.pop("answered") or 0.0)
        say(f"availability.{played.history.name}.{played.contender}", shares[played.contender], "share", **figures)
    return shares


async def _append_each(played: Sequence[list[Played]], plays: Sequence[Awaitable[Played]]) -> None:
    for results, result in zip(played, await asyncio.gather(*plays), strict=True):
        results.append(result)


async def main(names: Sequence[str] = ()) -> None:
    """Play all histories, or those named."""
    chosen = [history for history in HISTORIES if not names or history.name in names]
    shares: list[dict[str, float]] = []
    lags: list[float] = []
    with upstream("benchmarks.weather_upstream") as address, tempfile.TemporaryDirectory() as folder:
        for batch in batches(chosen, REQUESTS_A_SECOND):
            played: list[list[Played]] = [[] for _ in batch]
            # One after the other: a contender that needs much of the processor would slow the others down.
            for who in contenders():
                plays = [play(history, who, address, Path(folder)) for history in batch]
                gaps = await gaps_beside(_append_each(played, plays))
                lags.append(gaps[-1].milliseconds)
            shares += [print_history(results) for results in played]
    # A machine that is busy otherwise makes everybody late: figures beside a lag of a second say nothing.
    say("availability.loop_lag", max(lags), "ms", goal=250)
    say("availability.worst.router", min(share["router"] for share in shares), "share", goal=0.99)
    say("availability.below_plain", sum(share["router"] < share["plain"] for share in shares), "histories", goal=0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
