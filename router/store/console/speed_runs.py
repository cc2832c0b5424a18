"""Speed runs in the database, step by step, so that one that was stopped goes on after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.store.console.owned_runs import OwnedRuns
from router.store.database import tables
from router.store.database.owners import Owner
from router.store.database.reading.readers import Readers
from router.store.database.times import epoch_of
from router.store.database.writing.writer import Writer


@dataclass(frozen=True, slots=True)
class SpeedStep:
    """One request of a run.

    Attributes:
        position: its place in the run; the providers take turns.
        repetition: which of the task's repetitions it is, from 0.
        status: `pending`, `succeeded` or `failed`.
        latency_ms, ttft_ms: from the start of the request.
    """

    position: int
    task: str
    provider: str
    model: str
    repetition: int
    status: str = "pending"
    request_id: str | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    completion_tokens: int | None = None
    simulated: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SpeedRun:
    """A run.

    Attributes:
        version: of the set of prompts.
        begun_simulated: whether it was begun, and is gone on with, on simulated providers.
        simulated: whether any of its times are theirs.
        job: the id of the job that makes it, or made it last, in its process.
        done, total: steps.
        taken: whether a process is making it, this one or another.
    """

    id: str
    started_at: float
    version: int
    repetitions: int
    begun_simulated: bool
    simulated: bool
    job: str
    done: int
    total: int
    taken: bool

    @property
    def complete(self) -> bool:
        """Whether every step is made."""
        return self.done >= self.total


_STEP = tuple(SpeedStep.__dataclass_fields__)
_RUNS = """
    SELECT id, started_at, version, repetitions, simulated,
           simulated = 1 OR EXISTS (SELECT 1 FROM speed_steps WHERE run_id = id AND speed_steps.simulated = 1), job,
           (SELECT count(*) FROM speed_steps WHERE run_id = id AND status != 'pending'),
           (SELECT count(*) FROM speed_steps WHERE run_id = id), owner
    FROM speed_runs ORDER BY id DESC LIMIT ?
"""


class SpeedRuns(OwnedRuns[SpeedStep]):
    """The runs of one database; two may be made at once where they are different ones."""

    def __init__(self, writer: Writer, readers: Readers, owner: Owner) -> None:
        super().__init__(
            writer, readers, owner, run_table=tables.speed_runs, step_table=tables.speed_steps, step_type=SpeedStep
        )

    def begin(self, steps: Sequence[SpeedStep], *, version: int, repetitions: int, simulated: bool) -> str:
        """Write down a new run with all its steps; gives its id."""
        return self._write_run({"version": version, "repetitions": repetitions, "simulated": simulated}, steps)

    def runs(self, limit: int = 20) -> list[SpeedRun]:
        """The runs, the latest first."""
        rows = self._readers.rows(_RUNS, (limit,)) or ()
        return [_run_of(*row, taken=self._is_made_by(row[-1])) for row in rows]

    def steps(self, run_id: str) -> list[SpeedStep]:
        """A run's steps in order."""
        sql = f"SELECT {', '.join(_STEP)} FROM speed_steps WHERE run_id = ? ORDER BY position"
        return [SpeedStep(*row) for row in self._readers.rows(sql, (run_id,)) or ()]


def _run_of(*row: Any, taken: bool) -> SpeedRun:
    run_id, started_at, version, repetitions, begun_simulated, simulated, job, done, total, _ = row
    return SpeedRun(
        id=run_id,
        started_at=epoch_of(started_at),
        version=version,
        repetitions=repetitions,
        begun_simulated=bool(begun_simulated),
        simulated=bool(simulated),
        job=job,
        done=done,
        total=total,
        taken=taken,
    )
