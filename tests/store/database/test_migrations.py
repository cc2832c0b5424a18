"""Databases of every earlier version open as they are, with their rows; what is newer or broken is refused."""

import sqlite3

import pytest
from sqlalchemy import create_engine

from router.errors import ConfigurationError
from router.store import Filters, Selection
from router.store.database import tables
from router.store.database.migrations import MIGRATIONS, FileScripts, migrate
from router.store.database.sqlite.dialect import connect
from router.store.log.histograms import merged
from router.types import AttemptOutcome
from tests.store.logged import open_in

ALL = Filters(simulated=None)
DAY = "2026-11-24"
OUTCOMES = ("succeeded", "cancelled", "not_sent", "rate_limited", "pending")
ERRORS = {"not_sent": "no connection", "rate_limited": "too many"}


def of_version(folder, version):
    """A database as the version with so many migrations has left it, with a row in every table that a reader knows."""
    connection = connect(str(folder / "log.db"), merged, create=True)
    connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)")
    for number, (name, file) in enumerate(MIGRATIONS[:version], start=1):
        for statement in FileScripts().statements(number, file):
            connection.execute(statement)
        connection.execute("INSERT INTO migrations VALUES (?, ?, '')", (number, name))
    fill(connection, "'', 7" if version >= 5 else "7")
    connection.close()


def fill(connection, figures):
    for number, outcome in enumerate(OUTCOMES):
        request_id = f"01ARZ3NDEKTSV4RRFFQ69G5FA{number}"
        connection.execute(
            "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status, provider, "
            "model, latency_ms) VALUES (?, ?, 'vision', 'library', 'prompt', 0, 0, 'failed', 'groq', 'm', 5.0)",
            (request_id, f"{DAY}T08:30:00.000Z"),
        )
        connection.execute(
            "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome, error) "
            "VALUES (?, ?, 1, 'groq', 'm', 'account', ?, ?, ?)",
            (f"{request_id}-1", request_id, f"{DAY}T08:30:00.000Z", outcome, ERRORS.get(outcome)),
        )
        connection.execute(
            "INSERT INTO contents (request_id, prompt, answer) VALUES (?, ?, 'rest')", (request_id, f"休息 {number}")
        )
        connection.execute(
            f"INSERT INTO rollup_days_failures VALUES (?, 'groq', 'm', ?, 'vision', 'library', 'prompt', 0, {figures})",
            (DAY, outcome),
        )
    connection.execute(
        "INSERT INTO holds (account, scope, key, provider, model, outcome, reason, since, until, strikes, sick) "
        "VALUES ('a', 'target', 'm', 'groq', 'm', 'server_error', 'down', 1.0, 2.0, 1, 1)"
    )
    connection.execute("INSERT INTO edits (at, edits, note) VALUES (?, '{}', 'mine')", (f"{DAY}T08:30:00.000Z",))
    connection.execute("INSERT INTO catalogue VALUES ('a', 1.0, '[]')")
    connection.execute("INSERT INTO allowances VALUES ('a', 'groq', 'm', 'requests', 60.0, 30, 29, 2.0, 1.0)")
    connection.execute(
        "INSERT INTO entries (id, at, kind, entry, summary, figures, data, simulated) "
        "VALUES ('1', ?, 'meal', 'eggs', 's', 'f', '{}', 0)",
        (f"{DAY}T08:30:00Z",),
    )
    connection.execute(
        "INSERT INTO votes (left_request, right_request, at, task_type, left_target, right_target, choice, blind, "
        "simulated) VALUES ('l', 'r', ?, 'vision', 'groq:m', 'groq:n', 'left', 0, 0)",
        (f"{DAY}T08:30:00Z",),
    )
    connection.execute(
        "INSERT INTO speed_runs (id, started_at, version, repetitions, simulated, job) "
        "VALUES ('01', ?, 1, 3, 0, 'job')",
        (f"{DAY}T08:30:00Z",),
    )
    connection.execute("INSERT INTO owners (id, pid, process, opened_at) VALUES ('0', 4194305, 'old-boot:1', '')")


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_log_of_every_earlier_version_is_read_whole(tmp_path, version):
    of_version(tmp_path, version)
    store = open_in(tmp_path)
    assert len(store.history.page(Selection(ALL))) == len(OUTCOMES)
    assert [cooldown.reason for cooldown in store.cooldowns.load()] == ["down"]
    assert store.edits.latest().note == "mine"
    assert store.catalogues.load_catalogue("a").models == ()
    assert [allowance.remaining for allowance in store.allowances.load_allowances("a")] == [29]
    assert store.entries.count() == 1
    assert store.votes.of("l", "r") == "left"
    assert [(run.id, run.taken) for run in store.speed_runs.runs()] == [("01", False)]
    store.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_older_texts_are_found_in_every_script(tmp_path, version):
    of_version(tmp_path, version)
    store = open_in(tmp_path)
    for words in ("rest", "休息", "息"):
        assert len(store.history.page(Selection(ALL, words=words))) == len(OUTCOMES), words
    store.close()


@pytest.mark.parametrize("version", [1, 2])
def test_older_attempts_keep_their_meaning(tmp_path, version):
    of_version(tmp_path, version)
    store = open_in(tmp_path)
    connection = sqlite3.connect(store.path)
    columns = dict(connection.execute("SELECT outcome, sent FROM attempts").fetchall())
    assert columns == {"not_sent": 0} | dict.fromkeys({*OUTCOMES} - {"not_sent"})
    assert connection.execute("SELECT count(*) FROM attempts WHERE came_to IS NOT NULL").fetchone() == (0,)
    connection.close()
    calls = store.allowances.calls_since("account", 0.0)
    assert len(calls) == len(OUTCOMES) - 1, "one never left"
    store.close()


def test_an_older_attempt_that_was_stopped_before_it_left_had_not_failed(tmp_path):
    """It has no error: whatever else keeps a request from leaving is said in one."""
    of_version(tmp_path, 2)
    connection = sqlite3.connect(tmp_path / "log.db")
    connection.execute("UPDATE attempts SET error = NULL WHERE outcome = 'not_sent'")
    connection.commit()
    connection.close()
    store = open_in(tmp_path)
    assert store.history.page(Selection(ALL, outcome="not_sent")) == []
    assert len(store.history.page(Selection(ALL, outcome="rate_limited"))) == 1
    store.close()


def test_an_attempt_that_somebody_stopped_had_not_failed_in_older_logs_either(tmp_path):
    of_version(tmp_path, 1)
    store = open_in(tmp_path)
    outcomes = {failure.outcome for failure in store.statistics.failures(ALL)}
    assert "cancelled" not in outcomes
    assert {"rate_limited", "not_sent"} <= outcomes
    store.close()


def test_a_new_file_is_brought_up_to_date_and_an_old_one_is_left_alone(tmp_path):
    open_in(tmp_path).close()
    before = sqlite3.connect(tmp_path / "log.db").execute("SELECT * FROM migrations").fetchall()
    open_in(tmp_path).close()
    assert sqlite3.connect(tmp_path / "log.db").execute("SELECT * FROM migrations").fetchall() == before
    assert [row[:2] for row in before] == [(number, name) for number, (name, _) in enumerate(MIGRATIONS, start=1)]


def test_the_migrations_lead_to_the_tables_that_are_read(tmp_path):
    connection = connect(str(tmp_path / "log.db"), merged, create=True)
    migrate(connection, "x", FileScripts())
    engine = create_engine(f"sqlite:///{tmp_path}/wanted.db")
    tables.metadata.create_all(engine)
    for table in tables.metadata.tables:
        columns = f"SELECT * FROM pragma_table_info('{table}')"
        with engine.connect() as wanted:
            assert connection.execute(columns).fetchall() == [tuple(row) for row in wanted.exec_driver_sql(columns)]
    engine.dispose()
    connection.close()


def test_a_database_of_a_newer_version_is_refused_with_the_setting(tmp_path):
    connection = connect(str(tmp_path / "log.db"), merged, create=True)
    migrate(connection, "x", FileScripts())
    connection.execute("INSERT INTO migrations VALUES (999, 'the future', '')")
    connection.close()
    with pytest.raises(ConfigurationError, match=r"ROUTER_DATABASE_URL=.*newer version"):
        open_in(tmp_path)


def test_a_failed_migration_leaves_nothing_half_done(tmp_path):
    connection = connect(str(tmp_path / "log.db"), merged, create=True)
    connection.execute("CREATE TABLE attempts (id)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, "x", FileScripts())
    assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("attempts",)]
    connection.close()


def test_the_index_of_failures_leaves_out_only_what_cannot_have_failed():
    """It is older than the list of words, and may hold more than that list calls a failure, but nothing less."""
    text = str(tables.INDEXED.compile(compile_kwargs={"literal_binds": True}))
    left_out = {outcome for outcome in AttemptOutcome if f"'{outcome}'" in text}
    assert left_out == {"succeeded", "cancelled", "pending"}
    assert not [outcome for outcome in left_out if outcome.failed]
