"""Usage over a million requests of 90 days: its queries, its page, and writing the log.

Beside the queries, what every page would pay that reads the log itself: its table into pandas, and one figure by SQL.
Goals: each view's queries in 50 ms, the page in 500 ms after a filter has changed, 5,000 logged requests a second; with
ten million requests (`BENCH_ROWS=10000000`) no more than twice that. `BENCH_FOLDER` keeps the rows for the next time.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import rows
from benchmarks.figures import p50, say
from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted
from router.store import WORK, Filters, Selection, Store, open_store
from router.types import Target

COUNT, ROUNDS, WRITTEN, IN_FLIGHT = int(os.environ.get("BENCH_ROWS", "1000000")), 5, 20_000, 64
PERIODS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
SELECTIONS = {
    "work": {"purpose": WORK},
    "source": {"purpose": WORK, "source": "library"},
    "task": {"purpose": WORK, "task_type": "real-time-chat"},
    "all_filters": {"purpose": "prompt", "source": "library", "task_type": "real-time-chat", "provider": "groq",
                    "model": "openai/gpt-oss-120b"},
}  # fmt: skip
_EXACT = "SELECT count(*), avg(latency_ms) FROM requests WHERE started_at >= ? AND purpose = 'prompt' AND simulated = 0"


def taken(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds, p50 of some calls after one that fills the caches."""
    call()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return p50(found)


def views(store: Store, filters: Filters) -> dict[str, Callable[[], object]]:
    """What each view of the page asks for, with what it makes of it."""
    figures = store.statistics

    def overview() -> object:
        cube = figures.cube(filters, "bucket", "provider", "model")
        return (
            cube.totals(),
            cube.series("provider", percentiles=False),
            cube.series(),
            cube.breakdown("provider", "model"),
        )

    return {
        "overview": overview,
        "before": lambda: figures.totals(filters.before(filters.end or time.time())),
        "by_task": lambda: figures.cube(filters, "bucket", "task_type", distributions=False).series("task_type"),
        "task_table": lambda: figures.cube(filters, "task_type").breakdown("task_type"),
        "failures": lambda: figures.failures(filters),
    }


def queries(store: Store) -> None:
    """The time of each view, and of all of them, by period and selection."""
    end = time.time() // 3_600 * 3_600 + 3_600
    for period, days in PERIODS.items():
        for name, more in SELECTIONS.items():
            filters = Filters(start=end - days * 86_400, end=end, **more)  # type: ignore[arg-type]
            times = {view: taken(call) for view, call in views(store, filters).items()}
            slowest = max(times, key=lambda view: times[view])
            say(f"usage.queries.{period}.{name}", times[slowest], "ms", rows=COUNT, slowest=slowest,
                all_views=round(sum(times.values()), 1))  # fmt: skip


def behind_a_bar(store: Store) -> None:
    """The page of History that a click on a bar of failures opens: of a frequent failure, and of one that is rare."""
    filters = Filters(start=time.time() - 90 * 86_400, purpose=WORK)
    tried = {"frequent": Target("groq", "openai/gpt-oss-120b"), "rare": Target("groq", "qwen/qwen3.8-27b")}
    for name, target in tried.items():
        selection = Selection(filters, outcome="server_error", tried=target)
        found = len(store.history.page(selection, limit=41))
        say(f"usage.history.{name}_failure", taken(lambda chosen=selection: store.history.page(chosen, limit=41)), "ms",
            rows=COUNT, found=found)  # fmt: skip


def baselines(path: Path) -> None:
    """The log itself: the whole table into pandas, and one figure by SQL."""
    import pandas as pd

    connection = sqlite3.connect(path)
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 90 * 86_400))
    say("usage.baseline.sql_90d", taken(lambda: connection.execute(_EXACT, (since,)).fetchall(), 2), "ms", rows=COUNT)
    if COUNT <= 2_000_000:
        began = time.perf_counter()
        frame = pd.read_sql("SELECT * FROM requests", connection)
        say("usage.baseline.pandas", (time.perf_counter() - began) * 1000, "ms", rows=len(frame),
            megabytes=round(frame.memory_usage(deep=True).sum() / 1e6))  # fmt: skip
    connection.close()


def page(path: Path) -> None:
    """The script of the page after a filter has changed, without a browser."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    os.environ |= {"ROUTER_DATABASE_URL": f"sqlite:///{path}", "ROUTER_MODE": "simulated"}
    app = AppTest.from_file(str(Path(__file__).parents[1] / "pages/usage.py"), default_timeout=60)
    app.query_params["rows"] = "Live"
    app.run()
    for period in ("24 hours", "7 days", "30 days", "90 days"):
        app.selectbox(key="filter-period").set_value(period).run()
        found = []
        for task in ("vision", None, "verification", None, "real-time-chat", None):
            began = time.perf_counter()
            app.selectbox(key="filter-task").set_value(task).run()
            found.append((time.perf_counter() - began) * 1000)
        say(f"usage.page.script.{period.replace(' ', '_')}", p50(found), "ms", rows=COUNT, worst=round(max(found)))
    st.cache_resource.clear()  # closes the console's store ahead of its folder


_WATCH = """() => {
  window.__last = window.__clicked = 0;
  const figures = '[data-testid="stPlotlyChart"], [data-testid="stMetric"], [data-testid="stDataFrame"]';
  const inside = node => {
    const element = node.nodeType === 1 ? node : node.parentElement;
    return !element?.closest('canvas') && element?.closest(figures);
  };
  new MutationObserver(seen => { if (seen.some(one => inside(one.target))) window.__last = performance.now() })
    .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  document.addEventListener('click', () => { window.__clicked = performance.now() }, true);
}"""
_QUIET = """() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning'
  && window.__last > window.__clicked && performance.now() - window.__last > 700"""


def browser(path: Path, folder: Path) -> None:
    """From the click on a filter's value to the last change of a figure, plot or table, in a real browser.

    What a table writes into its canvas for screen readers, 200 ms after it is drawn, is not waited for.
    """
    from playwright.sync_api import sync_playwright

    from tests.browser import console

    if console.CHROMIUM is None:
        return
    settings = {"ROUTER_DATABASE_URL": f"sqlite:///{path}"}
    with console.running_console(folder, **settings) as url, sync_playwright() as play:
        tab = play.chromium.launch(executable_path=console.CHROMIUM, args=console.ARGUMENTS).new_page(
            viewport=console.WIDE
        )
        for period in ("24+hours", "7+days", "90+days"):
            console.opened(tab, f"{url}/usage?rows=Live&period={period}")
            tab.wait_for_timeout(3_000)
            tab.evaluate(_WATCH)
            found = []
            for provider in ("Groq", "OpenRouter", "Groq", "OpenRouter", "Groq"):
                console.key(tab, "filter-provider").get_by_role("combobox").click()
                tab.get_by_role("option", name=provider, exact=True).click()
                tab.wait_for_function(_QUIET)
                found.append(tab.evaluate("window.__last - window.__clicked"))
            say(f"usage.page.browser.{period.replace('+', '_')}", p50(found), "ms", rows=COUNT, worst=round(max(found)))


async def logged(store: Store) -> float:
    """Logged requests a second: each with its row, its attempt's, their endings and all figures, of many kinds."""
    kinds = [kind for kind in rows.kinds()[0] if kind.source == "library"]  # a process's own: 112 of them
    numbers = iter(range(WRITTEN))

    async def one(number: int) -> None:
        kind, now = kinds[number * 7 % len(kinds)], time.time()
        identifier = f"B{number:025d}"
        await store.log.begin(
            RequestStarted(identifier, now, kind.task, kind.source, kind.purpose, bool(kind.simulated), True),
            AttemptBegun(f"{identifier}-1", identifier, 1, kind.provider, kind.model, "bench", now),
        )
        latency = 300.0 + number % 997
        store.log.attempt_ended(AttemptEnded(f"{identifier}-1", "succeeded", 200, latency, latency / 3, None))
        store.log.request_ended(
            RequestEnded(identifier, "succeeded", kind.provider, kind.model, latency, latency / 3, 90, 60, 0.0,
                         simulated=bool(kind.simulated))
        )  # fmt: skip

    async def worker() -> None:
        for number in numbers:
            await one(number)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    store.flush()
    return WRITTEN / (time.perf_counter() - began)


def writing(folder: Path) -> None:
    """How many requests a second one process logs, and that none is lost."""
    store = open_store(f"sqlite:///{folder}/written.db", folder)
    rate = asyncio.run(logged(store))
    kept = store.statistics.totals(Filters(start=time.time() - 7_200, simulated=None)).requests
    store.close()
    say("usage.writing", rate, "requests/s", in_flight=IN_FLIGHT, lost=WRITTEN - kept)


def main() -> None:
    """Run everything once."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(os.environ.get("BENCH_FOLDER", place))
        began = time.perf_counter()
        path = rows.make(folder, COUNT)
        say("usage.rows.made", time.perf_counter() - began, "s", rows=COUNT, megabytes=round(path.stat().st_size / 1e6))
        writing(Path(place))
        store = open_store(f"sqlite:///{path}", folder)
        queries(store)
        behind_a_bar(store)
        store.close()
        baselines(path)
        page(path)
        browser(path, Path(place))


if __name__ == "__main__":
    main()
