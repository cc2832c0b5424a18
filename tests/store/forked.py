"""Several processes that do the same at the same time on one database: forked from one that has loaded the store.

To start a Python for each would take most of a test's time.
"""

import json
import subprocess
import sys

_BEGINNING = """
import asyncio, os, sys, time
from pathlib import Path
from router.ports import CallMade, CallRoom
from router.store import open_store

async def main(store, number):
"""
_ENDING = """
    return result

def run(number):
    store = open_store(sys.argv[1], Path("/"))
    store._database.patience = 120.0  # on a busy machine the processes wait long for each other's turns
    result = asyncio.run(main(store, number))
    store.close()
    os.write(1, f"{result}\\n".encode())

for number in range(int(sys.argv[2])):
    if os.fork() == 0:
        try:
            run(number)
        finally:
            os._exit(0)
for _ in range(int(sys.argv[2])):
    os.wait()
"""


def results_of(body, url, count):
    """What each of `count` processes came to: the numbers that `body` leaves in `result`.

    Args:
        body: lines of an async function with a `store`, and the process's `number`.
    """
    indented = "\n".join(f"    {line}" for line in body.strip().splitlines())
    line = [sys.executable, "-c", _BEGINNING + indented + _ENDING, url, str(count)]
    output = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    results = [json.loads(line) for line in output.splitlines()]
    assert len(results) == count
    return results
