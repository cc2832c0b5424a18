"""Evaluations in the database, case by case: one that was stopped goes on, and what a model scored is kept for good."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.store.console.judgements import JUDGEMENTS, PUT_JUDGEMENT, Judgement, judgement_of, judgement_values
from router.store.console.owned_runs import OwnedRuns
from router.store.database import tables
from router.store.database.owners import Owner
from router.store.database.reading.readers import Readers
from router.store.database.times import epoch_of
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer

PENDING, RIGHT, WRONG, FAILED = "pending", "right", "wrong", "failed"
ANSWERED, UNANSWERED = "answered", "unanswered"
"""How a step of a case that no rule can decide went: it counts as neither right nor wrong."""


@dataclass(frozen=True, slots=True)
class EvaluationStep:
    """One case asked of one target.

    Attributes:
        position: its place in the run; the targets take turns.
        case_digest: of the case as it was asked.
        repetition: which of the case's repetitions it is, from 0.
        status: `pending`, `right`, `wrong`, or `failed` where there was no answer; `answered` or `unanswered` where
            no rule can decide.
        outcome: how the last attempt of one that failed ended; a word of `AttemptOutcome`.
        faults: what was wrong with the answer, a line each; None where content is not kept.
        request_id: its row in the log, with the answer as long as that is kept.
        latency_ms, ttft_ms: from the start of the request.
        calls: how many requests of the allowance it took.
    """

    position: int
    task: str
    case_id: str
    case_digest: str
    provider: str
    model: str
    repetition: int = 0
    status: str = PENDING
    outcome: str | None = None
    faults: str | None = None
    request_id: str | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    calls: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run.

    Attributes:
        baselines: by task, what served it when the run was begun, as `provider:model`.
        begun_simulated: whether it was begun, and is gone on with, on simulated providers.
        job: the id of the job that makes it, or made it last, in its process.
        done, total: steps, and askings of a judge.
        taken: whether a process is making it, this one or another.
    """

    id: str
    started_at: float
    tasks: tuple[str, ...]
    baselines: Mapping[str, str]
    repetitions: int
    begun_simulated: bool
    job: str
    done: int
    total: int
    taken: bool

    @property
    def complete(self) -> bool:
        """Whether every step is made."""
        return self.done >= self.total


_STEP = tuple(EvaluationStep.__dataclass_fields__)
_STEPS = f"SELECT {', '.join(_STEP)} FROM evaluation_steps"
_RUNS = """
    SELECT id, started_at, tasks, baselines, repetitions, simulated, job,
           (SELECT count(*) FROM evaluation_steps WHERE run_id = id AND status != 'pending')
           + (SELECT count(*) FROM evaluation_judgements WHERE run_id = id AND status != 'pending'),
           (SELECT count(*) FROM evaluation_steps WHERE run_id = id)
           + (SELECT count(*) FROM evaluation_judgements WHERE run_id = id), owner
    FROM evaluations ORDER BY id DESC LIMIT ?
"""
_LAST_ASKED = """
    SELECT max(run_id) FROM evaluation_steps
    WHERE task = ? AND provider = ? AND model = ? AND status IN ('right', 'wrong')
    AND run_id IN (SELECT id FROM evaluations WHERE simulated = ?)
"""


class Evaluations(OwnedRuns[EvaluationStep]):
    """The evaluations of one database; one is made at a time, whichever process does it."""

    def __init__(self, writer: Writer, readers: Readers, owner: Owner) -> None:
        super().__init__(
            writer,
            readers,
            owner,
            run_table=tables.evaluations,
            step_table=tables.evaluation_steps,
            step_type=EvaluationStep,
            alone=True,
        )

    def begin(
        self,
        steps: Sequence[EvaluationStep],
        judgements: Sequence[Judgement] = (),
        *,
        baselines: Mapping[str, str],
        repetitions: int,
        simulated: bool,
    ) -> str:
        """Write down a new run with all its steps and askings of judges; gives its id."""
        values = {
            "tasks": json.dumps(list(dict.fromkeys(step.task for step in steps))),
            "baselines": json.dumps(dict(baselines)),
            "repetitions": repetitions,
            "simulated": simulated,
        }

        def write_judgements(batch: Batch, run_id: str) -> None:
            if judgements:
                batch.connection.executemany(
                    PUT_JUDGEMENT, [judgement_values(run_id, judgement) for judgement in judgements]
                )

        return self._write_run(values, steps, write_judgements)

    def put_judgement(self, run_id: str, judgement: Judgement) -> None:
        """Write what an asking of a judge came to."""
        values = judgement_values(run_id, judgement)
        self._writer.submit(lambda batch: batch.connection.execute(PUT_JUDGEMENT, values))

    def abandon(self, run_id: str) -> None:
        """Leave the steps that are not made for good; those that are made stay. The run is complete then."""

        def write(batch: Batch) -> None:
            for table in ("evaluation_steps", "evaluation_judgements"):
                batch.connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND status = 'pending'", (run_id,))

        self._writer.submit(write)
        self.settle()

    def runs(self, limit: int = 50) -> list[Evaluation]:
        """The runs, the latest first."""
        rows = self._readers.rows(_RUNS, (limit,)) or ()
        return [_run_of(*row, taken=self._is_made_by(row[-1])) for row in rows]

    def steps(self, run_id: str) -> list[EvaluationStep]:
        """A run's steps in order."""
        return self._read_steps("WHERE run_id = ? ORDER BY position", run_id)

    def judgements(self, run_id: str) -> list[Judgement]:
        """A run's askings of judges, in the order of the steps that they are about."""
        return [judgement_of(row) for row in self._readers.rows(JUDGEMENTS, (run_id,)) or ()]

    def last_steps(self, task: str, provider: str, model: str, *, simulated: bool) -> list[EvaluationStep]:
        """What a target scored in the last run that asked it, however long ago; none where it was never asked."""
        rows = self._readers.rows(_LAST_ASKED, (task, provider, model, int(simulated))) or [(None,)]
        place = "WHERE run_id = ? AND task = ? AND provider = ? AND model = ? ORDER BY position"
        return self._read_steps(place, rows[0][0], task, provider, model) if rows[0][0] else []

    def _read_steps(self, place: str, *values: object) -> list[EvaluationStep]:
        rows = self._readers.rows(f"{_STEPS} {place}", values) or ()
        return [_step_of(row) for row in rows]


def _step_of(row: Sequence[Any]) -> EvaluationStep:
    values = dict(zip(_STEP, row, strict=True))
    return EvaluationStep(**{**values, "simulated": bool(values["simulated"])})


def _run_of(*row: Any, taken: bool) -> Evaluation:
    run_id, started_at, tasks, baselines, repetitions, simulated, job, done, total, _ = row
    return Evaluation(
        id=run_id,
        started_at=epoch_of(started_at),
        tasks=tuple(json.loads(tasks)),
        baselines=json.loads(baselines),
        repetitions=repetitions,
        begun_simulated=bool(simulated),
        job=job,
        done=done,
        total=total,
        taken=taken,
    )
