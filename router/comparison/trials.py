"""Prompts through two lanes at the same time: repeats of one, or a list. Figures are taken here, in the router's loop.

A lane is one target. It does not fall back unless it is told to, so that what is measured is what was named.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.comparison.waiting import wait_for_target
from router.errors import RouterError
from router.types import Completion, Target


@dataclass(frozen=True, slots=True)
class Lane:
    """One side of a comparison.

    Attributes:
        others: whom it may fall back to, in order; empty where it may not.
    """

    target: Target
    others: tuple[Target, ...] = ()

    def options(self) -> dict[str, Any]:
        """What pins a request to this lane."""
        targets = [self.target, *(target for target in self.others if target != self.target)]
        return {"targets": targets, "fallback": bool(self.others)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One prompt through one lane.

    Attributes:
        row: the prompt's place in its list, from 1 on.
        lane: the lane's place, from 0 on.
        served: who answered, as `provider:model`.
        ttft_ms, total_ms, per_second: None where it failed.
        parsed: the JSON document, where JSON was asked for.
        error: why it failed; empty where it did not.
    """

    row: int
    lane: int
    prompt: str
    target: Target
    text: str = ""
    served: str = ""
    ttft_ms: float | None = None
    total_ms: float | None = None
    per_second: float | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    simulated: bool = False
    parsed: Any = None
    error: str = ""


async def run_pairs(
    router: DualModelRouter, lanes: Sequence[Lane], requests: Sequence[tuple[str, Mapping[str, Any]]], *, job: Job[Any]
) -> list[Trial]:
    """Each request through all lanes at the same time, one request after the other.

    Args:
        requests: the prompt for people, and what `DualModelRouter.stream` takes.
        job: is told how far it is; its `partial` is what has come so far.
    """
    trials: list[Trial] = []
    job.partial = ()
    job.expect(len(requests) * len(lanes))
    for row, (prompt, request) in enumerate(requests, start=1):
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    _make_trial(
                        router, job, Trial(row, place, prompt, lane.target), request={**request, **lane.options()}
                    )
                )
                for place, lane in enumerate(lanes)
            ]
        trials.extend(task.result() for task in tasks)
        job.partial = tuple(trials)  # a new one each time: whoever watches reads it from another thread
    return trials


async def _make_trial(router: DualModelRouter, job: Job[Any], blank: Trial, *, request: Mapping[str, Any]) -> Trial:
    try:
        completion = await _complete_stream(router, job, request)
    except (RouterError, ValueError) as error:
        completion, blank = None, replace(blank, error=_brief(error))
    job.advance(JobNote(Activity.ASKING, row=blank.row))
    return blank if completion is None else _filled(blank, completion)


async def _complete_stream(router: DualModelRouter, job: Job[Any], request: Mapping[str, Any]) -> Completion | None:
    """Stream an answer to its end, so that its first token is measured; None where it was stopped."""
    # Whatever this gives, the request is sent: where nobody may be called, its error says of each target why.
    await wait_for_target(router, job, request["config"], targets=request["targets"])
    async with router.stream(**request) as stream:
        async for _ in stream:
            pass
    return stream.completion


def _filled(blank: Trial, completion: Completion) -> Trial:
    return replace(
        blank,
        text=completion.text,
        served=f"{completion.provider}:{completion.model}",
        ttft_ms=completion.ttft_ms,
        total_ms=completion.latency_ms,
        per_second=tokens_per_second(completion),
        tokens=completion.usage.completion_tokens,
        cost_usd=completion.cost_usd,
        simulated=completion.simulated,
        parsed=completion.parsed,
    )


def tokens_per_second(completion: Completion) -> float | None:
    """Tokens of an answer by the time from its first token to its end; None where that took no time."""
    writing_ms = completion.latency_ms - (completion.ttft_ms or 0.0)
    return completion.usage.completion_tokens * 1000.0 / writing_ms if writing_ms > 0 else None


def _brief(error: Exception) -> str:
    """The last attempt's own words; the whole error lists every target, which a table's cell has no room for."""
    attempts = getattr(error, "attempts", ())
    last = next((attempt.error for attempt in reversed(attempts) if attempt.error), None)
    return last or str(error)


# --- what it comes to --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of `answers` JSON documents are the same as the most common one, and how many differ among them."""

    answers: int
    agree: int
    variants: int


def count_agreement(trials: Sequence[Trial], lane: int | None = None) -> Agreement:
    """How far the JSON answers agree, of one lane or of all; the order of fields is no difference."""
    documents = Counter(
        json.dumps(trial.parsed, sort_keys=True)
        for trial in trials
        if trial.parsed is not None and lane in (None, trial.lane)
    )
    return Agreement(documents.total(), max(documents.values(), default=0), len(documents))
