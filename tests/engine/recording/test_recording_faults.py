"""What only records may fail, and truly does here: a full disk, a closed database, one that may only be read."""

import json
import sqlite3
from dataclasses import asdict

import pytest

from router import AllTargetsFailed, DeadlineExceeded, DualModelRouter
from router.engine.recording.recording_faults import RecordingFaults
from router.ports.null_stores import NullLog
from router.providers.accounts import simulated_accounts
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from router.table.route_file import load_routes
from tests.world import CHAT, HELLO

pytestmark = pytest.mark.anyio
SAID = ("the log did not take what a request begins with", "the log did not take how a request ended")


class DiskLog(NullLog):
    """A program's own log, a line a record."""

    def __init__(self, path):
        self._path = path

    def begin(self, request, attempt):
        self.request_ended(attempt)
        return super().begin(request, attempt)

    def attempt_ended(self, record):
        self.request_ended(record)

    def request_ended(self, record):
        with open(self._path, "w", buffering=1) as file:
            file.write(json.dumps(asdict(record)) + "\n")


class DatabaseLog(DiskLog):
    """The same in a table."""

    def __init__(self, connection):
        self._connection = connection

    def request_ended(self, record):
        self._connection.execute("INSERT INTO log VALUES (?)", (json.dumps(asdict(record)),))


class LateLog(DatabaseLog):
    """The same, which finds out only while its row is waited for."""

    async def begin(self, request, attempt):
        self.request_ended(attempt)


def full_disk(folder):
    return DiskLog("/dev/full")


def missing_folder(folder):
    return DiskLog(folder / "no such folder" / "log")


def closed_database(folder, kind=DatabaseLog):
    connection = sqlite3.connect(folder / "log.db")
    connection.execute("CREATE TABLE log (record)")
    connection.close()
    return kind(connection)


def late_database(folder):
    return closed_database(folder, LateLog)


def read_only_database(folder):
    closed_database(folder)
    return DatabaseLog(sqlite3.connect(f"file:{folder}/log.db?mode=ro", uri=True))


FAILING = pytest.mark.parametrize(
    "make_log", [full_disk, missing_folder, closed_database, late_database, read_only_database]
)


@pytest.fixture
async def routed(simulator, tmp_path, make_log):
    table = load_routes(SHIPPED_ROUTES)
    async with DualModelRouter(table, simulated_accounts(table, simulator), log=make_log(tmp_path)) as router:
        yield router


async def streamed(router, **options):
    async with router.stream(config=CHAT, messages=HELLO, **options) as stream:
        async for _ in stream:
            pass
        return stream.completion


@FAILING
async def test_a_log_that_fails_at_every_record_takes_no_answer_away_and_is_said_once(routed, caplog):
    for _ in range(3):
        assert (await routed.complete(config=CHAT, messages=HELLO)).text
        assert (await streamed(routed)).text
    for words in (*SAID, "LogListener did not take an attempt's ending"):
        assert caplog.text.count(words) == 1
    assert routed.recording_fault.text.startswith(SAID[1])


@FAILING
async def test_a_log_that_fails_makes_no_error_of_the_providers_into_another_one(routed, simulator, caplog):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("server_error", status=503))
    with pytest.raises((AllTargetsFailed, DeadlineExceeded)):
        await routed.complete(config=CHAT, messages=HELLO, deadline=0.5)
    with pytest.raises((AllTargetsFailed, DeadlineExceeded)):
        await streamed(routed, deadline=0.5)
    assert SAID[1] in caplog.text


@FAILING
async def test_what_a_log_fails_with_is_told_without_its_words(routed, caplog):
    await routed.complete(config=CHAT, messages=HELLO)
    for words in ("No space", "no such folder", "readonly", "closed database"):
        assert words not in caplog.text + routed.recording_fault.text
    assert "test_recording_faults.py" in routed.recording_fault.text, "where it came from is told"


@pytest.mark.parametrize("make_log", [lambda folder: NullLog()])
async def test_a_log_that_works_is_no_news(routed, caplog):
    await routed.complete(config=CHAT, messages=HELLO)
    assert routed.recording_fault is None
    assert caplog.text == ""


def test_another_fault_is_said_beside_the_first(caplog):
    faults = RecordingFaults()
    for trouble in ("one", "another", "one"):
        faults.note(trouble, KeyError("gsk_secret"))
    assert [record.message for record in caplog.records] == ["one: KeyError", "another: KeyError"]
    assert faults.latest.text == "one: KeyError"
