"""The console in a browser: what a stream costs to show, how fast pages come, how soon Stop is felt upstream.

Figures: time to show 2,000 tokens at 500 a second beside their own time; websocket bytes beside the text up to 8,000
tokens, for prose, code and JSON; a page change; a fresh server's first page beside bare Streamlit's; Stop.
Goals: at most 1.10 of a stream's own time; at most six times its text, in step with its length; a page change under
500 ms; a first page under 2 s; Stop within 300 ms, also in silence.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import free_port, p50, say, started
from router.simulator import Fault
from tests.browser import console
from tests.browser.test_bytes import END, TOKENS, Counter, stream_of

ROUNDS = 5


def shown(browser: Browser, stage: console.Stage) -> None:
    """Time to show a stream beside its own, and its bytes beside its text."""
    for kind in TOKENS:
        for tokens in (2_000, 8_000):
            page = browser.new_page(viewport=console.WIDE)
            counter = Counter(page)
            steps, text = stream_of(kind, tokens)
            stage.simulator.set_fault("groq", "*", Fault("script", steps=steps))
            console.opened(page, stage.url)
            console.write(page, f"{kind} {tokens}").press("Tab")
            page.wait_for_timeout(500)  # what leaving the field costs begins a moment later, and is no part of it
            console.ready(page)
            before, began = counter.bytes, time.perf_counter()
            console.press(page, "run")
            console.answer(page).get_by_text(END).wait_for(timeout=120_000)
            took = time.perf_counter() - began
            console.ready(page)
            own = stage.rows("SELECT latency_ms FROM requests ORDER BY id DESC LIMIT 1")[0][0] / 1000
            say(f"stream.{kind}.{tokens}.shown", took, "s", own=round(own, 3), ratio_to_own=round(took / own, 3))
            times = (counter.bytes - before) / len(text.encode())
            say(f"stream.{kind}.{tokens}.bytes", counter.bytes - before, "bytes", ratio_to_text=round(times, 2))
            page.close()


def page_changes(browser: Browser, stage: console.Stage) -> None:
    """From the click in the navigation until the page's script has ended."""
    page = browser.new_page(viewport=console.WIDE)
    console.opened(page, stage.url)
    for title in ("Compare", "Vision", "Setup", "Health", "Usage", "Run"):
        times = []
        for _ in range(ROUNDS):
            console.go(page, "Setup" if title == "Run" else "Run")
            console.heading(page, "Setup" if title == "Run" else "Run").wait_for()
            console.ready(page)
            began = time.perf_counter()
            console.go(page, title)
            console.heading(page, title).wait_for()
            console.ready(page)
            times.append((time.perf_counter() - began) * 1000)
        say(f"page_change.{title.lower()}", p50(times), "ms", slowest=round(max(times), 1))
    page.close()


def stops(browser: Browser, stage: console.Stage) -> None:
    """From the click on Stop, in silence, until the provider sees that the caller has hung up."""
    page = browser.new_page(viewport=console.WIDE)
    times = []
    for _ in range(ROUNDS):
        stage.simulator.set_fault("groq", "*", Fault("silent", seconds=60))
        before = len(stage.simulator.requests)
        console.opened(page, stage.url)
        console.write(page, "silence")
        console.press(page, "run")
        # It takes no press for half a second: the second click of a quick hand is meant for Run.
        console.key(page, "stop").get_by_role("button").click(trial=True)
        while len(stage.simulator.requests) == before:
            time.sleep(0.01)
        seen = stage.simulator.requests[before]
        began = time.monotonic()
        console.press(page, "stop")
        while seen.disconnected_at is None:
            time.sleep(0.005)
        times.append((seen.disconnected_at - began) * 1000)
    say("stop.in_silence", p50(times), "ms", slowest=round(max(times), 1))
    page.close()


def first_pages(browser: Browser) -> None:
    """From the address to the drawn page, on a server that has just started: ours, and one line of Streamlit."""
    ours, bare = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, console.running_console(folder) as url:
            ours.append(_first(browser, url, "Run"))
        with tempfile.TemporaryDirectory() as folder, _bare(folder) as url:
            bare.append(_first(browser, url, "Bare"))
    say("first_page", p50(ours), "s", bare_streamlit=round(p50(bare), 3), slowest=round(max(ours), 3))


def _first(browser: Browser, url: str, title: str) -> float:
    page: Page = browser.new_page(viewport=console.WIDE)
    began = time.perf_counter()
    page.goto(url)
    console.heading(page, title).wait_for(timeout=60_000)
    console.ready(page)
    took = time.perf_counter() - began
    page.close()
    return took


@contextmanager
def _bare(folder: str) -> Iterator[str]:
    script = Path(folder) / "bare.py"
    script.write_text('import streamlit as st\n\nst.title("Bare", anchor=False)\n')
    port = free_port()
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    with started(command, port, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as address:
        yield address


def main() -> None:
    """Run everything once; nothing where there is no browser."""
    if console.CHROMIUM is None:
        print("no browser: Debian's package chromium brings one", file=sys.stderr)
        return
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=console.CHROMIUM, args=console.ARGUMENTS)
        with tempfile.TemporaryDirectory() as folder, console.staged_console(folder) as stage:
            shown(browser, stage)
            page_changes(browser, stage)
            stops(browser, stage)
        first_pages(browser)
        browser.close()


if __name__ == "__main__":
    main()
