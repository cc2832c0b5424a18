"""Downloads: every row that is filtered, a few hundred at a time, and no formula among them."""

import csv
import io
import json
import sqlite3
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import event

from pages.components.log.export import as_csv, as_json, export_link, selection_of
from router.store import Filters, Selection, open_store
from tests.store.log.test_history import ALL, NOW, fill


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/log.db", tmp_path)
    yield store
    store.close()


def exported(store, selection=None):
    return store.history.export(selection or Selection(ALL))


def test_an_export_holds_every_row_that_is_filtered_in_both_forms(store):
    made = fill(store, 1_201)
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(exported(store))).removeprefix("\ufeff"))))
    documents = json.loads("".join(as_json(exported(store))))
    assert [row["id"] for row in rows] == [document["id"] for document in documents] == made[::-1]
    assert rows[0]["simulated"] == "live"
    assert documents[0]["simulated"] is False
    assert rows[0]["prompt"] == documents[0]["prompt"] == "prompt number 1200 about Äpfel and toast"
    assert json.loads("".join(as_json(exported(store, Selection(ALL, status="failed"))))) == []


def test_an_export_holds_what_an_answer_called(store):
    second = fill(store, 2)[1]
    calls = [{"id": "a1b2c3d4e", "name": "add_meal", "arguments": {"grams": 2**70}}]
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE contents SET tool_calls = ? WHERE request_id = ?", (json.dumps(calls), second))
    connection.close()
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(exported(store))).removeprefix("\ufeff"))))
    documents = json.loads("".join(as_json(exported(store))))
    assert [document["tool_calls"] for document in documents] == [calls, []]
    assert [row["tool_calls"] for row in rows] == [json.dumps(calls), ""]


def test_an_export_has_a_few_hundred_rows_in_memory_at_a_time(store):
    fill(store, 1_201)
    queries = []
    event.listen(
        store.history._reading.engine, "before_cursor_execute", lambda *arguments: queries.append(arguments[2])
    )
    rows = exported(store)
    next(rows)
    assert len(queries) == 1
    assert len(list(rows)) == 1_200
    assert len(queries) == 4


def test_the_file_begins_with_the_mark_by_which_a_spreadsheet_knows_utf_8(store):
    fill(store, 1)
    data = "".join(as_csv(exported(store))).encode()
    assert data.startswith(b"\xef\xbb\xbfid,started_at,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_of_a_csv_is_taken_for_a_formula(start):
    text = f'{start}HYPERLINK("http://x", "y")'
    (row,) = csv.DictReader(io.StringIO("".join(as_csv([{"id": "1", "prompt": text, "latency_ms": -1.5}]))))
    assert row["prompt"] == f"'{text}"
    assert row["latency_ms"] == "-1.5"


def test_the_address_of_an_export_names_what_is_filtered():
    filters = Filters(NOW // 60 * 60, NOW // 60 * 60 + 3_600, "", "m", "vision", "library", "check", None)
    wanted = Selection(filters, "failed", "two eggs & toast")
    query = export_link(wanted, "csv").partition("?")[2]
    assert selection_of(dict(parse_qsl(query))) == wanted


@pytest.mark.parametrize("app", ["website", ""])
def test_the_address_of_an_export_names_the_app_and_those_that_came_without_one(app):
    wanted = Selection(Filters(NOW // 60 * 60, NOW // 60 * 60 + 60, app=app))
    assert selection_of(dict(parse_qsl(export_link(wanted, "json").partition("?")[2]))) == wanted


def test_an_address_with_a_moment_that_is_none_is_refused():
    with pytest.raises(ValueError, match="isoformat"):
        selection_of({"since": "yesterday"})


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999", "0001-01-01", "9999-12-31T23:59:59-14:00"])
def test_an_address_with_a_moment_out_of_all_bounds_is_refused(name, moment):
    with pytest.raises(ValueError, match=f"{moment} is not in the years 1970 to 2100"):
        selection_of({name: moment})


def test_a_moment_with_an_offset_is_taken_at_that_offset():
    assert selection_of({"since": "2026-11-24T10:00+05:00"}) == selection_of({"since": "2026-11-24T05:00"})
