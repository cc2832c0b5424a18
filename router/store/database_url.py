"""Where a database is, as a URL names it: a file of this machine or a server, and how each is opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from router.environment.setting_paths import is_no_file, parse_path
from router.errors import ConfigurationError
from router.store.database import migrations
from router.store.database.connections import Database, SqlConnection, is_server
from router.store.database.migrations import Scripts
from router.store.database.sqlite import dialect
from router.store.database.sqlite.file import DatabaseFile
from router.store.log.histograms import merged


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where a database is, as a URL names it.

    Attributes:
        key: what two URLs of the same database have in common.
        setting: the setting and its value without a password, for error texts.
        path: the file; None where it is a server.
    """

    key: str
    setting: str
    path: Path | None
    scripts: Scripts
    errors: tuple[type[Exception], ...]
    words_of: Callable[[BaseException], str]
    advice: str
    open: Callable[[Callable[[SqlConnection], None]], Database]


def place_of(url: str, base: Path, setting: str) -> DatabasePlace:
    """Where the database is that a URL names; nothing is opened yet.

    Args:
        base: the folder at which a relative path starts.
        setting: the setting and its value without a password, for error texts.

    Raises:
        ConfigurationError: no such URL, or none that can be looked at.
    """
    return _server_at(url, setting) if is_server(url) else _file_at(url, base, setting)


@contextmanager
def explaining_errors(place: DatabasePlace) -> Iterator[None]:
    """Give a database's own errors as `ConfigurationError`, in words and with what to do."""
    try:
        yield
    except place.errors as error:
        words = f"{place.setting} cannot be opened ({place.words_of(error)}); {place.advice}"
        # Without its cause, whose text may hold a piece of what was to be written.
        raise ConfigurationError(words) from None


def _file_at(url: str, base: Path, setting: str) -> DatabasePlace:
    path = _path_of(url, base, setting)
    place = DatabasePlace(
        key=str(path),
        setting=setting,
        path=path,
        scripts=migrations.FileScripts(),
        errors=dialect.ERRORS,
        words_of=dialect.words_of,
        advice="name a file in a folder that can be written to",
        open=partial(_open_file, path),
    )
    with explaining_errors(place):
        real = Path(os.path.realpath(path))  # `resolve` has an error of its own for a link that leads to itself
    return replace(place, key=str(real), path=real, open=partial(_open_file, real))


def _open_file(path: Path, prepare: Callable[[SqlConnection], None]) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    return DatabaseFile(path, prepare, merged)


def _server_at(url: str, setting: str) -> DatabasePlace:
    # Whose driver is loaded only where it is used.
    from router.store.database.postgres import server_errors
    from router.store.database.postgres.address import read_address
    from router.store.database.postgres.scripts import ServerScripts
    from router.store.database.postgres.server import Server

    address = read_address(url, setting)
    return DatabasePlace(
        key=address.key,
        setting=setting,
        path=None,
        scripts=ServerScripts(),
        errors=server_errors.ERRORS,
        words_of=server_errors.words_of,
        advice="look after the server, or name another one",
        open=lambda prepare: Server(address, prepare, merged),
    )


def _path_of(url: str, base: Path, setting: str) -> Path:
    name = url.removeprefix("sqlite:///")
    if name == url or not name or name == ":memory:":
        raise ConfigurationError(
            f"{setting} cannot be used: name a file, such as sqlite:///data/router.db, "
            "or a server, such as postgresql://user:password@host/database"
        )
    if "?" in name:
        raise ConfigurationError(
            f"{setting} cannot be used: it has options behind a question mark; name the file alone"
        )
    path = parse_path(setting, name, base)
    if is_no_file(path):
        raise ConfigurationError(f"{setting} is a folder or a device; name a file in a folder that can be written to")
    return path
