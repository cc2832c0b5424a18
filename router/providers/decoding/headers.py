"""The one reader of what a reply says about waiting and allowances: its headers, its error object, its sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.failures import durations
from router.failures.durations import DAY, MINUTE
from router.failures.statements import StatedAllowance, StatedWait, Statements, WaitSource
from router.table.dialects import PLAIN, SPANS, Dialect, LimitHeaders

_HOUR = 3_600.0
_SPAN_WORDS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"per[ _-]?day|daily|\b(?:RPD|TPD|ITPD|OTPD)\b|PerDay", re.IGNORECASE), DAY),
    (re.compile(r"per[ _-]?hour|hourly|\b(?:RPH|TPH)\b|PerHour", re.IGNORECASE), _HOUR),
    (re.compile(r"per[ _-]?min|\b(?:RPM|TPM|ITPM|OTPM)\b|PerMinute", re.IGNORECASE), MINUTE),
)
"""The longest first: a sentence that names the day and the minute is about the one that ends later."""

_WAIT_FIELDS = ("retry_after_seconds", "retry_after", "retryAfter", "retryDelay", "retry_delay")
_FURTHER_RESETS = ("ratelimit-reset", "x-ratelimit-reset-after", "x-rate-limit-reset")
"""Further names of the header that says when a pool is made anew: the standard's draft, and two that are common."""

_LARGEST_LIMIT = 10**12
"""Requests or tokens: a greater figure is taken for this one, since it has to fit the database's integers."""


def read_statements(
    headers: Mapping[str, str],
    error: Mapping[str, Any] | None = None,
    message: str = "",
    dialect: Dialect = PLAIN,
) -> Statements:
    """Everything that a reply states about time and allowances.

    Args:
        headers: the reply's, with names in lower case.
        error: the error object; None or empty where there is none.
        message: the provider's sentence.
        dialect: which headers tell of allowances.
    """
    fields = error or {}
    words = " ".join([message, *_pool_names(fields)]) if fields or message else ""
    return Statements(
        waits=tuple(_waits(headers, fields, message)),
        allowances=tuple(_allowances(headers, dialect)),
        grants_nothing=any(
            pool.limit in headers and durations.number(headers[pool.limit]) == 0 for pool in dialect.limits
        ),
        used_up_span=next((span for pattern, span in _SPAN_WORDS if pattern.search(words)), None) if words else None,
        server_time=durations.http_date(headers["date"]) if "date" in headers else None,
    )


def _waits(headers: Mapping[str, str], error: Mapping[str, Any], message: str) -> Iterator[StatedWait]:
    """All waits, the most trustworthy first: what is meant for clients, then what is meant for people."""
    # An answer has none of them, and is read a thousand times as often as a refusal.
    if "retry-after-ms" in headers and (milliseconds := durations.number(headers["retry-after-ms"])) is not None:
        yield StatedWait(WaitSource.RETRY_AFTER, milliseconds / 1000.0)
    if "retry-after" in headers:
        yield from _wait_in(headers["retry-after"], WaitSource.RETRY_AFTER)
    if error or message:
        yield from _waits_in_error(error, message)
        for name in _FURTHER_RESETS:
            yield from _reset_in(headers.get(name))
    if "x-ratelimit-reset" in headers:
        yield from _reset_in(headers["x-ratelimit-reset"])


def _waits_in_error(error: Mapping[str, Any], message: str) -> Iterator[StatedWait]:
    inner = _mapping(_mapping(error.get("metadata")).get("headers"))
    # Some put what others send as headers into the error itself.
    quoted = {name.lower(): value for name, value in inner.items() if isinstance(name, str)}
    yield from _wait_in(quoted.get("retry-after"), WaitSource.RETRY_AFTER)
    yield from _reset_in(quoted.get("x-ratelimit-reset"))
    for place in _places(error):
        for name in _WAIT_FIELDS:
            yield from _wait_in(place.get(name), WaitSource.ERROR_FIELD)
    sentence_wait = durations.duration_in(message)
    if sentence_wait is not None:
        yield StatedWait(WaitSource.SENTENCE, sentence_wait)


def _wait_in(value: object, source: WaitSource) -> Iterator[StatedWait]:
    """A wait written as a number of seconds, as a duration or as a moment, in whatever form."""
    number = _largest_number(value)
    if number is not None and durations.is_epoch(number):
        yield StatedWait(source, until=durations.epoch(number))
        return
    seconds = durations.any_duration(value) if number is None and isinstance(value, str) else number
    if seconds is not None:
        yield StatedWait(source, durations.clamp(seconds))
    elif isinstance(value, str) and (moment := durations.any_date(value)) is not None:
        yield StatedWait(source, until=moment)


def _largest_number(value: object) -> float | None:
    """The number that a value is; of several, as a header that came twice has them, the longest wait."""
    number = durations.number(value.strip(" \t\"';") if isinstance(value, str) else value)
    if number is not None or not isinstance(value, str) or "," not in value:
        return number
    numbers = [durations.number(part) for part in value[:200].split(",")]
    known = [part for part in numbers if part is not None]
    return max(known) if len(known) == len(numbers) else None


def _reset_in(value: object) -> Iterator[StatedWait]:
    # Some count the seconds from now, and some name the moment.
    yield from _wait_in(value, WaitSource.POOL_RESET)


def _places(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where a field with a time may stand: the metadata, the availability, a list of details, the error."""
    details = error.get("details")
    listed = [detail for detail in details[:20] if isinstance(detail, Mapping)] if isinstance(details, list) else []
    return [_mapping(error.get("metadata")), _mapping(error.get("availability")), *listed, error]


def _pool_names(error: Mapping[str, Any]) -> list[str]:
    places = (error, _mapping(error.get("metadata")))
    return [place["limit_source"][:100] for place in places if isinstance(place.get("limit_source"), str)]


def _allowances(headers: Mapping[str, str], dialect: Dialect) -> Iterator[StatedAllowance]:
    for pool in dialect.limits:
        if pool.limit not in headers:
            continue
        limit = durations.number(headers[pool.limit])
        remaining = durations.number(headers.get(pool.remaining))
        if limit is None or remaining is None or limit < 1:
            continue
        limit = min(limit, _LARGEST_LIMIT)
        remaining_count = int(min(max(remaining, 0), limit))
        yield StatedAllowance(pool.unit, SPANS[pool.span], int(limit), remaining_count, _refill_seconds(headers, pool))


def _refill_seconds(headers: Mapping[str, str], pool: LimitHeaders) -> float:
    """Seconds until an allowance is whole again; 0 where nothing says it in the form that is expected.

    Where no header tells it at all, it is the whole span. A moment is counted from the reply's `Date`: our clock may
    be an hour off.
    """
    if pool.reset is None:
        return SPANS[pool.span]
    text = headers.get(pool.reset)
    if text is None:
        return 0.0
    if pool.form == "duration":
        seconds = durations.number(text)
        return durations.clamp(seconds) if seconds is not None else durations.duration(text) or 0.0
    moment = durations.epoch(text) if pool.form == "epoch" else durations.any_date(text)
    sent_at = durations.http_date(headers["date"]) if "date" in headers else None
    return 0.0 if moment is None or sent_at is None else durations.clamp(moment - sent_at)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
