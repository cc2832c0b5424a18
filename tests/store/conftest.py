"""What the tests of the store share."""

import pytest

from tests.store.logged import open_in


@pytest.fixture
def store(database):
    """A store on an empty database of each kind."""
    store = database.open()
    yield store
    store.close()


@pytest.fixture
def file_store(tmp_path):
    """A store on a file, for what is true of files alone."""
    store = open_in(tmp_path)
    yield store
    store.close()
