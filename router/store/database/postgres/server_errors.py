"""What PostgreSQL's errors mean: whose fault they are, what a person reads, and what can be done.

The server's own words are never given on: they may hold what was to be written.
"""

from __future__ import annotations

import psycopg

ERRORS: tuple[type[Exception], ...] = (psycopg.Error, OSError)
"""What the driver raises where the server cannot be used."""

_WORDS = {
    "57P": "the server is shutting down or starting",
    "57014": "it took too long",
    "08": "the server cannot be reached",
    "28": "the server does not accept this user or password",
    "3D000": "the server has no database of that name",
    "42501": "this user may not do that in this database",
    "42P01": "the database's tables are not those that this version makes",
    "42703": "the database's tables are not those that this version makes",
    "53100": "the server's disk is full",
    "53200": "the server has no memory left",
    "53300": "the server has no connection left",
    "25P03": "it took too long",
    "25006": "the server only reads: it is a standby, or was set so",
    "40": "another process was in the way",
    "55P03": "another process was in the way",
    "22P05": "a value cannot be stored",
    "22021": "a value cannot be stored",
    "23": "it contradicts what is there",
    "54": "it is larger than a row can be",
    "22": "a value is of the wrong kind",
    "58": "the server's disk reports an error",
    "XX": "the server reports damage",
}

_WHAT_TO_DO = {
    "28": "look at the user and the password in ROUTER_DATABASE_URL",
    "3D000": "create it, or name another one",
    "42501": "give this user the right to create tables in it",
    "53100": "free some space",
    "53300": "raise max_connections, or put a pool between",
    "25006": "name the primary server",
}

# Of these the server says that the value or the statement was at fault, and not the database as it is now.
_OF_VALUES = ("21", "22", "23", "54", "0A")

# Tables that are not there, or not ours: with SQLite too that is the database's fault.
_OF_TABLES = ("42P01", "42703", "42501", "3F")

POOL_BETWEEN = "unsupported startup parameter"
"""What PgBouncer says to settings of a connection, unless it was told to drop them."""

_CONNECTING = {
    POOL_BETWEEN: "a pool such as PgBouncer stands between, and drops a connection's settings: name the server",
    "password authentication failed": "the server does not accept this user or password",
    "no password supplied": "the server wants a password",
    "does not exist": "the server has no database or no user of that name",
    "no pg_hba.conf entry": "the server does not let this machine in",
    "too many clients": "the server has no connection left",
    "remaining connection slots": "the server has no connection left",
    "starting up": "the server is shutting down or starting",
    "shutting down": "the server is shutting down or starting",
    "certificate": "the server's certificate is not accepted",
    "ssl": "the server and this machine agree on no encryption",
    "could not translate host name": "the server's name is not known",
    "name or service not known": "the server's name is not known",
}


def is_passing(error: BaseException) -> bool:
    """Whether another process was in the way for a moment: a deadlock that the server ended, a lock."""
    return _state_of(error).startswith(("40", "55P03"))


def is_slowness(error: BaseException) -> bool:
    """Whether the server is there, and others kept it from answering: a lock, a deadlock, a time-out of ours."""
    return is_passing(error) or _state_of(error) in ("57014", "25P03")


def is_of_database(error: BaseException) -> bool:
    """Whether an error is about the database as it is now, and not about what was to be written."""
    if isinstance(error, psycopg.Error):
        if isinstance(error, psycopg.OperationalError | psycopg.InternalError):
            return not _state_of(error).startswith(_OF_VALUES)
        return isinstance(error, psycopg.ProgrammingError) and _state_of(error).startswith(_OF_TABLES)
    return isinstance(error, OSError)


def words_of(error: BaseException) -> str:
    """What an error means, in words that quote nothing: the server's own may hold what was to be written."""
    state = _state_of(error)
    for beginning, words in _WORDS.items():
        if state.startswith(beginning):
            return words
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return _words_of_connecting(error)
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    is_value = isinstance(error, psycopg.DataError | ValueError | TypeError | OverflowError)
    return "a value cannot be stored" if is_value else "of a fault"


def advice_on(error: BaseException) -> str:
    """What a person can do about an error; empty where nobody knows, or where its words say it."""
    state = _state_of(error)
    return next((advice for beginning, advice in _WHAT_TO_DO.items() if state.startswith(beginning)), "")


def _words_of_connecting(error: psycopg.Error) -> str:
    """What libpq says of a connection that could not be had, for which it has no codes."""
    text = str(error).lower()
    for sign, words in _CONNECTING.items():
        if sign in text:
            return words
    return "the server cannot be reached"


def _state_of(error: BaseException) -> str:
    """The server's five characters for an error; empty where it did not raise it."""
    return getattr(error, "sqlstate", None) or ""
