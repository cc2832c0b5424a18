"""URLs of servers, as people and hosts write them."""

import subprocess
import sys

import pytest

from router.errors import ConfigurationError
from router.store import open_store
from router.store.database.postgres.address import read_address


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "POSTGRES"])
def test_every_spelling_of_the_scheme_names_the_same_database(scheme):
    address = read_address(f"{scheme}://ann:p%40ss@db.example:6000/log?sslmode=require", "X")
    assert address.key == read_address("postgresql://ann:p%40ss@db.example:6000/log", "X").key
    assert "password=p@ss" in address.conninfo
    assert address.name == "the database db.example/log"


def test_the_password_stands_neither_in_the_name_nor_in_the_key_nor_in_what_is_printed_of_it():
    address = read_address("postgresql://ann:hidden-word@db.example/log", "X")
    assert "hidden-word" not in address.name + address.key + repr(address)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://ann:hidden-word@db.example", "names no database"),
        ("postgresql://ann:hidden-word@db.example:x/log", "cannot be read|cannot be opened"),
        ("postgresql://ann:hidden-word@db.example/log?color=red", "cannot be read"),
        ("postgresql://ann:hidden-word@[::1/log", "cannot be read"),
        ("postgresql://ann:hidden-word@127.0.0.1:1/log", "the server cannot be reached"),
        ("postgresql://ann:hidden-word@no.such.invalid/log", "the server's name is not known"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(tmp_path, url, words):
    with pytest.raises(ConfigurationError, match=words) as caught:
        open_store(url, tmp_path)
    assert "hidden-word" not in str(caught.value)
    assert "ROUTER_DATABASE_URL=" in str(caught.value)


def test_the_driver_is_loaded_only_where_a_url_names_a_server(tmp_path):
    code = (
        "import sys; from pathlib import Path; from router.store import open_store; "
        f"open_store('sqlite:///{tmp_path}/log.db', Path('/')).close(); print('psycopg' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
