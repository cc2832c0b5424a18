"""The full-text indexes over `contents`: how they are asked, and how deleted words leave them.

A deletion only marks a text in an index: its words stay in the segments they were written to, readable in the file,
until those are merged. Merging all at once holds the database for as long as the index is large, so it is done in
steps; others write between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, bindparam, func, select, text

from router.store.database.connections import IndexedTexts, SqlConnection
from router.store.database.search_terms import RUN, SearchTerms, quoted
from router.store.database.tables import contents, search, search_scripts

PAGES = 50
"""About how many pages of an index one step writes."""

INDEXES = ("search", "search_scripts")
"""The full-text indexes: of words, and of any three characters in scripts that have no blanks between words."""


def merge_step(connection: SqlConnection, index: str, *, is_first: bool = False) -> bool:
    """Make one step in one of `INDEXES`; whether there is more to do.

    Args:
        is_first: take all segments together, also those that are merged already.
    """
    before = _total_changes(connection)
    pages = -PAGES if is_first else PAGES
    connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)", (pages,))
    return _total_changes(connection) - before >= 2  # as SQLite's manual tells the end of it


def _total_changes(connection: SqlConnection) -> int:
    return int(connection.execute("SELECT total_changes()").fetchone()[0])


def merge_all(connection: SqlConnection) -> None:
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


def indexed_texts(connection: Connection, terms: SearchTerms) -> IndexedTexts:
    """Where the texts are that hold all of some terms.

    They are read in the order of `contents.number`, which the indexes have, and which is that of the requests' starts.
    """
    matches, common = _run_matches(connection, terms)
    clauses: list[Any] = [func.instr(contents.c.prompt + contents.c.answer, run) > 0 for run in common]
    if terms.words:
        clauses.append(text("search MATCH :words").bindparams(bindparam("words", terms.words)))
        if matches:
            clauses.append(search.c.rowid.in_(select(search_scripts.c.rowid).where(_scripts_match(matches))))
        return _numbered(search.join(contents, contents.c.number == search.c.rowid), search.c.rowid, clauses)
    if matches:
        joined = search_scripts.join(contents, contents.c.number == search_scripts.c.rowid)
        return _numbered(joined, search_scripts.c.rowid, [*clauses, _scripts_match(matches)])
    return _numbered(contents, contents.c.number, clauses)


def _numbered(source: FromClause, number: Any, clauses: Sequence[Any]) -> IndexedTexts:
    return IndexedTexts(
        source, tuple(clauses), number, lambda connection, before: number <= _last_number(connection, before)
    )


def _last_number(connection: Connection, before: str) -> int:
    """The number of the last content of a request before one."""
    request_id = contents.c.request_id
    last = select(contents.c.number).where(request_id < before).order_by(request_id.desc()).limit(1)
    return connection.execute(last).scalar() or 0


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


class FileSearch:
    """`router.store.database.connections.SearchIndex` on the full-text indexes of a file."""

    parts: Sequence[str] = INDEXES
    find_texts = staticmethod(indexed_texts)
    merge_step = staticmethod(merge_step)
