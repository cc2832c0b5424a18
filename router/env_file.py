"""The file `.env`, written: one variable changed, every other line as it was, never half of it."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream

_PLAIN = re.compile(r"[\w.:/@+~-]*", re.ASCII)


def set_values(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in the file, which is made where there is none; only its owner may read it afterwards.

    Raises:
        ValueError: a value with characters that would need quoting; the message does not hold it.
        OSError: the file cannot be written; it is then as it was.
    """
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"{name} holds characters that no key has; paste it again without blanks or quotes")
    path = path.resolve()
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _replace(path, changed(before, values))


def changed(text: str, values: Mapping[str, str]) -> str:
    """The file's text with the variables set: where they stood, or at the end."""
    left = dict(values)
    parts: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.key in values:
            if binding.key in left:
                parts.append(f"{binding.key}={left.pop(binding.key)}\n")
        else:
            parts.append(binding.original.string)
    whole = "".join(parts)
    if left and whole and not whole.endswith("\n"):
        whole += "\n"
    return whole + "".join(f"{name}={value}\n" for name, value in left.items())


def _replace(path: Path, text: str) -> None:
    """Put the text in the file's place at once: whoever reads it finds the old or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".env.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
