"""A log of many requests, made fast: rows and figures are written in bulk, and not one at a time by a router.

The figures are made by the code that keeps them in the product (`router.store.log.rollups.Pending`); only the path to
it is shorter. Kinds of requests differ in weight, speed and failures; latencies are log-normal around their model's
own.
"""

from __future__ import annotations

import math
import random
import sqlite3
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ulid import ULID

from router.store import open_store
from router.store.database.sqlite.dialect import connect
from router.store.database.times import epoch_of, stamp
from router.store.log.histograms import merged
from router.store.log.rollups import EndedAttempt, EndedRequest, Pending
from router.types import TaskType

DAYS = 90
MODELS = {
    ("groq", "openai/gpt-oss-120b"): (700.0, 180.0),
    ("groq", "openai/gpt-oss-20b"): (420.0, 120.0),
    ("groq", "qwen/qwen3.8-27b"): (900.0, 240.0),
    ("openrouter", "nvidia/nemotron-3-super-120b-a12b:free"): (2_600.0, 800.0),
    ("openrouter", "deepseek/deepseek-v4-flash-0731:free"): (3_400.0, 900.0),
    ("openrouter", "inclusionai/ling-3.0-flash-vl:free"): (4_800.0, 1_900.0),
    ("openrouter", "openrouter/free"): (5_200.0, 1_400.0),
}
"""Median latency and time to first token, milliseconds."""

ORIGINS = (("library", "prompt", 0, 6), ("gateway", "prompt", 0, 3), ("console", "prompt", 0, 2),
           ("library", "service", 0, 3), ("console", "compare", 0, 1), ("console", "speed-run", 0, 1),
           ("console", "prompt", 1, 1))  # fmt: skip
"""Source, purpose, simulated and weight."""

OUTCOMES = ("rate_limited", "server_error", "first_token", "cut")
_REQUEST = (
    "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status, provider, model, "
    "latency_ms, ttft_ms, prompt_tokens, completion_tokens, cost_usd, attempts) "
    "VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ATTEMPT = (
    "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome, http_status, "
    "latency_ms, ttft_ms) VALUES (?, ?, ?, ?, ?, 'bench', ?, ?, 200, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What some requests have in common."""

    provider: str
    model: str
    task: str
    source: str
    purpose: str
    simulated: int


def kinds() -> tuple[list[Kind], list[float]]:
    """All combinations with their weights: 392 of them, as a busy account of two providers has."""
    found, weights = [], []
    for place, (provider, model) in enumerate(MODELS):
        for number, task in enumerate(TaskType):
            for source, purpose, simulated, weight in ORIGINS:
                found.append(Kind(provider, model, task, source, purpose, simulated))
                weights.append(weight / (1 + place) / (1 + number / 3))
    return found, weights


def make(folder: Path, count: int) -> Path:
    """A database with `count` requests over `DAYS` days; one that is there already is used again."""
    path = folder / f"rows-{count}.db"
    if path.exists():
        return path
    store = open_store(f"sqlite:///{path}.new", folder)
    store.close()
    connection = connect(f"{path}.new", merged)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    _fill(connection, count)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(f"{path}.new").rename(path)


def _fill(connection: sqlite3.Connection, count: int) -> None:
    chance = random.Random(1)
    found, weights = kinds()
    end = time.time()
    step = DAYS * 86_400.0 / count
    day = -(-count // DAYS)
    for first in range(0, count, day):
        size = min(day, count - first)
        chosen = chance.choices(found, weights, k=size)
        starts = [end - (count - first - place) * step for place in range(size)]
        _write(connection, [_ended(kind, at, chance) for kind, at in zip(chosen, starts, strict=True)], first)


def _ended(kind: Kind, at: float, chance: random.Random) -> EndedRequest:
    latency, ttft = MODELS[kind.provider, kind.model]
    factor = math.exp(chance.gauss(0.0, 0.45))
    dice = chance.random()
    tried: tuple[EndedAttempt, ...] = (EndedAttempt(kind.provider, kind.model, "succeeded"),)
    if dice < 0.06:
        tried = (EndedAttempt("groq", "openai/gpt-oss-120b", chance.choice(OUTCOMES)), *tried)
    ended = EndedRequest(
        stamp(at), "succeeded", kind.provider, kind.model, kind.task, kind.source, kind.purpose, kind.simulated,
        latency * factor, ttft * factor, chance.randint(40, 900), chance.randint(10, 700), 0.0, tried,
    )  # fmt: skip
    if dice > 0.995:
        failed = (EndedAttempt(kind.provider, kind.model, "server_error"),)
        return replace(ended, status="failed", provider="", model="", completion_tokens=0, attempts=failed)
    return ended


def _write(connection: sqlite3.Connection, group: list[EndedRequest], first: int) -> None:
    requests, attempts, pending = [], [], Pending()
    for number, ended in enumerate(group, start=first):
        identifier = _id(epoch_of(ended.started_at), number)
        pending.add(ended)
        requests.append(
            (identifier, ended.started_at, ended.task_type, ended.source, ended.purpose, ended.simulated, ended.status,
             ended.provider or None, ended.model or None, ended.latency_ms, ended.ttft_ms, ended.prompt_tokens,
             ended.completion_tokens, ended.cost_usd, len(ended.attempts))
        )  # fmt: skip
        attempts += [
            (f"{identifier}-{ordinal}", identifier, ordinal, attempt.provider, attempt.model, ended.started_at,
             attempt.outcome, ended.latency_ms, ended.ttft_ms)
            for ordinal, attempt in enumerate(ended.attempts, start=1)
        ]  # fmt: skip
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_REQUEST, requests)
    connection.executemany(_ATTEMPT, attempts)
    pending.write(connection)
    connection.execute("COMMIT")


def _id(epoch: float, number: int) -> str:
    return str(ULID.from_bytes(int(epoch * 1000).to_bytes(6, "big") + number.to_bytes(10, "big")))


if __name__ == "__main__":
    began = time.perf_counter()
    print(make(Path(sys.argv[1]), int(sys.argv[2])), f"{time.perf_counter() - began:.0f} s")
