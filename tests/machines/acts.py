"""What two machines have to stand, at any size."""

from __future__ import annotations

import time
from dataclasses import dataclass

from router.store.database.writing.writer import LINGER_SECONDS

APP_LIMIT = 100
UNWRITTEN_SECONDS = 1.0
"""How old an answer may be that a killed process had not yet written: the ending's own wait, and a busy server's."""


@dataclass(frozen=True)
class Size:
    """How much is played.

    Attributes:
        calls: of each process, in each act.
        share: of its calls, at which the second target fails.
        outage: seconds without the database.
        lease: whether a machine is switched off at the end, and the other has to notice.
    """

    calls: int
    share: float
    outage: float
    lease: bool


FULL = Size(calls=260, share=0.04, outage=60.0, lease=True)
"""About four thousand calls."""

SMALL = Size(calls=20, share=0.5, outage=1.0, lease=False)


def share_limits(world, size):
    """Limits and probes are one for all machines."""
    world.set_faults(size.share)
    world.meet_the_dead()
    world.add_app("robot", per_day=APP_LIMIT)
    world.begin_asking(2 * size.calls, "limits")
    world.wait_for_all()
    world.all_do("take_requests", count=40)
    taken = sum(process.next_word("taken") for process in world.processes)
    assert taken == APP_LIMIT
    world.notes["requests of a key for 100 a day"] = taken


def share_changes(world, size):
    """What is changed on one machine holds on the other within a second."""
    maker, watcher = world.processes[0], world.processes[-1]
    for what in ("edits", "apps", "cooldowns", "reset"):
        seconds = world.seconds_until_seen(what, maker=maker, watcher=watcher)
        world.notes[f"seconds until {what} is seen"] = round(seconds, 3)
        assert seconds < 1.0


def lose_a_process(world, size):
    """One is killed in the middle; gives it, and when."""
    world.begin_asking(size.calls, "killed")
    victim = world.processes[1]
    victim.wait_for_calls(size.calls // 2)
    killed_at = victim.kill()
    world.wait_for_all()
    return {victim: killed_at}


def restart_the_server(world, size):
    """PostgreSQL is restarted in the middle."""
    world.begin_asking(size.calls, "restarted", lasting=1.0)
    world.living[0].wait_for_calls(size.calls // 4)
    with world.database_away():
        world.cluster.halt()
        world.cluster.resume()
        world.wait_for_all()


def be_without_the_database(world, size):
    """The cables to it are pulled for a while, and calls go on."""
    before = {process: len(process.seconds) for process in world.living}
    with world.database_away():
        with world.cables_pulled():
            world.begin_asking(size.calls, "outage", lasting=size.outage)
            world.wait_for_all()
        began = time.monotonic()
    world.notes["seconds until all was written"] = round(time.monotonic() - began, 1)
    taken = sorted(seconds for process, count in before.items() for seconds in process.seconds[count:])
    world.notes["seconds a call took without the database"] = {
        "median": round(taken[len(taken) // 2], 3),
        "slowest": round(taken[-1], 3),
    }


def switch_a_machine_off(world, size):
    """A machine is gone with all its processes, and the other notices; gives who was killed, and when."""
    world.begin_asking(size.calls, "off")
    victims = world.processes[2:]
    for victim in victims:
        victim.wait_for_calls(size.calls // 2)
    at = time.time()
    world.machines[1].close()
    world.wait_for_all()
    while world.database.rows("SELECT 1 FROM requests WHERE status = 'running'"):
        assert time.time() - at < 60.0, "a dead machine's requests have to be marked within a minute"
        time.sleep(0.2)
    world.notes["seconds until a dead machine's requests were marked"] = round(time.time() - at, 1)
    return dict.fromkeys(victims, at)


def play(world, size):
    """Everything; what has come of it stands in the world's notes."""
    share_limits(world, size)
    world.check_day()
    share_changes(world, size)
    killed_at = lose_a_process(world, size)
    restart_the_server(world, size)
    be_without_the_database(world, size)
    if size.lease:
        killed_at |= switch_a_machine_off(world, size)
    for process in world.living:
        process.leave()
    broken_off = world.check_calls()
    ages = world.check_answers(killed_at)
    world.check_probes()
    world.notes |= {"calls broken off by kills": broken_off.total(), "answers whose end was not yet written": len(ages)}
    world.notes["the oldest of them, seconds"] = round(max(ages, default=0.0), 3)
    assert max(ages, default=0.0) < LINGER_SECONDS + UNWRITTEN_SECONDS
