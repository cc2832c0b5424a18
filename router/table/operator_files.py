"""Providers of one's own making: a folder of files, each with entries, dialects and models, added to the table.

The routing table stays as it is shipped, and takes them in as offers: each is off until it has its key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from router.errors import ConfigurationError
from router.table.dialects import Dialect, resolved_dialects, shipped_rows
from router.table.route_file import FileStamp, checked, file_stamp, load_routes, read_document
from router.table.routes import ModelEntry, ProviderEntry, ProviderName, RoutingTable, dialect_named
from router.table.rows import TableRow, faults_in_words
from router.types import Target

_LARGEST = 200_000  # bytes: an entry is some lines


class ProviderFile(TableRow):
    """One such file, as strictly read as the table itself."""

    dialects: dict[str, Dialect] = {}
    providers: dict[ProviderName, ProviderEntry] = Field(min_length=1)
    models: dict[str, ModelEntry] = {}

    @model_validator(mode="after")
    def _names_its_own(self) -> ProviderFile:
        for key in self.models:
            if Target.parse(key).provider not in self.providers:
                raise ValueError(f"model {key!r} is no model of this file's providers: {', '.join(self.providers)}")
        return self


def read_provider_file(text: str, name: str) -> dict[str, Any]:
    """The plain values of a file's text, checked.

    Args:
        name: the file's, for the error.

    Raises:
        ConfigurationError: it is no TOML, or says something that cannot hold; names the file, the place, the value and
            what is allowed.
    """
    if len(text) > _LARGEST:
        raise ConfigurationError(f"{name} is larger than {_LARGEST:,} characters: it is no provider's entry")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name} is no valid TOML: {error}") from None
    try:
        dialects = data.get("dialects", {})
        rows = resolved_dialects({**shipped_rows(), **dialects}) if isinstance(dialects, Mapping) else dialects
        if isinstance(dialects, Mapping):
            data["dialects"] = {dialect: rows[dialect] for dialect in dialects}
        for provider, entry in ProviderFile.model_validate(data).providers.items():
            _check_dialect(provider, entry, rows)
    except ValidationError as error:
        raise ConfigurationError(f"{name} does not hold:\n{faults_in_words(error)}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{name} does not hold:\n{error}") from None
    return data


def _check_dialect(provider: str, entry: ProviderEntry, rows: Mapping[str, Any]) -> None:
    try:
        dialect_named(entry.dialect, rows)
    except ConfigurationError as error:
        raise ConfigurationError(f"  providers.{provider}.{error}") from None


def provider_files(folder: Path) -> list[Path]:
    """The files of a folder, in the order of their names; none where there is no such folder."""
    try:
        return sorted(path for path in folder.glob("*.toml") if path.is_file())
    except OSError:
        return []


_tables: dict[tuple[Path, Path], tuple[list[FileStamp | None], RoutingTable]] = {}


def load_table(path: Path, folder: Path | None) -> RoutingTable:
    """The routing table with the providers of a folder's files among its offers; read anew where a file has changed.

    Raises:
        ConfigurationError: a file is missing, cannot be read, or says something that cannot hold; names the file, the
            place, the value and what is allowed.
    """
    files = provider_files(folder) if folder is not None else []
    if folder is None or not files:
        return load_routes(path)
    # They are taken ahead of the reading: what is written meanwhile is then read the next time.
    stamps = [file_stamp(file) for file in (path, *files)]
    read_at, table = _tables.get((path, folder), (None, None))
    if table is None or read_at != stamps:
        document = with_provider_files(read_document(path), folder)
        table = checked(document, str(path), f"the routing table {path} with the files in {folder}")
        _tables[path, folder] = stamps, table
    return table


def with_provider_files(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A table's plain values with what is in a folder's files among its offers.

    Raises:
        ConfigurationError: a file cannot be read, does not hold, or adds what there is already.
    """
    whole = dict(document)
    for path in provider_files(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{path} cannot be read ({type(error).__name__}); take it away, or mend it"
            ) from None
        added = read_provider_file(text, str(path))
        for place, section in (("offers", "providers"), ("dialects", "dialects"), ("models", "models")):
            whole[place] = _joined(whole, place, added.get(section, {}), path)
    return whole


def _joined(whole: Mapping[str, Any], place: str, rows: Mapping[str, Any], path: Path) -> dict[str, Any]:
    there = dict(whole.get(place, {}))
    known = {**there, **(whole.get("providers", {}) if place == "offers" else {})}
    for name in rows:
        if name in known:
            raise ConfigurationError(f"{path}: {place}.{name} is there already; give it another name")
    return {**there, **rows}
