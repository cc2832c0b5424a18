"""How a benchmark speaks: one JSON line a figure, on standard output."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def say(name: str, value: float, unit: str, **more: object) -> None:
    """Print one figure."""
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, **more}), flush=True)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: Sequence[str], port: int, **options: Any) -> Iterator[str]:
    """A server in its own process, once it listens on `port`; gives its address."""
    process = subprocess.Popen(command, **options)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def upstream(module: str = "benchmarks.upstream") -> Iterator[str]:
    """A provider in its own process, from one of the modules beside this one; gives its address."""
    port = free_port()
    with started([sys.executable, "-m", module, str(port)], port) as address:
        yield address


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


async def timed(
    call: Callable[[], Awaitable[object]], times: int, *, before: Callable[[], None] = lambda: None
) -> list[float]:
    """Milliseconds of each of `times` calls, one after the other; `before` runs ahead of each, outside its time."""
    taken = []
    for _ in range(times):
        before()
        began = time.perf_counter()
        await call()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def p50(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)
