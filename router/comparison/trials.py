"""Prompts through two lanes at the same time: repeats of one, or a list. Figures are taken here, in the router's loop.

A lane is one target. It does not fall back unless it is told to, so that what is measured is what was named.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.api import DualModelRouter
from router.background.jobs import Job
from router.errors import RouterError
from router.types import Completion, PlannedTarget, Target, TargetState

MOST_PROMPTS = 200
"""Prompts of one list: more would use up any free tier's day."""

LONGEST_PROMPT = 20_000
"""Characters of one prompt in a list."""

LONGEST_WAIT = 75.0
"""Seconds that a batch waits for a minute's allowance to refill; what takes longer is a failure of that lane."""


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
        targets = [self.target, *(other for other in self.others if other != self.target)]
        return {"targets": targets, "fallback": bool(self.others)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One prompt through one lane.

    Attributes:
        row: the prompt's place in its list, from 1 on.
        lane: the lane's place, from 0 on.
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
    router: DualModelRouter, lanes: Sequence[Lane], requests: Sequence[tuple[str, Mapping[str, Any]]], job: Job[Any]
) -> list[Trial]:
    """Each request through all lanes at the same time, one request after the other.

    Args:
        requests: the prompt for people, and what `DualModelRouter.stream` takes.
        job: is told how far it is; its `partial` is what has come so far.
    """
    found: list[Trial] = []
    job.partial = found
    job.expect(len(requests) * len(lanes))
    for row, (prompt, request) in enumerate(requests, start=1):
        trials = (_trial(router, lane, place, row, prompt, request, job) for place, lane in enumerate(lanes))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(trial) for trial in trials]
        found.extend(task.result() for task in tasks)
        job.partial = list(found)
    return found


async def _trial(
    router: DualModelRouter, lane: Lane, place: int, row: int, prompt: str, request: Mapping[str, Any], job: Job[Any]
) -> Trial:
    options = {**request, **lane.options()}
    blank = Trial(row, place, prompt, lane.target)
    try:
        await _wait_for_allowance(router, options, job)
        async with router.stream(**options) as stream:
            async for _ in stream:
                pass
        completion = stream.completion
    except (RouterError, ValueError) as error:
        completion, blank = None, Trial(row, place, prompt, lane.target, error=_brief(error))
    job.advance(f"prompt {row}")
    return blank if completion is None else _answered(blank, completion)


def _answered(blank: Trial, completion: Completion) -> Trial:
    return Trial(
        row=blank.row,
        lane=blank.lane,
        prompt=blank.prompt,
        target=blank.target,
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
    took = completion.latency_ms - (completion.ttft_ms or 0.0)
    return completion.usage.completion_tokens * 1000.0 / took if took > 0 else None


def _brief(error: Exception) -> str:
    attempts = getattr(error, "attempts", ())
    last = next((attempt.error for attempt in reversed(attempts) if attempt.error), None)
    return last or str(error)


async def _wait_for_allowance(router: DualModelRouter, options: Mapping[str, Any], job: Job[Any]) -> None:
    """Where the lane is only short of a minute's allowance, wait for it rather than fail."""
    asked = {name: value for name, value in options.items() if name not in ("source", "purpose")}
    plan = router.plan(**asked)
    if any(line.kept for line in plan):
        return
    seconds = max((_refills_in(line) for line in plan), default=0.0)
    if 0 < seconds <= LONGEST_WAIT:
        job.advance(f"waiting {seconds:.0f} s for {plan[0].provider}'s allowance", by=0)
        await asyncio.sleep(seconds)


def _refills_in(line: PlannedTarget) -> float:
    if line.state not in (TargetState.NO_ALLOWANCE, TargetState.COOLING) or line.until is None:
        return 0.0
    return line.until.timestamp() - time.time() + 0.2


# --- what it comes to --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of `answers` JSON documents are the same as the most common one, and how many differ among them."""

    answers: int
    agree: int
    variants: int


def agreement(trials: Sequence[Trial], lane: int | None = None) -> Agreement:
    """How far the JSON answers agree, of one lane or of all; the order of fields is no difference."""
    documents = Counter(
        json.dumps(trial.parsed, sort_keys=True)
        for trial in trials
        if trial.parsed is not None and lane in (None, trial.lane)
    )
    return Agreement(documents.total(), max(documents.values(), default=0), len(documents))


def read_prompts(data: bytes) -> list[str]:
    """The prompts of a list: a CSV's column `prompt`, or every line whole where no column has that name.

    Raises:
        ValueError: no text, no prompt, too many or too long ones; says which.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is no UTF-8 text (byte {error.start}); save it as CSV UTF-8") from None
    if "\0" in text:
        raise ValueError("the file is no text; save the table as CSV UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        rows = [row for row in csv.reader(io.StringIO(text), _dialect(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"the file cannot be read as a table ({error}); save it as CSV UTF-8") from None
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "prompt" not in names:
        # No table: a comma in a line is the person's own, and what follows it belongs to the prompt.
        return _checked([line.strip() for line in text.split("\n") if line.strip()])
    column = names.index("prompt")
    cells = [row[column].strip() for row in rows[1:] if len(row) > column]
    return _checked([cell for cell in cells if cell])


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, semicolons or tabs, by what the first line has most of."""
    head = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Found


def _checked(prompts: list[str]) -> list[str]:
    if not prompts:
        raise ValueError("the file holds no prompt: one a line, or a column named prompt")
    if len(prompts) > MOST_PROMPTS:
        raise ValueError(f"the file holds {len(prompts)} prompts; {MOST_PROMPTS} are the most for one batch")
    long = next((number for number, prompt in enumerate(prompts, 1) if len(prompt) > LONGEST_PROMPT), None)
    if long is not None:
        raise ValueError(f"prompt {long} has more than {LONGEST_PROMPT:,} characters")
    return prompts
