"""Several processes on one database, processes that are killed, and one that goes on for long.

`ROUTER_TEST_KILLS` and `ROUTER_TEST_CALLS` set how often and how long; a hundred and ten thousand are for a release.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from tests.world import FIRST, SECOND, World

KILLS = int(os.environ.get("ROUTER_TEST_KILLS", "20"))
CALLS = int(os.environ.get("ROUTER_TEST_CALLS", "1500"))
HOLD = 0.4
ROOT = Path(__file__).parent.parent.parent


def table(folder, **limits):
    """The shipped table with other limits; none on OpenRouter's calls a minute."""
    text = re.sub(r"(?m)^requests_per_minute.*$", "", SHIPPED_ROUTES.read_text())
    for name, value in limits.items():
        text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", text)
    path = folder / "own.toml"
    path.write_text(text)
    return str(path)


@contextmanager
def started(command, world, *arguments, **options):
    """A worker process, killed at the end."""
    line = [sys.executable, "-m", "tests.processes.worker", command, json.dumps(world.environment), *arguments]
    with subprocess.Popen(line, cwd=ROOT, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(condition):
    """The test's own time limit ends it."""
    while not condition():
        time.sleep(0.002)


@pytest.fixture
def world(simulator, tmp_path, database):
    routes = table(tmp_path, cooldown_sick=HOLD, cooldown_sick_cap=HOLD)
    return World(simulator, tmp_path, database=database, ROUTER_ROUTES=routes)


@pytest.fixture
def on_a_file(simulator, tmp_path):
    return World(simulator, tmp_path, ROUTER_ROUTES=table(tmp_path, cooldown_sick=HOLD, cooldown_sick_cap=HOLD))


def close(world):
    asyncio.run(world.aclose())


def askers(world):
    """The processes whose calls have been seen."""
    prompts = [request.body["messages"][0]["content"] for request in world.seen]
    return {prompt.partition("-")[0] for prompt in prompts if prompt.startswith("call")}


def test_four_processes_try_a_dead_target_once_an_interval_between_them(world):
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    asyncio.run(world.ask())
    with started("ask", world), started("ask", world), started("ask", world), started("ask", world):
        # All four at it, and the interval over a few times.
        wait_until(lambda: len(askers(world)) == 4)
        enough = world.calls_to(*FIRST) + 5
        wait_until(lambda: world.calls_to(*FIRST) >= enough)
    tried = [request.at for request in world.seen if (request.provider, request.model) == FIRST]
    assert min(later - earlier for earlier, later in pairwise(tried)) >= HOLD - 0.01
    close(world)


def test_a_speed_run_is_made_by_one_process_and_left_by_one_that_dies(world):
    runs = world.router.store.speed_runs
    run_id = runs.begin([], version=1, repetitions=1, simulated=True)
    with started("take", world, run_id, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == "True\n"
        assert runs.runs()[0].taken
        assert not runs.take(run_id), "another process makes it"
    assert not runs.runs()[0].taken
    assert runs.take(run_id), "whoever made it is dead"
    assert not runs.take(run_id), "this process makes it"
    runs.release(run_id)
    assert runs.take(run_id)
    close(world)


@pytest.mark.timeout(60 + 5 * KILLS)
def test_killed_at_any_moment_every_request_that_a_provider_saw_has_its_row(world, database):
    dice, prompts = random.Random(4), Counter()
    with started("fork", world, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forker:
        for _ in range(KILLS if database.kind == "sqlite" else KILLS // 3):
            before = len(world.seen)
            print(file=forker.stdin, flush=True)
            child = int(forker.stdout.readline())
            wanted = before + dice.randint(1, 40)
            wait_until(lambda wanted=wanted: len(world.seen) >= wanted)
            os.kill(child, signal.SIGKILL)
            wait_until(lambda child=child: not Path(f"/proc/{child}").exists())
            prompts.update(request.body["messages"][0]["content"] for request in world.seen[before:])
    close(world)
    world.router = world.new_router()  # the next start
    rows = world.rows("""
        SELECT contents.request AS request, outcome, status
        FROM attempts
        JOIN requests ON requests.id = attempts.request_id JOIN contents ON contents.request_id = requests.id
    """)
    for row in rows:
        row["prompt"] = json.loads(row["request"])["messages"][0]["content"]
    sent = Counter(row["prompt"] for row in rows if row["outcome"] != "not_sent")
    assert not prompts - sent, "no call without a row"
    surplus = sent - prompts
    marked = Counter(row["prompt"] for row in rows if row["outcome"] == "interrupted")
    assert not surplus - marked, "no row without a call but those that are marked"
    assert {row["status"] for row in rows} <= {"succeeded", "interrupted"}
    assert world.rows("SELECT id FROM requests WHERE status = 'running'") == []
    assert marked, "somebody was in the middle of it"
    close(world)


@pytest.mark.timeout(120 + CALLS // 20)
def test_after_thousands_of_calls_with_faults_no_memory_task_or_connection_is_left_over(on_a_file):
    world = on_a_file
    for target, fault in {
        FIRST: Fault("server_error", probability=0.1),
        ("groq", "openai/gpt-oss-20b"): Fault("rate_limited", probability=0.1),
        SECOND: Fault("cut", probability=0.2),
        ("openrouter", "deepseek/deepseek-v4-flash-0731:free"): Fault("reset", probability=0.2),
        ("openrouter", "openrouter/free"): Fault("in_stream_error", probability=0.2),
    }.items():
        world.simulator.set_fault(*target, fault)
    with started("soak", world, str(CALLS), stdout=subprocess.PIPE) as process:
        said = json.loads(process.communicate()[0])
    assert said["grown"] < 5_000_000
    assert said["tasks"] == 0
    assert said["connections"] <= 2 * 16, "those that are kept for the next calls"
    outcomes = {row["outcome"] for row in world.rows("SELECT DISTINCT outcome FROM attempts")}
    assert {"succeeded", "server_error", "cut", "cancelled"} <= outcomes
    close(world)
