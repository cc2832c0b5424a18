"""A store on a file of the test's own."""

import pytest

from tests.store.logged import open_in


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    yield store
    store.close()
