"""The file `.env`: read as UTF-8, and written with one variable changed and every other line as it was.

Two who save at once take turns, and whoever reads meanwhile finds the old file or the new one.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from router.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # Windows, where savers do not take turns
    fcntl = None  # type: ignore[assignment]

_PLAIN = re.compile(r"[\w.:/@+~-]*", re.ASCII)
_BOM = "\ufeff"
_TURN_SECONDS = 5.0
_CANNOT_REPLACE = {errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES}


# --- reading -------------------------------------------------------------------------------------------------------


def read_env_file(path: Path) -> dict[str, str]:
    """The variables that the file sets; none where there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or is no UTF-8 text; says what to do.
    """
    text = _text_of(path)
    values = dotenv_values(stream=io.StringIO(text.removeprefix(_BOM), newline=""))
    return {name: value for name, value in values.items() if value is not None}


def _text_of(path: Path) -> str:
    """The file's text, its byte order mark and line ends included."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return ""  # a virtual environment may have this name
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {_words_of(error)}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(_no_utf8(path, data, error.start)) from None
    if "\0" in text:
        raise ConfigurationError(_no_utf8(path, data, data.index(0)))
    return text


def _no_utf8(path: Path, data: bytes, place: int) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:64]:
        return f"{path} is written in UTF-16; save it as UTF-8 (in an editor: Save as, encoding UTF-8)"
    line = data.count(b"\n", 0, place) + 1
    return f"{path} is no UTF-8 text: line {line} holds a character in another encoding; save the file as UTF-8"


def _words_of(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a link that leads back to itself; put a file in its place"
    return error.strerror or type(error).__name__


# --- writing -------------------------------------------------------------------------------------------------------


def set_values(path: Path, values: Mapping[str, str]) -> None:
    """Set variables in the file; where there is none, one is made that its owner alone may read.

    Owner, group and mode of a file stay as they are, and so do a link and what it leads to.

    Raises:
        ValueError: a value with characters that would need quoting; the message does not hold it.
        ConfigurationError: the file that is there cannot be read; it stays as it is.
        OSError: the file cannot be written; it is then as it was.
    """
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"{name} holds characters that no key has; paste it again without blanks or quotes")
    path = _behind_links(path)
    with _turn(path.parent):
        _write_text(path, changed_text(_text_of(path), values))


def _behind_links(path: Path) -> Path:
    """Where a link leads. It is followed here and nowhere else, so that nobody can turn it meanwhile."""
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        return Path(os.path.realpath(path))  # the file is to be made, where a link may lead already
    except OSError as error:
        raise OSError(error.errno, _words_of(error), str(path)) from None


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """A turn among all who save a file of this folder, threads and processes alike.

    The folder itself is locked: a lock on the file would be lost with the file that is replaced, and one beside it
    would stay there.

    Raises:
        OSError: somebody else has not ended in `_TURN_SECONDS`, or there is no such folder.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + _TURN_SECONDS
        while not _is_locked(handle):
            if time.monotonic() > until:
                raise OSError(errno.EAGAIN, "another program is saving to it and does not end", str(folder))
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def _is_locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, such as some of those over a network: it has to go without
    return True


def _write_text(path: Path, text: str) -> None:
    """Put the text in the file's place at once; where it cannot be replaced, into the file that is there."""
    data = text.encode("utf-8")
    try:
        _replace(path, data)
    except OSError as error:
        # A file that a container mounts on its own, one of another owner, a folder that takes no further file.
        if error.errno not in _CANNOT_REPLACE or not path.exists():
            raise
        _overwrite(path, data)


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".env.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            with suppress(FileNotFoundError):
                _take_after(file.fileno(), path.stat())
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _take_after(handle: int, before: os.stat_result) -> None:
    """Give a new file the owner, the group and the mode of the one that it replaces."""
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(handle, before.st_uid, before.st_gid)  # ahead of the mode, some bits of which it would clear
    os.fchmod(handle, stat.S_IMODE(before.st_mode))


def _overwrite(path: Path, data: bytes) -> None:
    """Write into the file itself; what it held is put back where the new text does not fit on the disk."""
    with path.open("r+b", buffering=0) as file:
        before = file.read()
        try:
            _fill(file, data)
        except OSError:
            _fill(file, before)
            raise
        os.fsync(file.fileno())


def _fill(file: io.FileIO, data: bytes) -> None:
    file.seek(0)
    if file.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.truncate()


# --- the text ------------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"""\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^\s=\#]+)""")
_EQUALS = re.compile(r"[^\S\r\n]*=[^\S\r\n]*")
_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_COMMENT = re.compile(r"[^\S\r\n]+\#[^\r\n]*")
_COMMENT_BEHIND_QUOTES = re.compile(r"[^\S\r\n]*\#[^\r\n]*")
_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")


def changed_text(text: str, values: Mapping[str, str]) -> str:
    """The file's text with the variables set: where they stood, or at the end.

    `export`, comments, blank lines, line ends and a byte order mark stay. A variable that stands there twice is set
    where it stood first.
    """
    mark, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    end = "\r\n" if "\r\n" in body else "\n"
    unwritten = dict(values)
    parts: list[str] = []
    for binding in parse_stream(io.StringIO(body, newline="")):
        if binding.key in unwritten:
            parts.append(_changed_line(binding, unwritten.pop(binding.key), end))
        elif binding.key not in values:
            parts.append(binding.original.string)
    whole = "".join(parts)
    if unwritten and whole and not whole.endswith(("\n", "\r")):
        whole += end
    return mark + whole + "".join(f"{name}={value}{end}" for name, value in unwritten.items())


def _changed_line(binding: Binding, value: str, end: str) -> str:
    """One line with another value; all around the value stays."""
    line = binding.original.string
    head = _HEAD.match(line)
    if head is None:
        return f"{binding.key}={value}{end}"
    equals = _EQUALS.match(line, head.end())
    comment = _comment_behind(line, head.end() if equals is None else equals.end())
    line_end = _LINE_END.search(line)
    parts = (head[0], "=" if equals is None else equals[0], value, comment, line_end[0] if line_end else "")
    return "".join(parts)


def _comment_behind(line: str, start: int) -> str:
    """The comment behind a value that begins at `start`, with a blank before it; without one it would be a value."""
    quoted = _QUOTED.match(line, start)
    if quoted is None:
        comment = _COMMENT.search(line, start)
        return comment[0] if comment else ""
    comment = _COMMENT_BEHIND_QUOTES.match(line, quoted.end())
    return f" {comment[0]}" if comment and comment[0].startswith("#") else comment[0] if comment else ""
