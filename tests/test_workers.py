"""Work beside the event loop, which goes on meanwhile."""

import asyncio
import subprocess
import sys
import threading
import time
from statistics import median

import pytest

from router.workers import give_way, run_in_worker

pytestmark = pytest.mark.anyio


def switches_while(work):
    """How often this thread had to give the interpreter's lock up of itself while it worked."""
    pauses = []
    sleeping = threading.Event()

    def watch():
        while not sleeping.is_set():
            began = time.perf_counter()
            time.sleep(0)
            pauses.append(time.perf_counter() - began)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        sleeping.set()
        watcher.join()
    return len(pauses)


def busy(seconds, pause):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pause()


async def test_work_that_gives_way_lets_others_have_many_turns():
    turns = []  # other processes take turns away from both, so that one pair of figures may say nothing
    for _ in range(5):
        polite = await run_in_worker(switches_while, lambda: busy(0.1, give_way))
        rude = await run_in_worker(switches_while, lambda: busy(0.1, lambda: None))
        turns.append(polite / rude)
    assert median(turns) > 2


async def test_giving_way_is_nothing_outside_of_a_worker():
    began = time.perf_counter()
    for _ in range(1_000):
        give_way()
    assert time.perf_counter() - began < 0.05


async def test_what_a_function_raises_is_raised():
    with pytest.raises(KeyError):
        await run_in_worker({}.__getitem__, "nothing")


LATE = """
import asyncio, threading
from router.workers import finish_in_worker

def finish():
    threading.main_thread().join()
    asyncio.run(finish_in_worker(lambda: print("finished")))

threading.Thread(target=finish).start()
"""


async def test_what_has_to_be_finished_is_finished_also_where_the_process_is_ending():
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", LATE], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.stdout.strip(), ended.stderr) == ("finished", "")
