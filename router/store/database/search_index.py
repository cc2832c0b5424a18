"""The full-text indexes over `contents`: how they are asked, and how deleted words leave them.

A deletion only marks a text in an index: its words stay in the segments they were written to, readable in the file,
until those are merged. Merging all at once holds the database for as long as the index is large, so it is done in
steps; others write between them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, bindparam, func, select, text

from router.store.database.search_terms import RUN, SearchTerms, quoted
from router.store.database.tables import contents, search, search_scripts

PAGES = 50
"""About how many pages of an index one step writes."""

INDEXES = ("search", "search_scripts")
"""The full-text indexes: of words, and of any three characters in scripts that have no blanks between words."""


def merge_step(connection: sqlite3.Connection, index: str, *, is_first: bool = False) -> bool:
    """Make one step in one of `INDEXES`; whether there is more to do.

    Args:
        is_first: take all segments together, also those that are merged already.
    """
    before = connection.total_changes
    pages = -PAGES if is_first else PAGES
    connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2  # as SQLite's manual tells the end of it


def merge_all(connection: sqlite3.Connection) -> None:
    """Make all steps, each a transaction of its own, on a connection in autocommit mode."""
    for index in INDEXES:
        is_first = True
        while merge_step(connection, index, is_first=is_first):
            is_first = False


# --- asking ----------------------------------------------------------------------------------------------------------

_MOST_TERMS = (
    500  # of the index of runs in one query; a run with more is so common that reading the latest texts finds it
)
_BEGINNING = text("SELECT term FROM search_script_terms WHERE term >= :run AND term < :end LIMIT :most")
_IN_NO_TEXT = "\uffff" * RUN  # what is no character, three times: a query cannot say "nothing"
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class IndexedTexts:
    """The texts that hold what is looked for.

    Attributes:
        source: what they are read from.
        number: the column of it that is `contents.number`, in whose order it is read without sorting.
        clauses: what its rows have to be.
    """

    source: FromClause
    number: Any
    clauses: tuple[Any, ...]


def indexed_texts(connection: Connection, terms: SearchTerms) -> IndexedTexts:
    """Where the texts are that hold all of some terms."""
    matches, common = _run_matches(connection, terms)
    clauses: list[Any] = [func.instr(contents.c.prompt + contents.c.answer, run) > 0 for run in common]
    if terms.words:
        clauses.append(text("search MATCH :words").bindparams(bindparam("words", terms.words)))
        if matches:
            clauses.append(search.c.rowid.in_(select(search_scripts.c.rowid).where(_scripts_match(matches))))
        return IndexedTexts(search.join(contents, contents.c.number == search.c.rowid), search.c.rowid, tuple(clauses))
    if matches:
        joined = search_scripts.join(contents, contents.c.number == search_scripts.c.rowid)
        return IndexedTexts(joined, search_scripts.c.rowid, (*clauses, _scripts_match(matches)))
    return IndexedTexts(contents, contents.c.number, tuple(clauses))


def _scripts_match(matches: list[str]) -> Any:
    query = " AND ".join(matches)
    return text("search_scripts MATCH :runs").bindparams(bindparam("runs", query))


def _run_matches(connection: Connection, terms: SearchTerms) -> tuple[list[str], list[str]]:
    """The runs as queries of their index, and those that are too common to be asked for there."""
    matches, common = [], []
    for run in terms.runs:
        folded = run.lower()  # as the index has it
        if len(folded) >= RUN:
            matches.append(quoted(folded))
            continue
        values = {"run": folded, "end": folded + _LAST_CHARACTER, "most": _MOST_TERMS + 1}
        beginning = list(connection.execute(_BEGINNING, values).scalars())
        if len(beginning) > _MOST_TERMS:
            common.append(run)
        else:
            matches.append("(" + " OR ".join(quoted(term) for term in beginning or [_IN_NO_TEXT]) + ")")
    return matches, common
