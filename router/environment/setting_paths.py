"""Paths in settings: read as a shell would, and refused in words where no file can have such a name."""

from __future__ import annotations

from pathlib import Path

from router.environment.setting_values import shown_value
from router.errors import ConfigurationError


def parse_path(name: str, text: str, base: Path) -> Path:
    """The path in a setting; a relative one starts at `base`, and `~` is a home folder.

    Args:
        name: the setting's name, with its value where the two are not the same as `text`.
        text: the path, without blanks and quotes around it.

    Raises:
        ConfigurationError: it is no path, or begins with a user who is not known.
    """
    shown = name if "=" in name else f"{name}={shown_value(text)}"
    # A file may have a line end in its name; in a setting it is a slip, and nobody would find the file again.
    if not text.replace(" ", "").isprintable():
        raise ConfigurationError(f"{shown} is no path: it holds a character that cannot be read")
    try:
        return base / Path(text).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"{shown} begins with a user who has no home folder here") from None


def is_no_file(path: Path) -> bool:
    """Whether what is there is a folder, a device or a pipe.

    A pipe is read without end, and a device that a database is opened on would be made private for the whole machine.
    """
    try:
        return path.exists() and not path.is_file()
    except (OSError, RuntimeError):
        return False  # who opens it says what is wrong
