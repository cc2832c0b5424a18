"""The formats that are checked; of any other, a schema's `format` is a remark to the model.

The library's own checks need a package each, take "@" for an address and have no zone for a time: those here are what
RFC 3339 (dates and times), RFC 5321 (addresses) and RFC 9562 (UUIDs) say.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jsonschema import FormatChecker

_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]++)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LOCAL_PART = re.compile(rf'{_ATOM}(?:\.{_ATOM})*+|"(?:[ !#-\[\]-~]|\\[ -~])*+"')
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?|\[[0-9A-Za-z.:]++\]"
)
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254


def format_checker() -> FormatChecker:
    """The checks by the formats' names: those of the library that hold, and ours."""
    checker = FormatChecker(formats=("date", "ipv4", "ipv6"))
    for name, check in _CHECKS.items():
        checker.checks(name)(_of_texts(check))
    return checker


def _of_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """A format says something of texts alone; a number passes it."""
    return lambda value: not isinstance(value, str) or check(value)


def _is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if match is None or match[3] != "60":
        return match is not None
    # A leap second is the last of a day in UTC, whatever the zone calls it.
    offset = (int(match[5]) * 60 + int(match[6])) * (-1 if match[4] == "-" else 1) if match[4] else 0
    return (int(match[1]) * 60 + int(match[2]) - offset) % 1440 == 1439


def _is_date_time(text: str) -> bool:
    # The library's date is strict: Python's alone takes "20261127" and weeks too.
    return text[10:11] in ("T", "t", " ") and _DATES.conforms(text[:10], "date") and _is_time(text[11:])


def _is_email(text: str) -> bool:
    local_part, at, domain = text.rpartition("@")
    if not at or len(local_part) > _LONGEST_LOCAL_PART or len(text) > _LONGEST_ADDRESS:
        return False
    return _LOCAL_PART.fullmatch(local_part) is not None and _DOMAIN.fullmatch(domain) is not None


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


_DATES = FormatChecker(formats=("date",))
_CHECKS: dict[str, Callable[[str], bool]] = {
    "time": _is_time,
    "date-time": _is_date_time,
    "email": _is_email,
    "uuid": _is_uuid,
}
