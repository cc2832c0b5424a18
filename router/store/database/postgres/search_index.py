"""The full-text index over `contents` on a server: two columns of it, which a trigger fills, and their GIN indexes.

`words` has the words of prompt and answer in lower case and without accents; a word's beginning and a phrase can be
looked up. `runs` has, of texts in scripts that put no blanks between words, each three characters in a row; of a
shorter run all that begin with it are looked up, and a longer one is looked for in the texts that have all its threes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, collate, func, or_, text

from router.store.database.connections import IndexedTexts, SqlConnection
from router.store.database.search_terms import RUN, SearchTerms
from router.store.database.tables import contents, requests

_PHRASE = re.compile(r'"((?:[^"]|"")*)"(\*?)')
_WORDS_IN_A_ROW = "SELECT phraseto_tsquery('simple', router_fold(:phrase))::text"
_NOTHING = "\uffff" * RUN  # what is no character, three times: a query cannot say "nothing"


class ServerSearch:
    """`router.store.database.connections.SearchIndex` on a server."""

    parts: Sequence[str] = ()

    def find_texts(self, connection: Connection, terms: SearchTerms) -> IndexedTexts:
        """Where the texts are that hold all of some terms."""
        clauses: list[Any] = []
        if terms.words:
            clauses.append(
                text("contents.words @@ (:words)::tsquery").bindparams(words=_words_query(connection, terms))
            )
        for place, run in enumerate(terms.runs):
            folded = connection.execute(text("SELECT lower(:run)"), {"run": run}).scalar_one()
            query = text(f"contents.runs @@ (:run{place})::tsquery").bindparams(**{f"run{place}": _run_query(folded)})
            clauses.append(query if len(folded) <= RUN else and_(query, _holds(folded)))
        return IndexedTexts(contents, tuple(clauses), requests.c.id, lambda _, before: requests.c.id < before)

    def merge_step(self, connection: SqlConnection, part: str, *, is_first: bool = False) -> bool:
        """Nothing to do: an index's entries go with their rows."""
        return False


def _words_query(connection: Connection, terms: SearchTerms) -> str:
    """The words as the server's query: phrases as words in a row, the last one as a beginning where it is one."""
    parts = []
    for phrase, star in _PHRASE.findall(terms.words):
        words = connection.execute(text(_WORDS_IN_A_ROW), {"phrase": phrase.replace('""', '"')}).scalar_one()
        if words:
            parts.append(f"({words}{':*' if star else ''})")
    return " & ".join(parts) or _quoted(_NOTHING)


def _run_query(run: str) -> str:
    if len(run) < RUN:
        return f"{_quoted(run)}:*"
    threes = dict.fromkeys(run[place : place + RUN] for place in range(len(run) - RUN + 1))
    return " & ".join(map(_quoted, threes))


def _holds(run: str) -> Any:
    columns = (contents.c.prompt, contents.c.answer)
    texts = [func.lower(collate(func.coalesce(column, ""), "default")) for column in columns]
    return or_(*(func.strpos(text, run) > 0 for text in texts))


def _quoted(term: str) -> str:
    """A term as a query has it, whatever characters are in it."""
    return "'{}'".format(term.replace("\\", "\\\\").replace("'", "''"))
