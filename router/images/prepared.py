"""Which pictures were made here, so that one that comes back with a call is not made anew, and worse.

A caller's word for it would not do: what says that it was prepared may still tell where it was taken.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

_MOST = 256
"""Thumbnails kept, at some 5 kB: a picture that has left them is merely prepared once more."""


class PreparedPictures:
    """The latest pictures by the hash of their bytes, each with its thumbnail."""

    def __init__(self) -> None:
        self._thumbnails: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def add(self, sha256: str, thumbnail: str) -> None:
        """Note a picture that has just been made."""
        with self._lock:
            self._thumbnails[sha256] = thumbnail
            self._thumbnails.move_to_end(sha256)
            if len(self._thumbnails) > _MOST:
                self._thumbnails.popitem(last=False)

    def thumbnail_of(self, sha256: str) -> str | None:
        """The thumbnail of a picture that was made here; None of any other."""
        with self._lock:
            return self._thumbnails.get(sha256)


PREPARED = PreparedPictures()
"""The process's own: a page's picture goes out through whatever router."""
