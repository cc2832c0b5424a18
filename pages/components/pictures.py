"""Pictures that a person adds: made small at once, so that a page never holds what was uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.images import TOTAL_BYTES, Picture, PictureError, prepare_picture

MOST = 5
"""Pictures of one prompt: each may then take a fifth of what all providers accept."""


def read_pictures(files: Sequence[Any]) -> tuple[Picture, ...]:
    """Uploaded files as pictures fit to be sent.

    Raises:
        ValueError: too many, or one that cannot be used; names it.
    """
    if len(files) > MOST:
        raise ValueError(f"{len(files)} pictures are too many for one prompt; {MOST} are the most.")
    return tuple(read_picture(file.name, file.getvalue()) for file in files)


def read_picture(name: str, data: bytes) -> Picture:
    """One file as a picture fit to be sent.

    Raises:
        ValueError: it cannot be used; names it and says what to do.
    """
    try:
        return prepare_picture(data, budget=TOTAL_BYTES // MOST)
    except PictureError as error:
        raise ValueError(f"{name}: {error}.") from None
