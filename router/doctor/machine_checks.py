"""This machine looked at: the database that the log is written to, and the room on its disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from router.doctor.findings import Finding, Verdict
from router.errors import ConfigurationError
from router.settings import PROJECT, Settings

if TYPE_CHECKING:
    from router.store import Store

LITTLE_ROOM = 2**30
"""Bytes: some weeks of a busy log."""

NO_ROOM = 100 * 2**20
"""Bytes: the database's own journal may need as much."""


def database_finding(settings: Settings) -> tuple[Finding, Store | None]:
    """Whether the database can be opened and written; gives it, for its owner to close."""
    from router.store import open_store

    try:
        store = open_store(settings.database_url, PROJECT)
    except ConfigurationError as error:
        advice = "look at ROUTER_DATABASE_URL, and at who may write there"
        return Finding("database", Verdict.FAULT, f"{error}.", advice), None
    is_written, trouble = store.flush(), store.log_error
    if not is_written or (trouble is not None and not trouble.writing):
        words = "It cannot be written." if trouble is None else f"{trouble.text}."
        return Finding("database", Verdict.FAULT, words, "free some space, and see who may write there"), store
    return Finding("database", Verdict.GOOD, f"{store.path or 'The database server'} is open and written."), store


def disk_finding(folder: Path) -> Finding:
    """How much room is left where the database is."""
    free = shutil.disk_usage(folder).free
    words = f"{free / 2**30:.1f} GiB are free at {folder}."
    if free >= LITTLE_ROOM:
        return Finding("disk", Verdict.GOOD, words)
    verdict = Verdict.FAULT if free < NO_ROOM else Verdict.WARNING
    return Finding("disk", verdict, words, "free some; python -m router retain --days 90 deletes the log's older rows")
