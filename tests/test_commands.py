"""The commands of `python -m router`: what they do, and what they refuse in words."""

import re
import stat

import pytest

from router.__main__ import main
from router.ports.cached_answers import CachedAnswer
from router.store import Filters, open_store
from tests.store.log.test_figures import NOW, fill


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A log with one old request and a new one, named in the environment."""
    url = f"sqlite:///{tmp_path}/log.db"
    monkeypatch.setenv("ROUTER_DATABASE_URL", url)
    store = open_store(url, tmp_path)
    fill(store, [{"at": NOW - 40 * 86_400}, {}])
    yield store
    store.close()


def test_retain_deletes_what_is_older_and_says_how_much(database, capsys):
    assert main(["retain", "--days", "30"]) == 0
    assert capsys.readouterr().out.startswith("1 requests")
    assert database.statistics.totals(Filters(start=NOW - 60 * 86_400)).requests == 2


def test_rebuild_figures_says_how_many_requests_it_found(database, capsys):
    assert main(["rebuild-figures"]) == 0
    assert "2 requests" in capsys.readouterr().out


def test_copy_log_shows_the_counts_of_both_sides_and_refuses_a_target_with_rows(database, tmp_path, capsys):
    to = f"sqlite:///{tmp_path}/copy.db"
    assert main(["copy-log", "--to", to]) == 0
    said = capsys.readouterr()
    assert ["requests", "2", "2"] in [line.split() for line in said.out.splitlines()]
    assert "requests: 2 rows" in said.err
    assert main(["copy-log", "--to", to]) == 2
    assert "--to names is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("to", "words"),
    [("mysql://ann:hunter2@host/db", "--to=.*cannot be used"), ("sqlite:///{}/log.db", "name an empty")],
)
def test_copy_log_refuses_what_is_no_other_database(database, tmp_path, capsys, to, words):
    assert main(["copy-log", "--to", to.format(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert re.search(words, said)
    assert "hunter2" not in said


@pytest.mark.parametrize("days", ["-1", "a week", "nan"])
def test_a_number_of_days_that_is_none_is_refused(database, capsys, days):
    with pytest.raises(SystemExit):
        main(["retain", "--days", days])
    assert "--days" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "99999"),
        ("--port", "-1"),
        ("--port", "http"),
        ("--port", "9" * 5_000),
        ("--pace", "nan"),
        ("--pace", "-1"),
    ],
)
def test_a_port_or_a_pace_that_is_none_is_refused(capsys, option, value):
    with pytest.raises(SystemExit):
        main(["simulate", option, value])
    assert f"argument {option}" in capsys.readouterr().err


def test_a_report_is_its_owners_alone(database, tmp_path, capsys):
    assert main(["report", "--out", str(tmp_path / "report.html")]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/report.html is written.\n"
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600


def test_a_report_that_cannot_be_written_is_said_with_what_to_do(database, tmp_path):
    with pytest.raises(SystemExit, match="cannot be written: Is a directory; name a file"):
        main(["report", "--out", str(tmp_path)])


def test_a_setting_that_cannot_be_used_is_one_line_and_no_stack(monkeypatch, capsys):
    monkeypatch.setenv("ROUTER_DATABASE_URL", "postgresql://user:hunter2@host/db?nonsense")
    assert main(["rebuild-figures"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "hunter2" not in said.err


def test_clear_cache_says_how_many_answers_it_forgot(database, capsys):
    database.answers.keep_answer(CachedAnswer("key", "", "id", NOW, NOW + 600, "{}"))
    assert database.flush()
    assert main(["clear-cache"]) == 0
    assert capsys.readouterr().out.startswith("1 answers are deleted")
    assert database.answers.find_answer("key", NOW) is None
