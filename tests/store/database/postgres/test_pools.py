"""A pool of connections between, such as PgBouncer, is refused in words that say what to do."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import psycopg
import pytest

from router.errors import ConfigurationError
from router.store import open_store

_SETTINGS = """
[databases]
* = host={folder}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
{more}
"""


@contextmanager
def pool(cluster, more):
    """PgBouncer in front of a server, in transaction mode; gives its port."""
    if shutil.which("pgbouncer") is None or not cluster or not cluster._user:
        pytest.skip("PgBouncer is not installed, or this user may not start it as postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (cluster.folder / "users.txt").write_text('"postgres" ""\n')
    settings = cluster.folder / "pool.ini"
    settings.write_text(_SETTINGS.format(folder=cluster.folder, port=port, more=more))
    line = [*cluster._user, "pgbouncer", "--quiet", str(settings)]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not _listens(port):
            time.sleep(0.01)
        yield port
        process.terminate()


def _listens(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = options"])
def test_a_pool_that_gives_each_transaction_another_connection_is_refused(
    postgres_databases, postgres_url, tmp_path, more
):
    name = psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"]
    with pool(postgres_databases.cluster, more) as port, pytest.raises(ConfigurationError) as caught:
        open_store(f"postgresql://postgres@127.0.0.1:{port}/{name}?sslmode=disable", tmp_path)
    assert "a pool such as PgBouncer stands between" in str(caught.value)
