"""The commands of `python -m router` that care for the log."""

import pytest

from router.__main__ import main
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


@pytest.mark.parametrize("days", ["-1", "a week", "nan"])
def test_a_number_of_days_that_is_none_is_refused(database, capsys, days):
    with pytest.raises(SystemExit):
        main(["retain", "--days", days])
    assert "--days" in capsys.readouterr().err
