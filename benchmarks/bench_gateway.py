"""The gateway beside a direct call and, where installed, LiteLLM's proxy: interleaved, on one upstream.

Each runs in a process of its own, with its log on and keys checked. Figures: p50 of a call and what is added to a
direct one, calls a second at 32 in flight, time to the first token, chunks a second, processor time a request, memory
after 5,000 requests, and the time until it first answers.
Goals: 0.8 ms added, 1,500 calls/s, 1.0 ms to the first token added, 60,000 chunks/s, 1.0 ms of CPU, 80 MiB, 0.6 s.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_router import environment
from benchmarks.figures import free_port, p50, say, upstream

ROUNDS, CALLS, IN_FLIGHT, CHUNKS, WARM, MEASURED = 7, 100, 32, 20_000, 300, 5_000
FEW_CHUNKS = 4
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Contender:
    """A server that answers chat completions.

    Attributes:
        port: where it listens on this machine.
        path: of its endpoint.
        model: what is asked for.
        key: sent as a bearer.
        pid: its process; None where it is of no interest.
    """

    name: str
    port: int
    path: str
    model: str
    key: str
    pid: int | None = None

    def request(self, *, chunks: int | None = None) -> bytes:
        """The bytes of one request.

        Args:
            chunks: how many the reply is streamed in; None asks for a whole one.
        """
        content = f"What should I eat before a run? chunks={chunks}"
        body: dict[str, object] = {"model": self.model, "messages": [{"role": "user", "content": content}]}
        if chunks is not None:
            body["stream"] = True
        data = json.dumps(body).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data


class Connection:
    """A client that costs next to nothing: bytes out, bytes in until the reply's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """A connection to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20))

    async def call(self, request: bytes) -> bytes:
        """One whole reply's body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return await self._reader.readexactly(int(lengths[0].partition(b":")[2]))

    async def stream(self, request: bytes) -> tuple[float, float, int]:
        """A streamed reply: seconds to its first text, seconds to its end, and how many chunks had text."""
        began = time.perf_counter()
        self._writer.write(request)
        first, count, tail = 0.0, 0, b""
        while b"[DONE]" not in tail:
            data = await self._reader.read(2**18)
            assert data, "the stream ended before its end"
            count += (tail[-12:] + data).count(b'"content":"') + (tail[-12:] + data).count(b'"content": "')
            if not first and b"data:" in data:
                first = time.perf_counter() - began
            tail = data[-200:]
        took = time.perf_counter() - began
        while b"0\r\n\r\n" not in tail:
            tail += await self._reader.read(2**10)
        return first, took, count

    def close(self) -> None:
        """Close it."""
        self._writer.close()


async def timed_calls(contender: Contender, times: int) -> list[float]:
    """Milliseconds of calls one after the other."""
    connection, request, taken = await Connection.open(contender.port), contender.request(), []
    for _ in range(times):
        began = time.perf_counter()
        await connection.call(request)
        taken.append((time.perf_counter() - began) * 1000)
    connection.close()
    return taken


async def calls_per_second(contender: Contender, each: int) -> float:
    """Calls a second with `IN_FLIGHT` connections at once."""
    connections = [await Connection.open(contender.port) for _ in range(IN_FLIGHT)]
    request = contender.request()

    async def worker(connection: Connection) -> None:
        for _ in range(each):
            await connection.call(request)

    began = time.perf_counter()
    await asyncio.gather(*map(worker, connections))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return IN_FLIGHT * each / took


async def first_tokens(contender: Contender, times: int) -> list[float]:
    """Milliseconds to the first text of short streams, one after the other."""
    connection, request = await Connection.open(contender.port), contender.request(chunks=FEW_CHUNKS)
    taken = [(await connection.stream(request))[0] * 1000 for _ in range(times)]
    connection.close()
    return taken


async def chunks_per_second(contender: Contender) -> float:
    """Chunks a second of one long stream."""
    connection = await Connection.open(contender.port)
    _, took, count = await connection.stream(contender.request(chunks=CHUNKS))
    connection.close()
    return count / took


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mebibytes(pid: int) -> float:
    """What of a process is in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def started_gateway(base: str, folder: str) -> Iterator[Contender]:
    """The gateway in its own process; says how long it took to answer."""
    settings = os.environ | environment(base, folder)
    command = [sys.executable, "-m", "router"]
    added = subprocess.run(
        [*command, "apps", "add", "bench", "--per-day", "10000000"], env=settings, capture_output=True, check=True
    )
    key, port = added.stdout.decode().split()[-1], free_port()
    with _answering([*command, "serve", "--port", str(port)], port, settings, name="gateway") as pid:
        yield Contender("gateway", port, "/v1/chat/completions", "real-time-chat", key, pid)


@contextmanager
def started_litellm(base: str, folder: str) -> Iterator[Contender | None]:
    """LiteLLM's proxy in its own process, where it is installed."""
    program = shutil.which("litellm", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if program is None:
        yield None
        return
    config = Path(folder) / "litellm.yaml"
    config.write_text(
        "model_list:\n  - model_name: chat\n    litellm_params: {model: openai/gpt-oss-120b, api_key: x, "
        f"api_base: {base}/fast/v1}}\ngeneral_settings: {{master_key: sk-bench}}\n"
    )
    port = free_port()
    command = [program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    with _answering(
        command, port, os.environ, name="litellm", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as pid:
        yield Contender("litellm", port, "/v1/chat/completions", "chat", "sk-bench", pid)


@contextmanager
def _answering(
    command: Sequence[str], port: int, settings: Mapping[str, str], *, name: str, **options: int
) -> Iterator[int]:
    """A server's process, once it accepts connections; says how long that took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=dict(settings), **options)  # type: ignore[call-overload]
    try:
        asyncio.run(_accepted(port))
        say(f"start.{name}", time.perf_counter() - began, "s")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def _accepted(port: int) -> None:
    request = f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    for _ in range(6_000):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.write(request)
        if await reader.readline():
            writer.close()
            return
        writer.close()
    raise RuntimeError(f"nothing answers on port {port}")


async def measure(contenders: Sequence[Contender]) -> None:
    """All figures, round by round in turns."""
    direct = contenders[0]
    singles: dict[str, list[float]] = {one.name: [] for one in contenders}
    rates: dict[str, list[float]] = {one.name: [] for one in contenders}
    firsts: dict[str, list[float]] = {one.name: [] for one in contenders}
    chunks: dict[str, list[float]] = {one.name: [] for one in contenders}
    for one in contenders:
        await timed_calls(one, WARM)
    for _ in range(ROUNDS):
        for one in contenders:
            singles[one.name] += await timed_calls(one, CALLS)
            rates[one.name].append(await calls_per_second(one, 25 if one.name != "litellm" else 5))
            firsts[one.name] += await first_tokens(one, CALLS // 2)
            chunks[one.name].append(await chunks_per_second(one))
    for one in contenders:
        name = one.name
        added = p50(singles[name]) - p50(singles[direct.name])
        say(f"call.p50.{name}", p50(singles[name]), "ms", added=round(added, 3))
        say(f"call.rate.{name}", p50(rates[name]), "calls/s", best=round(max(rates[name])))
        added = p50(firsts[name]) - p50(firsts[direct.name])
        say(f"first_token.p50.{name}", p50(firsts[name]), "ms", added=round(added, 3))
        say(f"stream.chunks.{name}", p50(chunks[name]), "chunks/s", best=round(max(chunks[name])))
        if one.pid is not None:
            await _measure_process(one, one.pid)


async def _measure_process(one: Contender, pid: int) -> None:
    total = MEASURED if one.name == "gateway" else MEASURED // 10
    before = cpu_seconds(pid)
    await calls_per_second(one, total // IN_FLIGHT)
    say(f"cpu.{one.name}", (cpu_seconds(pid) - before) / total * 1000, "ms/request")
    say(f"memory.{one.name}", memory_mebibytes(pid), "MiB", after_requests=total)


def main() -> None:
    """Run everything once."""
    with upstream() as base, tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        port = int(base.rpartition(":")[2])
        direct = Contender("direct", port, "/fast/v1/chat/completions", "openai/gpt-oss-120b", "x")
        gateway = servers.enter_context(started_gateway(base, folder))
        litellm = servers.enter_context(started_litellm(base, folder))
        asyncio.run(measure([one for one in (direct, gateway, litellm) if one is not None]))


if __name__ == "__main__":
    main()
