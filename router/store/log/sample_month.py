"""A month of invented requests for a log that is still empty: marked as simulated, and as a sample by their owner.

They look like a small team's use: more by day than by night, a provider that is down for two hours, free quota that
runs out in some afternoons, a fallback that answers all the same. They are removed with all that was made of them.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from ulid import ULID

from router.store.database.connections import SqlConnection
from router.store.database.times import stamp
from router.store.log.rollups import EndedAttempt, EndedRequest, Pending, rebuild, rows_since
from router.types import Target

SAMPLE_OWNER = "sample month"
"""Who owns the rows: no process has such an id, and nothing else marks them."""

DAYS = 30
BUSIEST_DAY = 90
"""About so many requests has a working day; a day of the weekend has a third."""

_WORKING_HOURS = range(7, 19)  # UTC
_OUTAGE_DAYS_AGO = 12
_OUTAGE_HOURS = range(13, 15)
_DRY_HOURS = range(15, 18)  # free quota of the first provider runs out on every fifth day
_FAILING = 0.02
_LOST = 0.004  # the share of requests that every model fails
_WORDS_PER_TOKEN = 0.7

_FAST, _SLOW = (220.0, 260.0), (1_100.0, 62.0)
"""Milliseconds to the first token and tokens a second, of the first task's first provider and of all others."""

_REQUEST = (
    "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status, provider, model, "
    "latency_ms, ttft_ms, prompt_tokens, completion_tokens, cost_usd, error, attempts, owner) "
    "VALUES (?, ?, ?, ?, ?, 1, 1, ?, ?, ?, ?, ?, ?, ?, 0.0, ?, ?, ?)"
)
_ATTEMPT = (
    "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome, http_status, "
    "latency_ms, ttft_ms, prompt_tokens, completion_tokens, error) "
    "VALUES (?, ?, ?, ?, ?, 'sample month', ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CONTENT = "INSERT INTO contents (request_id, request, prompt, answer) VALUES (?, ?, ?, ?)"
_ERRORS = {
    "rate_limited": (429, "Simulated: the free quota of this minute is used up"),
    "server_error": (503, "Simulated: the provider is overloaded"),
}
_SOURCES = (("library", "prompt", 6), ("console", "prompt", 3), ("library", "service", 2), ("console", "compare", 1))


@dataclass(frozen=True, slots=True)
class SampleTask:
    """What a task's invented requests are made of.

    Attributes:
        targets: in the order in which they are tried; of two providers at least where there are two.
        prompt, answer: what is asked and answered.
        weight: how often it is asked, beside the others.
    """

    task: str
    targets: tuple[Target, ...]
    prompt: str
    answer: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Request:
    id: str
    at: float
    source: str
    purpose: str
    sample: SampleTask
    outcomes: tuple[tuple[Target, str, float], ...]
    ttft_ms: float
    tokens: int

    @property
    def last(self) -> tuple[Target, str, float]:
        return self.outcomes[-1]

    @property
    def is_answered(self) -> bool:
        return self.last[1] == "succeeded"

    @property
    def latency_ms(self) -> float:
        return sum(latency for _, _, latency in self.outcomes)


def write_sample(connection: SqlConnection, samples: Sequence[SampleTask], dice: random.Random) -> int:
    """Write a month of requests up to now; gives how many.

    Days of which retention has deleted the rows are left out: their figures could not be taken back.
    """
    floor = rows_since(connection)
    requests = [request for request in _draw_requests(samples, dice) if stamp(request.at) >= floor]
    pending = Pending()
    with connection.transaction():
        for request in requests:
            pending.add(_ended(request))
            connection.execute(_REQUEST, _request_row(request))
            connection.executemany(_ATTEMPT, list(_attempt_rows(request)))
            connection.execute(_CONTENT, _content_row(request))
        pending.write(connection)
    return len(requests)


def count_sample(connection: SqlConnection) -> int:
    """How many requests of a sample month there are."""
    return int(connection.execute("SELECT count(*) FROM requests WHERE owner = ?", (SAMPLE_OWNER,)).fetchone()[0])


def remove_sample(connection: SqlConnection) -> int:
    """Delete every sample and what was made of it; gives how many requests that were."""
    ids = [row[0] for row in connection.execute("SELECT id FROM requests WHERE owner = ?", (SAMPLE_OWNER,))]
    with connection.transaction():
        for request_id in ids:
            connection.execute("DELETE FROM attempts WHERE id > ? AND id < ?", (f"{request_id}-", f"{request_id}."))
            connection.execute("DELETE FROM contents WHERE request_id = ?", (request_id,))
            connection.execute("DELETE FROM request_notes WHERE request_id = ?", (request_id,))
            connection.execute("DELETE FROM requests WHERE id = ?", (request_id,))
        runs = "SELECT id FROM speed_runs WHERE job = ?"
        connection.execute(f"DELETE FROM speed_steps WHERE run_id IN ({runs})", (SAMPLE_OWNER,))
        connection.execute("DELETE FROM speed_runs WHERE job = ?", (SAMPLE_OWNER,))
    rebuild(connection)
    return len(ids)


def draw_answer(answer: str, dice: random.Random, *, is_fast: bool) -> tuple[float, float, int]:
    """How long an invented answer takes, alike in requests and in the speed table.

    Args:
        is_fast: whether its provider is the fast one.

    Returns:
        Milliseconds to the first token, milliseconds to the last, tokens.
    """
    tokens = max(8, round(len(answer.split()) / _WORDS_PER_TOKEN * dice.uniform(0.8, 1.2)))
    to_first, pace = _FAST if is_fast else _SLOW
    first_ms = to_first * math.exp(dice.gauss(0.0, 0.35))
    return first_ms, first_ms + tokens / pace * 1_000.0 * math.exp(dice.gauss(0.0, 0.25)), tokens


def _draw_requests(samples: Sequence[SampleTask], dice: random.Random) -> Iterator[_Request]:
    now = time.time()
    weights, fast = [sample.weight for sample in samples], samples[0].targets[0].provider if samples else ""
    for days_ago in reversed(range(DAYS)):
        day = (now - days_ago * 86_400.0) // 86_400.0 * 86_400.0
        weekend = datetime.fromtimestamp(day, UTC).weekday() >= 5
        count = round(BUSIEST_DAY / (3 if weekend else 1) * dice.uniform(0.7, 1.1))
        times = sorted(_draw_time(day, dice) for _ in range(count))
        for at in times:
            if at < now - 60.0:
                yield _draw_request(dice.choices(samples, weights)[0], at, _SampleDay(days_ago, fast), dice)


def _draw_time(day: float, dice: random.Random) -> float:
    hour = dice.choice(_WORKING_HOURS) if dice.random() < 0.85 else dice.randrange(24)
    return day + hour * 3_600.0 + dice.random() * 3_600.0


@dataclass(frozen=True, slots=True)
class _SampleDay:
    days_ago: int
    fast: str


def _draw_request(sample: SampleTask, at: float, day: _SampleDay, dice: random.Random) -> _Request:
    source, purpose, _ = dice.choices(_SOURCES, [weight for *_, weight in _SOURCES])[0]
    outcomes: list[tuple[Target, str, float]] = []
    lost = dice.random() < _LOST
    first = sample.targets[0].provider
    for target in sample.targets:
        is_first = target.provider == first
        outcome = _draw_outcome(is_first, at, day.days_ago, dice)
        if lost or outcome != "succeeded":
            outcome = "server_error" if outcome == "succeeded" else outcome
            outcomes.append((target, outcome, dice.uniform(60.0, 240.0)))
            continue
        began = sum(latency for *_, latency in outcomes)
        first_ms, total_ms, tokens = draw_answer(sample.answer, dice, is_fast=target.provider == day.fast)
        outcomes.append((target, outcome, total_ms))
        return _Request(_id_at(at, dice), at, source, purpose, sample, tuple(outcomes), began + first_ms, tokens)
    return _Request(_id_at(at, dice), at, source, purpose, sample, tuple(outcomes), 0.0, 0)


def _draw_outcome(is_first: bool, at: float, days_ago: int, dice: random.Random) -> str:
    hour = datetime.fromtimestamp(at, UTC).hour
    if is_first and days_ago == _OUTAGE_DAYS_AGO and hour in _OUTAGE_HOURS:
        return "server_error"
    if is_first and days_ago % 5 == 2 and hour in _DRY_HOURS and dice.random() < 0.7:
        return "rate_limited"
    return "server_error" if dice.random() < _FAILING else "succeeded"


def _id_at(at: float, dice: random.Random) -> str:
    return str(ULID.from_bytes(int(at * 1_000).to_bytes(6, "big") + dice.randbytes(10)))


def _ended(request: _Request) -> EndedRequest:
    target, _, _ = request.last
    answered = request.is_answered
    return EndedRequest(
        started_at=stamp(request.at),
        status="succeeded" if answered else "failed",
        provider=target.provider if answered else "",
        model=target.model if answered else "",
        task_type=request.sample.task,
        source=request.source,
        purpose=request.purpose,
        simulated=1,
        latency_ms=request.latency_ms,
        ttft_ms=request.ttft_ms if answered else None,
        prompt_tokens=_prompt_tokens(request),
        completion_tokens=request.tokens,
        cost_usd=0.0,
        attempts=tuple(
            EndedAttempt(called_target.provider, called_target.model, outcome)
            for called_target, outcome, _ in request.outcomes
        ),
    )


def _prompt_tokens(request: _Request) -> int:
    return max(4, round(len(request.sample.prompt.split()) / _WORDS_PER_TOKEN))


def _request_row(request: _Request) -> tuple[object, ...]:
    target, _, _ = request.last
    answered = request.is_answered
    error = None if answered else "Simulated: every model failed"
    return (
        request.id, stamp(request.at), request.sample.task, request.source, request.purpose,
        "succeeded" if answered else "failed", target.provider if answered else None,
        target.model if answered else None, request.latency_ms, request.ttft_ms if answered else None,
        _prompt_tokens(request), request.tokens, error, len(request.outcomes), SAMPLE_OWNER,
    )  # fmt: skip


def _attempt_rows(request: _Request) -> Iterator[tuple[object, ...]]:
    at = request.at
    for ordinal, (target, outcome, latency) in enumerate(request.outcomes, start=1):
        status, error = _ERRORS.get(outcome, (200, None))
        answered = outcome == "succeeded"
        yield (
            f"{request.id}-{ordinal}", request.id, ordinal, target.provider, target.model, stamp(at), outcome, status,
            latency, request.ttft_ms if answered else None, _prompt_tokens(request) if answered else None,
            request.tokens if answered else None, error,
        )  # fmt: skip
        at += latency / 1_000.0


def _content_row(request: _Request) -> tuple[object, ...]:
    sample = request.sample
    messages = [{"role": "user", "content": sample.prompt}]
    content: Mapping[str, object] = {"config": {"type": sample.task}, "messages": messages}
    return request.id, orjson.dumps(content).decode(), sample.prompt, sample.answer if request.is_answered else ""
