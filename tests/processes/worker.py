"""A process of its own with a router in it: `python -m tests.processes.worker COMMAND ENVIRONMENT [CALLS]`.

It is what the tests beside it start, watch and kill.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

import httpx_aiohttp  # noqa: F401 – what a fork is to find loaded

import router.store  # noqa: F401 – the same
from router import DualModelRouter, RouterError, TaskConfig, TaskType
from router.table.route_file import load_routes

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
JSON = TaskConfig(type=TaskType.STRUCTURED_OUTPUT, requires_json=True)
AT_ONCE, SHORT = 16, 40


def said(text):
    return [{"role": "user", "content": text}]


async def ask_for_ever(environment, at_once):
    """Requests without an end, each with words of its own."""
    numbers = count()
    async with DualModelRouter.from_env(environment) as asked:
        # A busy machine takes longer than a server that is well; who gives up waiting probes for itself.
        asked.store._database.patience = 10.0

        async def one_after_the_other():
            while True:
                try:
                    await asked.complete(config=CHAT, messages=said(f"call {os.getpid()}-{next(numbers)}"))
                except RouterError:
                    await asyncio.sleep(0.01)

        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))


def fork_on_demand(environment):
    """A child under load for each line that comes in; its process id goes out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    load_routes(Path(environment["ROUTER_ROUTES"]))  # which is kept
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(ask_for_ever(environment, AT_ONCE))
        print(child, flush=True)  # noqa: T201


async def _mixed(asked, number):
    """One call, of one kind or another."""
    messages = said(f"Call {number}: what should I eat before a run?")
    try:
        if number % 4 == 0:
            await asked.complete(config=JSON, messages=messages)
        elif number % 4 == 1:
            await asked.complete(config=CHAT, messages=messages, max_tokens=SHORT)
        else:
            async with asked.stream(config=CHAT, messages=messages, max_tokens=SHORT) as stream:
                async for event in stream:
                    if number % 16 == 2 and event.kind == "delta":
                        stream.cancel()
    except RouterError:
        pass
    if number % 20 == 0:
        asked.reset_failures()


async def _calls(asked, numbers):
    async def worker():
        for number in numbers:
            await _mixed(asked, number)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    await asyncio.to_thread(asked.store.flush)


def _held():
    """Bytes of this process's memory that are in use, and its open files."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))


async def soak(environment, calls):
    """Warm up, make `calls` calls, and say what is left of them."""
    warm = 800
    async with DualModelRouter.from_env(environment) as asked:
        await _calls(asked, iter(range(warm)))
        before, _ = _held()
        await _calls(asked, iter(range(warm, warm + calls)))
        after, _ = _held()
        tasks = len(asyncio.all_tasks()) - 1
        _, opened = _held()
        await asked._clients.aclose()
        _, closed = _held()
    print(json.dumps({"grown": after - before, "tasks": tasks, "connections": opened - closed}))  # noqa: T201


async def take_run(environment, run_id):
    """Take a speed run, and keep it until somebody ends this process."""
    async with DualModelRouter.from_env(environment) as asked:
        print(asked.store.speed_runs.take(run_id), flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    command, given = sys.argv[1], json.loads(sys.argv[2])
    if command == "ask":
        asyncio.run(ask_for_ever(given, 1))
    elif command == "fork":
        fork_on_demand(given)
    elif command == "take":
        asyncio.run(take_run(given, sys.argv[3]))
    else:
        asyncio.run(soak(given, int(sys.argv[3])))
