"""History over 100,000 requests with their texts: a page of it, a search, and the page as Streamlit draws it.

Beside each, what costs what the log's length costs: the page by OFFSET with a count, the search by LIKE.
Goal: under a second to open.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ulid import ULID

from benchmarks.figures import p50, say
from router.store import Filters, Selection, Store, open_store
from router.store.database.times import stamp

ROWS, ROUNDS = int(os.environ.get("BENCH_HISTORY_ROWS", "100000")), 9
SPACING = 30.0  # seconds between requests: some 35 days of them
WORDS = (
    "squat bench deadlift protein carbohydrate sleep week rest knee shoulder run bike pulse toast eggs salad".split()  # noqa: SIM905
)
ALL = Filters(simulated=None)
_REQUEST = (
    "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status, provider, model, "
    "latency_ms, attempts) VALUES (?, ?, 'real-time-chat', 'library', 'prompt', 0, 1, ?, 'groq', 'm', ?, 1)"
)
_CONTENT = "INSERT INTO contents (request_id, request, prompt, answer) VALUES (?, '{}', ?, ?)"
_LATE = "SELECT * FROM requests ORDER BY id DESC LIMIT 41 OFFSET 90000"
_LIKE = "SELECT request_id FROM contents WHERE prompt LIKE '%banana%' OR answer LIKE '%banana%' LIMIT 41"


def fill(path: Path) -> None:
    """The rows, the last one begun now."""
    dice, now = random.Random(5), time.time()
    with sqlite3.connect(path) as connection:
        for number in range(ROWS):
            at = now - (ROWS - number) * SPACING
            identifier, status = str(ULID.from_timestamp(at)), "failed" if number % 50 == 0 else "succeeded"
            connection.execute(_REQUEST, (identifier, stamp(at), status, dice.uniform(100, 9_000)))
            prompt, answer = (" ".join(dice.choices(WORDS, k=length)) for length in (20, 120))
            connection.execute(_CONTENT, (identifier, prompt, answer))
    connection.close()


def measure(name: str, call: Callable[[], object], **more: object) -> None:
    """One figure: p50 of some calls."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    say(name, p50(taken), "ms", rows=ROWS, **more)


def queries(store: Store) -> None:
    """What the page asks the database."""
    plain, failed = Selection(ALL), Selection(ALL, status="failed")
    far = store.history.page(plain, limit=41)[-1].id
    with sqlite3.connect(store.path) as raw:
        measure("history.page", lambda: store.history.page(plain, limit=41))
        measure("history.page_late", lambda: store.history.page(plain, before=far, limit=41))
        measure("history.page_failed", lambda: store.history.page(failed, limit=41))
        measure("baseline.page_by_offset", lambda: raw.execute(_LATE).fetchall())
        measure("baseline.count", lambda: raw.execute("SELECT count(*) FROM requests").fetchall())
        measure("history.search_common", lambda: store.history.page(Selection(ALL, words="salad"), limit=41))
        measure("history.search_phrase", lambda: store.history.page(Selection(ALL, words='"salad pulse"'), limit=41))
        measure("history.search_nothing", lambda: store.history.page(Selection(ALL, words="banana"), limit=41))
        measure("baseline.search_by_like", lambda: raw.execute(_LIKE).fetchall())
    raw.close()


def page(place: str) -> None:
    """The page as a script, first and again."""
    os.environ.update(ROUTER_DATABASE_URL=f"sqlite:///{place}", ROUTER_MODE="simulated")
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    shown = Path(__file__).parent.parent / "pages" / "history.py"
    app = AppTest.from_file(str(shown), default_timeout=60)
    app.query_params.update({"rows": "Both", "period": "90 days"})
    began = time.perf_counter()
    app.run()
    say("history.page_opened", (time.perf_counter() - began) * 1000, "ms", rows=ROWS, goal="under 1000")
    measure("history.page_again", app.run, goal="under 1000")
    st.cache_resource.clear()


def main() -> None:
    """Make the rows and measure."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/log.db", Path(folder))
        began = time.perf_counter()
        fill(store.path)
        say("history.fill", time.perf_counter() - began, "s", rows=ROWS)
        queries(store)
        page(f"{folder}/log.db")
        store.close()


if __name__ == "__main__":
    main()
