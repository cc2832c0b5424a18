"""The pictures in a call: each made fit to be sent, whoever it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.images.limits import LEAST_BYTES, TOTAL_BYTES, PictureError
from router.images.pictures import data_url, picture_part, prepare_picture
from router.images.prepared import PREPARED
from router.request import Call, decode_data_url
from router.types import Message

MOST_PICTURES = TOTAL_BYTES // LEAST_BYTES
"""Pictures of one request: of more, none would be worth looking at."""


def prepare_call(call: Call) -> Call:
    """The call with every picture in it made fit to be sent; addresses of pictures are left as they are.

    Raises:
        PictureError: one cannot be used; names its place in the messages. Or there are too many.
    """
    if call.images > MOST_PICTURES:
        raise PictureError(f"{call.images} pictures are too many for one request; {MOST_PICTURES} are the most")
    budget = TOTAL_BYTES // max(call.images, 1)
    return replace(call, messages=tuple(_message(i, message, budget) for i, message in enumerate(call.messages)))


def _message(index: int, message: Message, budget: int) -> Message:
    content = message["content"]
    if isinstance(content, str):
        return message
    return {**message, "content": _parts(f"messages[{index}].content", content, budget)}


def _parts(where: str, parts: Sequence[Mapping[str, Any]], budget: int) -> list[Mapping[str, Any]]:
    return [_part(f"{where}[{index}]", part, budget) for index, part in enumerate(parts)]


def _part(where: str, part: Mapping[str, Any], budget: int) -> Mapping[str, Any]:
    if part["type"] != "image_url":
        return part
    url = part["image_url"]["url"]
    if not url.startswith("data:"):
        return {"type": "image_url", "image_url": part["image_url"]}
    try:
        sent = _sent_part(decode_data_url(url), budget)
    except ValueError as error:
        raise PictureError(f"{where}: {error}") from error
    detail = {name: value for name, value in part["image_url"].items() if name != "url"}
    return {**sent, "image_url": {**sent["image_url"], **detail}}


def _sent_part(data: bytes, budget: int) -> Mapping[str, Any]:
    """The part that is sent: a picture that was made here goes out as it is, and anything else is made anew."""
    sha256 = hashlib.sha256(data).hexdigest()
    thumbnail = PREPARED.thumbnail_of(sha256)
    if thumbnail is not None and len(data) * 4 // 3 <= budget:
        return picture_part(data_url(data), sha256, thumbnail)
    return prepare_picture(data, budget=budget).part
