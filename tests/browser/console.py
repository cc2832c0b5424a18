"""A console in a process of its own, and a browser on it. Selectors live here: by role and name, then by key."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from router.simulator import Simulator

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PAGES = {
    "/": "Run",
    "/compare": "Compare",
    "/vision": "Vision",
    "/health": "Health",
    "/history": "History",
    "/usage": "Usage",
    "/routing": "Routing",
    "/apps": "Apps",
    "/quick-entry": "Quick entry",
    "/meals": "Meals",
    "/coach": "Coach",
    "/programs": "Programs",
    "/demonstration": "Demonstration",
    "/setup": "Setup",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_console(folder, *, base="", **environment):
    """A fresh console with a database in `folder`; gives its address.

    Args:
        base: the path that it stands under, with its slash: `/console`.
    """
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    places = {"ROUTER_DATABASE_URL": f"sqlite:///{folder}/console.db", "ROUTER_ENV_FILE": f"{folder}/.env"}
    wanted = {**places, "ROUTER_MODE": "simulated", **environment}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    command += ["--server.baseUrlPath", base] if base else []
    log = open(Path(folder) / "console.log", "w")  # noqa: SIM115 – closed with the process
    process = subprocess.Popen(command, env=clean | wanted, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}{base}"
        _wait_until_it_answers(process, address)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def with_keys(folder, simulator, **environment):
    """A fresh console with keys, whose providers are `simulator`."""
    return running_console(folder, **{"ROUTER_MODE": "auto", **keys(simulator), **environment})


def keys(simulator):
    """The environment of a process with keys, whose providers are `simulator`."""
    return {
        "GROQ_API_KEY": "gsk_0123456789abcdef",
        "OPENROUTER_API_KEY": "sk-or-v1-0123456789abcdef",
        "GROQ_BASE_URL": simulator.groq_url,
        "OPENROUTER_BASE_URL": simulator.openrouter_url,
    }


@dataclass(frozen=True)
class Stage:
    """A console on providers that a test can break.

    Attributes:
        folder: where its database and its log are.
    """

    url: str
    simulator: Simulator
    folder: Path

    def rows(self, query, *values):
        """Rows of its database."""
        with closing(sqlite3.connect(self.folder / "console.db")) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def staged_console(folder, *, pace=0.2, **environment):
    """A console with keys on simulated providers that run in this process."""
    with Simulator(pace=pace) as simulator, with_keys(folder, simulator, **environment) as address:
        yield Stage(address, simulator, Path(folder))


def _wait_until_it_answers(process, address):
    for _ in range(300):
        assert process.poll() is None, "the console ended"
        try:
            if httpx.get(f"{address}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the console does not answer")


def ready(page):
    """Wait until the page is connected and its script has ended."""
    page.wait_for_selector('[data-testid="stApp"][data-test-connection-state="CONNECTED"]', timeout=30_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def opened(page, url):
    """Open an address and wait until it is drawn."""
    page.goto(url)
    ready(page)
    return page


def go(page, title):
    """Change to another page by the navigation, and wait until it is drawn: before, old and new stand side by side."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    heading(page, title).wait_for()
    ready(page)


def heading(page, name):
    return page.get_by_role("heading", name=name, exact=True, level=1)


def choose_task(page, label):
    key(page, "task").get_by_role("radio", name=label).click()


def write(page, prompt):
    field = page.get_by_role("textbox", name="Prompt", exact=True)
    field.fill(prompt)
    return field


def key(page, name):
    return page.locator(f".st-key-{name}")


def press(page, name):
    key(page, name).get_by_role("button").click()


def settings(page):
    """The settings, opened."""
    press(page, "settings-button")
    place = key(page, "settings")
    place.wait_for()
    return place


def answer(page):
    return key(page, "answer")
