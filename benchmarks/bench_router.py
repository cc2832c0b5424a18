"""The router with its log on, beside bare httpx and (where installed) LiteLLM's router, interleaved on one server.

Figures: p50 of a call, calls a second at 32 in flight, stream chunks a second, and p50 of a call that fails over.
Goals: p50 no more than httpx's; twice its calls a second; a failed-over call at most 2.2 of ours; 30,000 chunks/s.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import p50, say, timed, upstream
from router import DualModelRouter, TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES

ROUNDS, CALLS, IN_FLIGHT, CHUNKS = 7, 150, 32, 20_000
MESSAGES = [{"role": "user", "content": f"What should I eat before a run? chunks={CHUNKS}"}]
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
_Call = Callable[[], Awaitable[object]]


def environment(base: str, folder: str, groq: str = "fast") -> dict[str, str]:
    """Two providers on the benchmarks' server; `groq="down"` makes the first of them fail.

    The table is the shipped one but for OpenRouter's calls a minute, which a benchmark would have used up at once.
    """
    routes = Path(folder) / "routes.toml"
    routes.write_text(re.sub(r"(?m)^requests_per_minute = .*$", "", SHIPPED_ROUTES.read_text()))
    return {
        "ROUTER_ROUTES": str(routes),
        "GROQ_API_KEY": "gsk_benchmark_benchmark",
        "OPENROUTER_API_KEY": "sk-or-v1-benchmark",
        "GROQ_BASE_URL": f"{base}/{groq}/v1",
        "OPENROUTER_BASE_URL": f"{base}/fast/v1",
        "ROUTER_DATABASE_URL": f"sqlite:///{folder}/{groq}.db",
    }


async def per_second(call: _Call) -> float:
    """Calls a second with `IN_FLIGHT` under way."""

    async def worker() -> None:
        for _ in range(CALLS // 5):
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return IN_FLIGHT * (CALLS // 5) / (time.perf_counter() - began)


async def router_chunks(router: DualModelRouter) -> float:
    """Chunks a second through `stream`."""
    began, seen = time.perf_counter(), 0
    async with router.stream(config=CHAT, messages=MESSAGES) as stream:
        async for event in stream:
            seen += event.kind == "delta"
    return seen / (time.perf_counter() - began)


async def litellm_chunks(litellm: Any) -> float:
    """Chunks a second through LiteLLM's router."""
    began, seen = time.perf_counter(), 0
    async for _ in await litellm.acompletion(model="chat", messages=MESSAGES, stream=True):
        seen += 1
    return seen / (time.perf_counter() - began)


def litellm_router(base: str) -> Any:
    """LiteLLM's router on the same server, or None where it is not installed."""
    try:
        import litellm
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)
    entry = {"model": "openai/gpt-oss-120b", "api_key": "x", "api_base": f"{base}/fast/v1"}
    down = {"model": "openai/gpt-oss-120b", "api_key": "x", "api_base": f"{base}/down/v1"}
    models = [
        {"model_name": "chat", "litellm_params": entry},
        {"model_name": "down", "litellm_params": down},
    ]
    return litellm.Router(model_list=models, fallbacks=[{"down": ["chat"]}], num_retries=0, allowed_fails=10**9)


async def calls(name: str, contenders: dict[str, _Call], baseline: str) -> None:
    """p50 and calls a second of each contender, in turns."""
    singles: dict[str, list[float]] = {who: [] for who in contenders}
    rates: dict[str, list[float]] = {who: [] for who in contenders}
    for _ in range(ROUNDS):
        for who, call in contenders.items():
            singles[who] += await timed(call, CALLS)
            rates[who].append(await per_second(call))
    for who in contenders:
        ratio = p50(singles[who]) / p50(singles[baseline])
        say(f"{name}.p50.{who}", p50(singles[who]), "ms", ratio_to_httpx=round(ratio, 3))
        rate = p50(rates[who])
        say(f"{name}.rate.{who}", rate, "calls/s", ratio_to_httpx=round(rate / p50(rates[baseline]), 3))


async def failed_over(base: str, folder: str, litellm: Any, direct: _Call) -> None:
    """p50 of a call whose first target is down and forgotten each time, beside one that is answered at once."""
    async with DualModelRouter.from_env(environment(base, folder, "down")) as router:

        def forget() -> None:
            router.reset_failures()
            assert router.store is not None
            router.store.flush()

        async def over() -> object:
            return await router.complete(config=CHAT, messages=MESSAGES)

        rounds = [(await timed(direct, 100), await timed(over, 100, before=forget)) for _ in range(ROUNDS)]
        plain = p50([value for straight, _ in rounds for value in straight])
        ours = p50([value for _, failing in rounds for value in failing])
        say("failed_over.p50.router", ours, "ms", ratio_to_direct=round(ours / plain, 3))
    if litellm is not None:
        theirs = p50(await timed(lambda: litellm.acompletion(model="down", messages=MESSAGES), 200))
        say("failed_over.p50.litellm", theirs, "ms")


async def main() -> None:
    """Run everything once."""
    with upstream() as base, tempfile.TemporaryDirectory() as folder:
        litellm = litellm_router(base)
        url = f"{base}/fast/v1/chat/completions"
        body = {"model": "openai/gpt-oss-120b", "messages": MESSAGES}
        async with httpx.AsyncClient() as client, DualModelRouter.from_env(environment(base, folder)) as router:
            contenders: dict[str, _Call] = {
                "httpx": lambda: client.post(url, json=body),
                "router": lambda: router.complete(config=CHAT, messages=MESSAGES),
            }
            if litellm is not None:
                contenders["litellm"] = lambda: litellm.acompletion(model="chat", messages=MESSAGES)
            for call in contenders.values():
                await timed(call, 50)
            await calls("call", contenders, "httpx")
            say("stream.chunks.router", p50([await router_chunks(router) for _ in range(5)]), "chunks/s")
            if litellm is not None:
                say("stream.chunks.litellm", p50([await litellm_chunks(litellm) for _ in range(3)]), "chunks/s")
            await failed_over(base, folder, litellm, contenders["router"])


if __name__ == "__main__":
    asyncio.run(main())
