"""Votes on comparisons: which of two answers was better, kept for good, and counted by task."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from sqlalchemy import select

from router.store.database import tables
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.statements import insert_or_update
from router.store.database.times import stamp
from router.store.database.values import storable
from router.store.database.writing.authors import Authors
from router.store.database.writing.writer import Writer

Choice = Literal["left", "right", "both", "neither"]
CHOICES: tuple[Choice, ...] = get_args(Choice)

_COLUMNS = tuple(tables.votes.c.keys())
_PUT = insert_or_update(tables.votes, _COLUMNS)


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote.

    Attributes:
        left_target, right_target: who answered on each side, as `provider:model`.
        blind: whether the names were hidden when it was given.
        simulated: whether either answer was simulated.
    """

    left_request: str
    right_request: str
    task_type: str
    left_target: str
    right_target: str
    choice: Choice
    blind: bool = False
    simulated: bool = False


@dataclass(slots=True)
class Tally:
    """A target's votes in one task: won, lost, as good as the other (`both`), as bad (`neither`)."""

    task_type: str
    target: str
    simulated: bool
    won: int = 0
    lost: int = 0
    both: int = 0
    neither: int = 0


@dataclass(slots=True)
class PairTally:
    """The votes on one pair of targets in one task, whichever side each was on.

    Attributes:
        first, second: the two, as `provider:model`, in alphabetical order.
        even: votes for both or neither.
        blind: how many of all were given blindly.
    """

    task_type: str
    first: str
    second: str
    simulated: bool
    first_won: int = 0
    second_won: int = 0
    even: int = 0
    blind: int = 0


class Votes:
    """Writes and counts votes; a second vote on the same pair takes the place of the first."""

    def __init__(self, writer: Writer, reading: ReadConnections, authors: Authors) -> None:
        self._writer = writer
        self._reading = reading
        self._authors = authors

    def put(self, vote: Vote) -> None:
        """Keep a vote.

        Raises:
            ValueError: an unknown choice.
        """
        if vote.choice not in CHOICES:
            raise ValueError(f"a vote is one of {', '.join(CHOICES)}; got {vote.choice!r}")
        row = asdict(vote) | {"at": stamp(time.time()), "changed_by": self._authors.signed_address()}
        values = [storable(row[name]) for name in _COLUMNS]
        self._writer.submit(lambda batch: batch.connection.execute(_PUT, values))

    def of(self, left_request: str, right_request: str) -> Choice | None:
        """The vote on a pair, or None."""
        table = tables.votes
        query = select(table.c.choice).where(
            table.c.left_request == left_request, table.c.right_request == right_request
        )
        with self._reading.connect() as connection:
            choice: Choice | None = connection.execute(query).scalar()
        return choice

    def tally(self) -> Sequence[Tally]:
        """All votes by task and target, simulated ones apart; the most won first within a task."""
        table = tables.votes
        columns = (table.c.task_type, table.c.simulated, table.c.left_target, table.c.right_target, table.c.choice)
        tallies: dict[tuple[str, str, bool], Tally] = {}
        with self._reading.connect() as connection:
            for task, simulated, left, right, choice in connection.execute(select(*columns)):
                for target, side in ((left, "left"), (right, "right")):
                    key = task, target, bool(simulated)
                    _count_vote(tallies.setdefault(key, Tally(*key)), choice, side)
        return sorted(tallies.values(), key=lambda tally: (tally.task_type, -tally.won, tally.target))

    def pairs(self) -> Sequence[PairTally]:
        """All votes by task and pair, simulated ones apart; a target against itself is no pair."""
        table = tables.votes
        names = ("task_type", "simulated", "left_target", "right_target", "choice", "blind")
        tallies: dict[tuple[str, str, str, bool], PairTally] = {}
        with self._reading.connect() as connection:
            for row in connection.execute(select(*(table.c[name] for name in names))):
                first, second = sorted((row.left_target, row.right_target))
                key = row.task_type, first, second, bool(row.simulated)
                if first != second:
                    _count_pair_vote(tallies.setdefault(key, PairTally(*key)), row)
        return [tallies[key] for key in sorted(tallies)]


def _count_pair_vote(tally: PairTally, vote: Any) -> None:
    winner = {"left": vote.left_target, "right": vote.right_target}.get(vote.choice)
    tally.first_won += winner == tally.first
    tally.second_won += winner == tally.second
    tally.even += winner is None
    tally.blind += bool(vote.blind)


def _count_vote(tally: Tally, choice: str, side: str) -> None:
    if choice in ("both", "neither"):
        setattr(tally, choice, getattr(tally, choice) + 1)
    elif choice == side:
        tally.won += 1
    else:
        tally.lost += 1
