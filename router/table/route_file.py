"""Reading the routing table: from a file, or from plain values, checked as a whole."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from router.environment.setting_paths import is_no_file
from router.errors import ConfigurationError
from router.table.dialects import resolved_dialects, shipped_rows
from router.table.routes import RoutingTable
from router.table.rows import faults_in_words


class FileStamp(NamedTuple):
    """What changes of a file whenever what is in it does: also where it is replaced, or its dates are set back."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int


def file_stamp(path: Path) -> FileStamp | None:
    """The stamp of a file, for the price of one `stat`; None where there is none."""
    try:
        status = os.stat(path)  # which costs half of what `Path.stat` does, before every request
    except OSError:
        return None
    return FileStamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


_read_tables: dict[Path, tuple[FileStamp, RoutingTable]] = {}  # two threads may read the same file: both are right


def load_routes(path: Path) -> RoutingTable:
    """Read and check a routing table; one that has not changed since is not read again.

    Raises:
        ConfigurationError: the file is missing, is no TOML, or says something that cannot hold; names the file,
            the setting and its value.
    """
    stamp = file_stamp(path)  # ahead of the reading: what is written meanwhile is then read the next time
    read_at, table = _read_tables.get(path, (None, None))
    if table is None or stamp is None or read_at != stamp:
        table = checked(read_document(path), str(path), f"the routing table {path}")
        if stamp is not None:
            _read_tables[path] = stamp, table
    return table


def read_document(path: Path) -> dict[str, Any]:
    """A table's plain values, unchecked.

    Raises:
        ConfigurationError: the file is missing, or no TOML.
    """
    if is_no_file(path):
        raise ConfigurationError(f"{path} is a folder or a device; ROUTER_ROUTES has to name a readable file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"the routing table {path} cannot be read ({error.strerror}); ROUTER_ROUTES has to name a readable file"
        ) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise ConfigurationError(f"the routing table {path} is no valid TOML: {error}") from error


def checked(data: Mapping[str, Any], source: str, name: str) -> RoutingTable:
    """A table out of plain values.

    Args:
        source: where they come from, kept in the table.
        name: what they are, for the error.

    Raises:
        ConfigurationError: they say something that cannot hold; names each setting and its value.
    """
    try:
        dialects = data.get("dialects", {})
        if isinstance(dialects, Mapping):
            # A dialect may be like a shipped one, which the file itself need not repeat.
            rows = resolved_dialects({**_other_rows(dialects), **dialects})
            dialects = {name: row for name, row in rows.items() if name in dialects}
        return RoutingTable.model_validate({**data, "dialects": dialects, "source": source})
    except ValidationError as error:
        raise ConfigurationError(f"{name} does not hold:\n{faults_in_words(error)}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{name} does not hold:\n{error}") from None


def _other_rows(dialects: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: row for name, row in shipped_rows().items() if name not in dialects}
