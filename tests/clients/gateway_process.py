"""A gateway in a process of its own, on the simulated providers, with keys for the clients that are tried on it."""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

from router.gateway.keys import new_key
from router.settings import SHIPPED_ROUTES
from router.store import open_store

ROOT = Path(__file__).parents[2]


class GatewayProcess:
    """`python -m router serve`, and what a client needs to know of it.

    Attributes:
        url: its base address, with `/v1`.
    """

    def __init__(self, simulator, folder):
        token = secrets.token_hex(8)
        self.database = folder / "log.db"
        self.environment = {
            "PATH": os.environ["PATH"],
            "GROQ_API_KEY": f"gsk_test_{token}",
            "OPENROUTER_API_KEY": f"sk-or-v1-test-{token}",
            "GROQ_BASE_URL": simulator.groq_url,
            "OPENROUTER_BASE_URL": simulator.openrouter_url,
            "ROUTER_DATABASE_URL": f"sqlite:///{self.database}",
            "ROUTER_ROUTES": str(_unlimited_routes(folder)),
        }

    @contextmanager
    def running(self):
        line = [sys.executable, "-m", "router", "serve", "--port", "0"]
        process = subprocess.Popen(line, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        try:
            first_line = process.stdout.readline()
            self.url = first_line.removeprefix("Gateway: ").strip()
            yield self
        finally:
            process.terminate()
            process.communicate()

    def add_key(self, name, **limits):
        """A key in force."""
        secret, key = new_key(name, time.time(), **limits)
        store = open_store(self.environment["ROUTER_DATABASE_URL"], ROOT)
        try:
            assert store.apps.add(key)
        finally:
            store.close()
        return secret

    def ask(self, key, model="auto", content="2 eggs and toast", **fields):
        """One request by plain HTTP."""
        body = {"model": model, "messages": [{"role": "user", "content": content}], **fields}
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.post(f"{self.url}/chat/completions", json=body, headers=headers, timeout=20)

    def rows(self, query, *values):
        """Rows of the log, by column name."""
        connection = sqlite3.connect(self.database)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()


def _unlimited_routes(folder):
    """A routing table without allowances a minute: all clients together ask for more than one account's."""
    path = folder / "routes.toml"
    path.write_text(re.sub(r"(?m)^(requests|tokens)_per_minute.*$", "", SHIPPED_ROUTES.read_text()))
    return path


def printed_lines(process):
    """The JSON lines that a finished process has printed; what else stands there is of its libraries."""
    return [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
