"""The gateway as processes: started, shared with others on one database, and ended without losing what is under way."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import asynccontextmanager

import httpx
import pytest

from benchmarks.figures import upstream
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from tests.browser.console import running_console
from tests.serving import HELLO, until
from tests.world import FIRST

pytestmark = pytest.mark.anyio
BODY = {"model": "real-time-chat", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 16}
LIMITED, UNLIMITED, LIMIT, AT_ONCE = 240, 134, 600, 8
"""What each of three processes is asked for an app with a limit a day and for one without; how many calls at once."""


@pytest.fixture
def environment(simulator, tmp_path):
    """The settings of a process on the simulated providers; what its providers allow a minute is no limit here."""
    routes = tmp_path / "routes.toml"
    routes.write_text(re.sub(r"(?m)^requests_per_(minute|day) = .*$", "", SHIPPED_ROUTES.read_text()))
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "GROQ_API_KEY": "gsk_processes",
        "OPENROUTER_API_KEY": "sk-or-v1-processes",
        "GROQ_BASE_URL": simulator.groq_url,
        "OPENROUTER_BASE_URL": simulator.openrouter_url,
        "ROUTER_ROUTES": str(routes),
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "ROUTER_ENV_FILE": str(tmp_path / "none"),
    }


async def command(environment, *words):
    """A command of the router, run to its end: what it says, and its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", *words, env=environment, stdout=-1, stderr=-2
    )
    output, _ = await process.communicate()
    return output.decode(), process.returncode


@asynccontextmanager
async def serving(environment):
    """A gateway's process; gives it and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "serve", "--port", "0", env=environment, stdout=-1
    )
    try:
        line = (await process.stdout.readline()).decode()
        yield process, line.split()[-1]
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def rows(environment, sql):
    path = environment["ROUTER_DATABASE_URL"].removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


async def statuses(address, key, count):
    """How many of so many requests got which status."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(client):
        async with turns:
            return (await client.post("/chat/completions", json=BODY)).status_code

    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        return Counter(await asyncio.gather(*(ask(client) for _ in range(count))))


@pytest.fixture
def fast_environment(environment):
    """The same on providers of the benchmarks, which answer a thousand calls in no time."""
    with upstream() as base:
        yield environment | {"GROQ_BASE_URL": f"{base}/fast/v1", "OPENROUTER_BASE_URL": f"{base}/fast/v1"}


async def key_of(environment, name, *limits):
    """A new app's key."""
    return (await command(environment, "apps", "add", name, *limits))[0].split()[-1]


@pytest.mark.timeout(240)
async def test_two_gateways_and_a_console_on_one_database_write_every_call_and_keep_the_limit(
    fast_environment, tmp_path
):
    environment = fast_environment | {"ROUTER_MODE": "auto"}
    website = await key_of(environment, "website", "--per-day", str(LIMIT))
    reports = await key_of(environment, "reports")
    with running_console(tmp_path, **environment) as console:
        async with serving(environment) as (_, first), serving(environment) as (_, second):
            addresses = (first, second, f"{console}/v1")
            told = await asyncio.gather(
                *(statuses(address, website, LIMITED) for address in addresses),
                *(statuses(address, reports, UNLIMITED) for address in addresses),
            )
    assert sum(told[:3], Counter()) == {200: LIMIT, 429: 3 * LIMITED - LIMIT}
    assert sum(told[3:], Counter()) == {200: 3 * UNLIMITED}
    counted = dict(rows(environment, "SELECT app, count(*) FROM requests GROUP BY 1"))
    assert counted == {"website": LIMIT, "reports": 3 * UNLIMITED}
    assert rows(environment, "SELECT count(*) FROM requests WHERE status != 'succeeded'") == [(0,)]
    assert rows(environment, "SELECT sum(requests) FROM rollup_days WHERE app = 'website'") == [(LIMIT,)]


async def test_told_to_stop_it_refuses_new_requests_and_ends_those_under_way(environment, simulator):
    simulator.set_fault(*FIRST, Fault("slow_start", seconds=1.0))
    key = await key_of(environment, "website")
    before = len(simulator.requests)
    async with serving(environment) as (process, address):
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
            body = {"model": "real-time-chat", "messages": HELLO, "stream": True}
            asking = asyncio.create_task(client.post("/chat/completions", json=body))
            await until(lambda: len(simulator.requests) > before)
            process.send_signal(signal.SIGTERM)
            response = await asking
            with pytest.raises(httpx.ConnectError):
                await client.get("/models")
        await process.wait()
    assert response.text.endswith("data: [DONE]\n\n")
    assert rows(environment, "SELECT status FROM requests") == [("succeeded",)]


async def test_it_lets_no_other_machine_in_before_an_app_has_a_key(environment):
    output, status = await command(environment, "serve", "--host", "0.0.0.0", "--port", "0")
    assert status == 2
    assert "apps add" in output


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", "0"), ("192.0.2.1", "0")])
async def test_an_address_that_is_none_of_this_machine_is_said_in_one_line(environment, host, port):
    await command(environment, "apps", "add", "website")
    output, status = await command(environment, "serve", "--host", host, "--port", port)
    assert status == 2
    assert host in output
    assert "Traceback" not in output


async def test_without_a_providers_key_it_serves_no_invented_answers(environment):
    bare = environment | {"GROQ_API_KEY": "", "OPENROUTER_API_KEY": ""}
    output, status = await command(bare, "serve", "--port", "0")
    assert status == 2
    assert "GROQ_API_KEY" in output


async def test_the_served_process_loads_no_page(environment):
    code = "import sys, router.gateway.serving; print({'streamlit', 'pandas', 'plotly', 'PIL'} & {*sys.modules})"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=environment, stdout=-1)
    assert (await process.communicate())[0].decode().strip() == "set()"
