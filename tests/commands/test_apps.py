"""`python -m router apps`: keys made, listed and revoked at a terminal."""

import re

import pytest

from router.__main__ import main
from router.gateway.keys import key_digest
from router.store import open_store


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ROUTER_DATABASE_URL", f"sqlite:///{tmp_path}/log.db")
    monkeypatch.setenv("ROUTER_ENV_FILE", str(tmp_path / "none"))
    return tmp_path


def test_a_key_is_printed_once_listed_by_its_beginning_and_revoked_by_its_name(folder, capsys):
    assert main(["apps", "add", "website", "--per-minute", "5", "--tasks", "vision, verification"]) == 0
    secret = capsys.readouterr().out.split()[-1]
    assert re.fullmatch(r"drk_[A-Za-z0-9]{32}", secret)
    store = open_store(f"sqlite:///{folder}/log.db", folder)
    key = store.apps.load()[0]
    store.close()
    assert (key.digest, key.per_minute, key.tasks) == (key_digest(secret), 5, ("vision", "verification"))
    main(["apps", "list"])
    listed = capsys.readouterr().out
    assert "website" in listed
    assert "0 of 5 this minute" in listed
    assert secret not in listed
    assert main(["apps", "revoke", "website"]) == 0
    main(["apps", "list"])
    assert "revoked" in capsys.readouterr().out


def test_a_key_holds_to_the_end_of_its_last_day(folder, capsys):
    main(["apps", "add", "website", "--expires", "2099-12-31"])
    main(["apps", "list"])
    assert "until 2100-01-01 00:00 UTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["add", ""], "name"),
        (["add", "website", "--per-day", "0"], "a day"),
        (["add", "website", "--tasks", "chat"], "'chat'"),
        (["add", "website", "--expires", "2001-01-01"], "past"),
        (["revoke", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(folder, words, reason):
    with pytest.raises(SystemExit) as raised:
        main(["apps", *words])
    assert reason in str(raised.value)


@pytest.mark.parametrize("date", ["tomorrow", "2027-13-01", "9999-12-31"])
def test_a_date_that_is_none_is_refused(folder, capsys, date):
    with pytest.raises(SystemExit):
        main(["apps", "add", "website", "--expires", date])
    assert "is no date such as" in capsys.readouterr().err
