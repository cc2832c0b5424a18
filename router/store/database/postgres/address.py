"""The URL of a server, as this store reads it."""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from router.errors import ConfigurationError

_FORM = "it is written postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database of a server is.

    Attributes:
        conninfo: what the driver connects with; holds the password.
        name: host and database, for error texts.
        key: what two URLs of the same database have in common.
    """

    conninfo: str = field(repr=False)
    name: str
    key: str


def read_address(url: str, setting: str) -> Address:
    """Read a URL: `postgresql://`, `postgres://` or `postgresql+psycopg://`, with libpq's options behind a `?`.

    Args:
        setting: the setting and its value without a password, for the error.

    Raises:
        ConfigurationError: it is no such URL, names no database, or has an option that libpq does not know.
    """
    _, _, inner = url.partition("://")
    try:
        options = {name: str(value) for name, value in conninfo_to_dict(f"postgresql://{inner}").items()}
    except (ProgrammingError, ValueError):
        # Without the cause, whose text may hold the password.
        raise ConfigurationError(f"{setting} cannot be read; {_FORM}") from None
    if not options.get("dbname"):
        raise ConfigurationError(f"{setting} names no database; {_FORM}")
    host = options.get("host") or options.get("hostaddr") or "localhost"
    name = f"{host}/{options['dbname']}"
    key = "|".join(
        [host, options.get("port", ""), options["dbname"], options.get("user", ""), options.get("options", "")]
    )
    return Address(make_conninfo(**options), f"the database {name}", f"postgresql|{key}")
