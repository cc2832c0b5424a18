"""Databases for tests: a file in a folder, or a database of a PostgreSQL server that is thrown away at the end.

The server is Debian's, started once for all tests of a process, on a socket in a folder of its own and without waiting
for the disk. `TEST_DATABASE_URL` names another one, whose user may make databases. Each test has a database of its own,
made from one that is migrated already.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from router.store import open_store

_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class NoServerError(Exception):
    """There is no PostgreSQL here; its text says what was looked for."""


def programs_folder():
    """Where PostgreSQL's programs are.

    Raises:
        NoServerError: nowhere.
    """
    if shutil.which("initdb"):
        return Path(shutil.which("initdb")).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not folders:
        raise NoServerError("PostgreSQL is not installed (Debian: postgresql), and TEST_DATABASE_URL is not set")
    return folders[-1].parent


class Cluster:
    """A server of our own: started by `start`, thrown away by `stop`.

    Args:
        quick: whether it leaves out what saves rows from a crash of the machine.
        address: where it listens for others, beside its socket; nowhere if left out.
        block: the addresses that are let in there.
    """

    def __init__(self, *, quick: bool = True, address: str = "", block: str = "") -> None:
        self._settings = f"-c max_connections=200 -c listen_addresses='{address}' {_QUICK if quick else ''}"
        self._block = block
        self._programs = programs_folder()
        # Root may start none; the folder is one that its user can reach, as pytest's own are not.
        self._user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        if self._user:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise NoServerError("there is no user postgres, and root may not start a server") from None
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def start(self) -> None:
        """Make it and start it."""
        data = self.folder / "data"
        how = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(data), *how)
        if self._block:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self._block} trust\n")
        self.resume()

    def resume(self) -> None:
        """Start it."""
        options = f"-c unix_socket_directories={self.folder} {self._settings}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "start", "-o", options
        )

    def halt(self, mode="fast") -> None:
        """Stop it; its data stay."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def stop(self) -> None:
        """Stop it and take it away."""
        self.halt("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def socket(self):
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def url(self, name):
        """The URL of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _run(self, program, *arguments):
        line = [*self._user, str(self._programs / program), *arguments]
        result = subprocess.run(line, capture_output=True, text=True, cwd="/", check=False)
        assert result.returncode == 0, result.stderr + result.stdout


class Databases:
    """Databases of one server, made for tests and dropped again."""

    def __init__(self, url_of: Callable[[str], str], cluster: Cluster | None = None) -> None:
        self.cluster = cluster
        self._url_of = url_of
        self._numbers = itertools.count()
        self._template = self._new_name("template")
        self.command(f"CREATE DATABASE {self._template} ENCODING 'UTF8' TEMPLATE template0")
        open_store(self._url_of(self._template), Path("/")).close()

    def make(self):
        """A new database with our tables; gives its URL."""
        name = self._new_name("test")
        self.command(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self._url_of(name)

    def make_empty(self):
        """A new database without tables; gives its URL."""
        name = self._new_name("empty")
        self.command(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        return self._url_of(name)

    def drop(self, url):
        """Take a database away, whoever is connected to it."""
        import psycopg

        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self.command(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self):
        """Take the template away."""
        self.command(f"DROP DATABASE {self._template} WITH (FORCE)")

    def command(self, sql):
        """Execute a statement outside of any test's database."""
        import psycopg

        with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())

    def _new_name(self, kind):
        return f"router_{kind}_{os.getpid()}_{next(self._numbers)}"


@contextmanager
def running_databases(*, quick=True):
    """The server of a test session.

    Args:
        quick: as for `Cluster`.

    Raises:
        NoServerError: there is none here.
    """
    url = os.environ.get("TEST_DATABASE_URL")
    if url is not None:
        databases = Databases(lambda name: _with_database(url, name))
        yield databases
        databases.close()
        return
    cluster = Cluster(quick=quick)
    try:
        cluster.start()
        yield Databases(cluster.url, cluster)
    finally:
        cluster.stop()


def _with_database(url, name):
    from urllib.parse import urlsplit, urlunsplit

    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class DatabaseForTest:
    """A database of one kind or the other.

    Attributes:
        kind: `sqlite` or `postgres`.
        folder: of the test; relative paths start there.
    """

    kind: str
    url: str
    folder: Path

    def open(self):
        """A store on it."""
        return open_store(self.url, self.folder)

    def rows(self, sql, *values):
        """Rows as another program reads them, as tuples."""
        return [tuple(row.values()) for row in self.named_rows(sql, *values)]

    def named_rows(self, sql, *values):
        """Rows as another program reads them, by column name."""
        if self.kind == "postgres":
            import psycopg

            with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as connection:
                return connection.execute(sql.replace("?", "%s").encode(), values or None).fetchall()
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"))
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()
