"""What one process changes holds in every other on the same database within a second."""

import subprocess
import sys
import threading
import time

import pytest

from router.ports import Cooldown

HOLD = Cooldown("groq|a|b", "groq", "target", "m", "rate_limited", "busy", 1.0, 2.0, 1, False)
_OTHER = """
import sys, time
from pathlib import Path
from router.gateway.keys import new_key
from router.ports import Cooldown
from router.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
hold = Cooldown("groq|a|b", "groq", "target", "m", "rate_limited", "busy", 1.0, 2.0, 1, False)
changes = {
    "edit": lambda: store.edits.keep('{"tasks": {}}', "by another process"),
    "undo": lambda: store.edits.undo(),
    "key": lambda: store.apps.add(new_key("robot", time.time())[1]),
    "revoke": lambda: store.apps.revoke("robot", time.time()),
    "cooldown": lambda: store.cooldowns.put(hold),
    "reset": lambda: store.cooldowns.remove([hold.key], reset_at=time.time()),
}
print("open", flush=True)
for line in sys.stdin:
    changes[line.strip()]()
    assert store.flush()
    print("done", flush=True)
store.close()
"""


class Other:
    """Another process on a database, which makes a change when it is told to."""

    def __init__(self, database):
        command = [sys.executable, "-c", _OTHER, database.url, str(database.folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "open\n"

    def make(self, change):
        self._process.stdin.write(f"{change}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self):
        self._process.communicate()


@pytest.fixture
def store(database):
    store = database.open()
    yield store
    store.close()


@pytest.fixture
def other(database, store):
    other = Other(database)
    yield other
    other.close()


def seconds_until_changed(port, version):
    """How long it takes until a port says that something changed."""
    start, pause = time.monotonic(), threading.Event()
    while port.version() == version:
        assert time.monotonic() - start < 20
        pause.wait(0.01)
    return time.monotonic() - start


def test_edits_keys_cooldowns_and_resets_of_another_process_hold_here_within_a_second(store, other):
    steps = [
        (store.edits, "edit", lambda: store.edits.load() == '{"tasks": {}}'),
        (store.edits, "undo", lambda: store.edits.load() is None),
        (store.apps, "key", lambda: [key.name for key in store.apps.load()] == ["robot"]),
        (store.apps, "revoke", lambda: store.apps.load()[0].revoked_at is not None),
        (store.cooldowns, "cooldown", lambda: list(store.cooldowns.load()) == [HOLD]),
        (store.cooldowns, "reset", lambda: not store.cooldowns.load()),
    ]
    for port, change, holds in steps:
        version = port.version()
        other.make(change)
        assert seconds_until_changed(port, version) < 1.0, change
        assert holds(), change


def test_what_this_process_changes_itself_holds_at_once(store):
    version = store.edits.version()
    assert store.edits.keep("{}", "mine")
    assert store.edits.version() > version
    again = store.edits.version()
    assert store.edits.undo()
    assert store.edits.version() > again
