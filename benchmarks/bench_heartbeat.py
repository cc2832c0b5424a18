"""How long the event loop stands still beside the router's work: a heartbeat every 10 ms, and its longest gap.

Beside it run 100 calls at once, 100 streams at once, pictures of 20 megapixels, answers of JSON that are checked
against a schema, and prompts and answers of a megabyte; then all of that together. `heartbeat.idle` is what the machine
itself does to a loop that has nothing to do. Goal: no gap over 50 ms on an idle machine.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from benchmarks.bench_router import environment
from benchmarks.figures import say, upstream
from router import DualModelRouter, TaskConfig, TaskType

BEAT = 0.01
"""Seconds between two beats."""
GOAL = 50.0
"""Milliseconds: the longest gap that is allowed."""
CALLS, STREAMS, CHUNKS, PICTURES, DOCUMENTS = 100, 100, 300, 4, 12
ITEMS = 500
"""Objects in an answer of JSON, which have to be unique: whoever compares each with each stands still."""
SCHEMA = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "pattern": r"^[a-z ]+ \d+$", "maxLength": 60},
                    "grams": {"type": "number", "minimum": 0, "multipleOf": 0.5},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
                "required": ["name", "grams", "note"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["items"],
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "meal", "schema": SCHEMA}}
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
_Load = Callable[[DualModelRouter], Awaitable[None]]


def picture(kind: str) -> str:
    """A data URL of 5,000 by 4,000 pixels, which does not compress to nothing."""
    noise = Image.frombytes("L", (500, 400), random.Random(1).randbytes(200_000)).resize((5_000, 4_000))
    target = io.BytesIO()
    noise.convert("RGB").save(target, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(target.getvalue()).decode()


PICTURE_URLS: list[str] = []


async def calls(router: DualModelRouter) -> None:
    """Short ones, all at once."""
    await asyncio.gather(*(router.complete(config=CHAT, messages=_said("Hello")) for _ in range(CALLS)))


async def streams(router: DualModelRouter) -> None:
    """Streams of some hundred chunks, all at once."""
    await asyncio.gather(*(_read_stream(router) for _ in range(STREAMS)))


async def _read_stream(router: DualModelRouter) -> None:
    async with router.stream(config=CHAT, messages=_said(f"Tell me. chunks={CHUNKS}")) as stream:
        async for _ in stream:
            pass


async def pictures(router: DualModelRouter) -> None:
    """Pictures of 20 megapixels, one to a request, all at once."""
    urls = (PICTURE_URLS[number % len(PICTURE_URLS)] for number in range(PICTURES))
    requests = [[{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": url}}] for url in urls]
    vision = TaskConfig(type=TaskType.VISION)
    await asyncio.gather(*(router.complete(config=vision, messages=_said(parts)) for parts in requests))


async def checked_json(router: DualModelRouter) -> None:
    """Answers of 500 objects of JSON, each checked against a schema with patterns, unions and unique items."""
    config = TaskConfig(type=TaskType.STRUCTURED_OUTPUT, requires_json=True)
    options: dict[str, Any] = {
        "config": config,
        "messages": _said(f"As JSON. items={ITEMS}"),
        "response_format": FORMAT,
    }
    await asyncio.gather(*(router.complete(**options) for _ in range(DOCUMENTS)))


async def megabytes(router: DualModelRouter) -> None:
    """Prompts of a megabyte, answered by five of JSON without a schema."""
    config = TaskConfig(type=TaskType.PROGRAM_GENERATION, requires_json=True)
    messages = _said("json items=15000 " + "oats and eggs " * 75_000)
    await asyncio.gather(*(router.complete(config=config, messages=messages) for _ in range(4)))


def _said(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


async def all_together(router: DualModelRouter) -> None:
    """Everything above at once."""
    await asyncio.gather(*(load(router) for load in LOADS[:-1]))


async def idle(router: DualModelRouter) -> None:
    """Nothing for two seconds."""
    await asyncio.sleep(2.0)


LOADS: Sequence[_Load] = (calls, streams, pictures, checked_json, megabytes, all_together)


@dataclass(frozen=True, order=True, slots=True)
class Gap:
    """One beat that came late.

    Attributes:
        milliseconds: by so much.
        processor: milliseconds of processor time that this process used meanwhile; the rest was other processes'.
        collector: milliseconds of it in Python's garbage collector, whose longest pass grows with all that the process
            has loaded: a server spares that with `gc.freeze`, as the gateway does.
    """

    milliseconds: float
    processor: float
    collector: float


class CollectorTime:
    """Processor time of the garbage collector, in milliseconds, since it was made."""

    def __init__(self) -> None:
        self.total = self._began = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _: dict[str, int]) -> None:
        now = time.thread_time() * 1000
        if phase == "start":
            self._began = now
        else:
            self.total += now - self._began


COLLECTOR = CollectorTime()


async def gaps_beside(work: Awaitable[None]) -> list[Gap]:
    """By how much each beat came late while the work was done, the latest last."""
    gaps: list[Gap] = []
    heart = asyncio.ensure_future(_beat(gaps))
    try:
        await work
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)
    return sorted(gaps)


async def _beat(gaps: list[Gap]) -> None:
    now = asyncio.get_running_loop().time
    while True:
        began, used, collected = now(), time.process_time(), COLLECTOR.total
        await asyncio.sleep(BEAT)
        late, busy = now() - began - BEAT, time.process_time() - used
        gaps.append(Gap(late * 1000, busy * 1000, COLLECTOR.total - collected))


async def main() -> None:
    """Each load once to warm up, and once beside the heartbeat."""
    PICTURE_URLS.extend(picture(kind) for kind in ("JPEG", "PNG"))
    with upstream() as base, tempfile.TemporaryDirectory() as folder:
        async with DualModelRouter.from_env(environment(base, folder)) as router:
            for load in (idle, *LOADS):
                if load not in (idle, all_together):
                    await load(router)
                gaps = await gaps_beside(load(router))
                figures = {"p99": round(gaps[int(len(gaps) * 0.99)].milliseconds, 2), "beats": len(gaps), "goal": GOAL}
                worst = gaps[-1]
                say(
                    f"heartbeat.{load.__name__}",
                    worst.milliseconds,
                    "ms",
                    processor=round(worst.processor, 1),
                    collector=round(worst.collector, 1),
                    **figures,
                )


if __name__ == "__main__":
    asyncio.run(main())
