"""What providers say of themselves is read beside the requests, and its end harms nobody."""

import gc
import subprocess
import sys
import warnings

import pytest

pytestmark = pytest.mark.anyio


async def test_a_router_that_is_closed_as_soon_as_it_is_open_leaves_nothing_behind(world):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with world.new_router():
            pass  # it has begun to read the lists, and nothing of that has run yet
        gc.collect()
    assert [str(warning.message) for warning in warned] == []


_ENDS_WHILE_IT_READS = """
import asyncio, logging, sys, threading
from concurrent.futures import ThreadPoolExecutor
from router import DualModelRouter

logging.basicConfig()
router = DualModelRouter.from_env({
    "GROQ_API_KEY": "gsk_of_a_program_that_ends",
    "GROQ_BASE_URL": "http://127.0.0.1:9/v1",
    "ROUTER_DATABASE_URL": f"sqlite:///{sys.argv[1]}/ends.db",
})

def read_behind_the_end():
    threads = ThreadPoolExecutor(1)
    try:
        while True:
            threads.submit(int).result()
    except RuntimeError:
        pass  # the main thread has ended
    asyncio.run(read_lists())

async def read_lists():
    async with router:
        await asyncio.sleep(0.05)

threading.Thread(target=read_behind_the_end).start()
"""


def test_a_program_that_ends_while_a_list_is_read_says_nothing_of_it(tmp_path):
    command = [sys.executable, "-c", _ENDS_WHILE_IT_READS, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
