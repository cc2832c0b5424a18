"""A server that can be reached by one way alone, which a test can cut."""

import psycopg
import pytest

from router.store import open_store
from tests.tcp_proxy import TcpProxy


@pytest.fixture
def way(postgres_databases, postgres_url):
    """A way to the server that can be cut."""
    if postgres_databases.cluster is None:
        pytest.skip("TEST_DATABASE_URL names a server whose socket is not known")
    way = TcpProxy(postgres_databases.cluster.socket)
    yield way
    way.restore()
    way.close()


@pytest.fixture
def store_by_way(way, postgres_url, tmp_path):
    """A store that reaches its server by that way."""
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    store = open_store(f"postgresql://postgres@127.0.0.1:{way.port}/{name}?sslmode=disable", tmp_path)
    yield store
    way.restore()
    store.close()
