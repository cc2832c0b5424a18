"""Every exception of the HTTP stack made a `Signal` in our own words.

What the libraries say of a failure may quote the reply's bytes (an organization's id, a key sent back) and their
exceptions hold the request with its headers. So neither their words nor they themselves go any further than this: a
sentence is chosen by the exception's class, by the operating system's error number or by OpenSSL's code.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping

from router.failures.outcomes import Kind, Signal


def translate_unanswered(error: BaseException, *, sent: bool) -> Signal:
    """What a foreign exception ahead of the reply means.

    Args:
        sent: whether the request had its connection.
    """
    words = _words_of(error)
    if not sent:
        return Signal(Kind.OWN if _is_own_trouble(error) else Kind.NOT_SENT, message=words)
    return Signal(Kind.LOST, message=words)


def translate_cut(error: BaseException, status: int) -> Signal:
    """What a foreign exception within the reply means.

    Args:
        status: the reply's HTTP status.
    """
    return Signal(Kind.CUT, http_status=status, message=_words_of(error))


_OWN_TROUBLE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL})
"""This machine has no file descriptor, no memory or no local port left: no provider is to blame for it."""


def _is_own_trouble(error: BaseException) -> bool:
    """Whether a connection failed for want of something on this machine.

    A host name that cannot be resolved says so too where there is no file descriptor left to ask with: the C library
    then tells of a name that is not known, so a descriptor is asked for here.
    """
    chain = _causes(error)
    if any("gaierror" in _names(cause) for cause in chain):
        return _lacks_descriptors()
    numbers = [_integer(cause, "errno") for cause in chain if isinstance(cause, OSError)]
    # The last is the root. A name with two addresses may have failed for two reasons; the last one tried counts.
    return any(number in _OWN_TROUBLE for number in numbers[-1:])


def _lacks_descriptors() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in _OWN_TROUBLE
    return False


def _causes(error: BaseException) -> list[BaseException]:
    """The exception, then what it came from, the root last; by identity, since a foreign `==` may do anything."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or any(cause is known for known in chain):
            continue
        chain.append(cause)
        inner = cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        waiting += [cause.__cause__ or cause.__context__, *inner]
    return chain


def _names(error: BaseException) -> Iterator[str]:
    # By name, since aiohttp is not loaded before the first call, and httpx-aiohttp raises its classes as they are.
    return (cls.__name__ for cls in type(error).__mro__)


_INVALID = "what came is no valid HTTP"
_ENDED = "the connection ended before the body did"
_LATE = "no connection within its time limit"
_ADDRESS = "the address is none that can be called"
_PACKED = "the body cannot be unpacked"

_WORDS: Mapping[str, str] = {
    # bytes that are no HTTP
    "BadStatusLine": f"{_INVALID}: its first line is no status line",
    "LineTooLong": f"{_INVALID}: its headers are too long",
    "InvalidHeader": f"{_INVALID}: a header is malformed",
    "TransferEncodingError": f"{_ENDED}, or its chunks are malformed",
    "ContentLengthError": _ENDED,
    "BadHttpMessage": _INVALID,
    "HttpProcessingError": _INVALID,
    "RemoteProtocolError": _INVALID,
    "LocalProtocolError": "the request is no valid HTTP",
    "ContentEncodingError": _PACKED,
    "DecodingError": _PACKED,
    # the connection
    "ServerDisconnectedError": "the connection was closed before the reply",
    "ClientPayloadError": _ENDED,
    "EOFError": _ENDED,
    "ConnectionTimeoutError": _LATE,
    "ConnectTimeout": _LATE,
    "gaierror": "the host's name cannot be resolved",
    "herror": "the host's name cannot be resolved",
    "SSLError": "TLS failed",
    "CertificateError": "the certificate is not trusted",
    "ClientConnectorCertificateError": "the certificate is not trusted",
    "ServerFingerprintMismatch": "the certificate is not trusted",
    "ProxyError": "the proxy could not be used",
    "ClientHttpProxyError": "the proxy could not be used",
    "ClientProxyConnectionError": "the proxy could not be used",
    "InvalidURL": _ADDRESS,
    "UnsupportedProtocol": _ADDRESS,
    # what Python raises without an error number
    "ConnectionRefusedError": os.strerror(errno.ECONNREFUSED),
    "ConnectionResetError": os.strerror(errno.ECONNRESET),
    "ConnectionAbortedError": os.strerror(errno.ECONNABORTED),
    "BrokenPipeError": os.strerror(errno.EPIPE),
    "TimeoutError": os.strerror(errno.ETIMEDOUT),
    "TimeoutException": os.strerror(errno.ETIMEDOUT),
}
"""By the class's name; a subclass that is not listed takes its parent's."""

_TRUST: Mapping[int, str] = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed",
    19: "a certificate in its chain is self-signed",
    20: "its issuer is not known",
    62: "it is for another host name",
    64: "it is for another IP address",
}
"""OpenSSL's `X509_V_ERR_…` codes, from its x509_vfy.h."""

_TLS: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": "TLS failed: the other side does not speak it",
    "HTTP_REQUEST": "TLS failed: the other side does not speak it",
    "RECORD_LAYER_FAILURE": "TLS failed: the other side does not speak it",
    "UNEXPECTED_EOF_WHILE_READING": "TLS failed: the connection was closed",
}
"""By OpenSSL's reason."""


def _words_of(error: BaseException) -> str:
    """The most telling sentence: the root's first, since what is around it says less."""
    chain = _causes(error)
    for cause in reversed(chain):
        if (words := _specific_words(cause)) is not None:
            return words
    # A class's name is the library's, and holds nothing that has come.
    return f"the connection failed ({type(chain[-1]).__name__})"


def _specific_words(cause: BaseException) -> str | None:
    names = list(_names(cause))
    if "SSLCertVerificationError" in names:
        trouble = _TRUST.get(_integer(cause, "verify_code"))
        return f"{_WORDS['CertificateError']}{': ' if trouble else ''}{trouble or ''}"
    if "SSLError" in names:
        return _TLS.get(str(getattr(cause, "reason", None)), _WORDS["SSLError"])
    number = _integer(cause, "errno")
    # gaierror counts in numbers of its own.
    if isinstance(cause, OSError) and number in errno.errorcode and "gaierror" not in names:
        return os.strerror(number)
    if "error" in names and type(cause).__module__ in ("zlib", "brotli", "_brotli", "zstandard"):
        return _PACKED
    return next((_WORDS[name] for name in names if name in _WORDS), None)


def _integer(cause: BaseException, name: str) -> int:
    value = getattr(cause, name, None)
    return value if isinstance(value, int) else 0
