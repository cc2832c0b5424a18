"""Whatever the providers send: a right answer or a typed error in time, every call in the log, no secret anywhere.

`ROUTER_TEST_CASES` sets how many cases are tried, `ROUTER_TEST_SEED` with which one they begin. A failure names its
seed: `ROUTER_TEST_SEED=4711 ROUTER_TEST_CASES=1` plays it alone.
"""

import asyncio
import os
from collections import Counter

import pytest

from tests.fuzz.lane import play_all, secrets_in

CASES = int(os.environ.get("ROUTER_TEST_CASES", "2000"))
FIRST_SEED = int(os.environ.get("ROUTER_TEST_SEED", "0"))


@pytest.mark.timeout(120 + CASES // 10)
def test_no_reply_makes_the_router_say_what_was_not_meant(tmp_path, capfd):
    faults = asyncio.run(play_all(range(FIRST_SEED, FIRST_SEED + CASES), tmp_path))
    output = "".join(capfd.readouterr())
    assert not secrets_in(output), "a secret was printed"
    lines = "\n".join(map(str, faults[:40]))
    families = Counter(fault.family for fault in faults)
    assert not faults, f"{len(faults)} of {CASES} cases are wrong: {dict(families)}\n{lines}"
