"""Pictures that a person adds: made small at once, so that a page never holds what was uploaded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from router.images import TOTAL_BYTES, Picture, PictureError, prepare_picture

MOST = 5
"""Pictures of one prompt: each may then take a fifth of what all providers accept."""

UPLOADS = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif"]
"""What may be chosen; what cannot be read among these is refused with what to do."""

_GPS, _MAKE, _TAKEN = 0x8825, 0x010F, 0x0132


@dataclass(frozen=True, slots=True)
class Added:
    """A picture in the tray.

    Attributes:
        removed: the metadata that the file had and that is not sent, in words.
    """

    name: str
    picture: Picture
    removed: tuple[str, ...] = ()


def read_pictures(files: Sequence[Any]) -> tuple[Picture, ...]:
    """Uploaded files as pictures fit to be sent; the files are let go of.

    Raises:
        ValueError: too many, or one that cannot be used; names it.
    """
    if len(files) > MOST:
        raise ValueError(f"{len(files)} pictures are too many for one prompt; {MOST} are the most.")
    found = tuple(read_picture(file.name, file.getvalue()).picture for file in files)
    for file in files:
        forget(file)
    return found


def read_picture(name: str, data: bytes) -> Added:
    """One file as a picture fit to be sent.

    Raises:
        ValueError: it cannot be used; names it and says what to do.
    """
    try:
        picture = prepare_picture(data, budget=TOTAL_BYTES // MOST)
    except PictureError as error:
        raise ValueError(f"{name}: {error}.") from None
    return Added(name, picture, metadata_in(data))


def metadata_in(data: bytes) -> tuple[str, ...]:
    """What a file tells besides its pixels, in words; nothing of it is sent."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        found = [("where it was taken (GPS)", _GPS in exif), ("camera", _MAKE in exif), ("when", _TAKEN in exif)]
        found += [("colour profile", "icc_profile" in image.info), ("comments", "comment" in image.info)]
    named = [words for words, there in found if there]
    return tuple(named or (["EXIF"] if len(exif) else []))


def forget(file: Any) -> None:
    """Take an upload out of the server's memory, where Streamlit would keep it until the session ends."""
    context = get_script_run_ctx()
    manager: Any = context.uploaded_file_mgr if context is not None else None
    if context is not None and hasattr(manager, "remove_file"):
        manager.remove_file(session_id=context.session_id, file_id=file.file_id)


# --- the tray ----------------------------------------------------------------------------------------------------


def tray() -> list[Added]:
    """The pictures of the next prompt."""
    found: list[Added] = st.session_state.setdefault("tray", [])
    return found


def add(name: str, data: bytes) -> None:
    """Put a picture into the tray, or say why not."""
    problems: list[str] = st.session_state.setdefault("tray_problems", [])
    if len(tray()) >= MOST:
        problems.append(f"{name}: {MOST} pictures are the most for one prompt.")
        return
    try:
        tray().append(read_picture(name, data))
    except ValueError as error:
        problems.append(str(error))


def take_uploads(widget: str) -> None:
    """Read what was uploaded once, and let go of it."""
    given = st.session_state.get(widget)
    if not given:
        return
    for file in given if isinstance(given, list) else [given]:
        add(file.name, file.getvalue())
        forget(file)
    # Another widget takes this one's place, and with it the files are gone from the page.
    st.session_state["upload"] = st.session_state.get("upload", 0) + 1


def offer_upload() -> None:
    """A place for files; what comes is made small and put into the tray at once."""
    key = f"upload_{st.session_state.get('upload', 0)}"
    st.file_uploader(
        f"Pictures, {MOST} at most", type=UPLOADS, accept_multiple_files=True, key=key, on_change=take_uploads,
        args=(key,), max_upload_size=8,
    )  # fmt: skip


def remove(place: int) -> None:
    """Take a picture out of the tray."""
    if place < len(tray()):
        tray().pop(place)


def show_tray() -> None:
    """What would be sent: each picture with its size before and after, and what is left out."""
    for problem in st.session_state.pop("tray_problems", []):
        st.error(problem, icon=":material/broken_image:")
    added = tray()
    if not added:
        return
    with st.container(horizontal=True, key="tray"):
        for place, one in enumerate(added):
            with st.container(width=260, border=True):
                _show_added(place, one)


def _show_added(place: int, one: Added) -> None:
    picture = one.picture
    st.image(picture.thumbnail, caption=one.name)
    before = f"{picture.original_width} × {picture.original_height}, {size(picture.original_bytes)}"
    after = f"{picture.width} × {picture.height}, {size(len(picture.data))}"
    st.caption(f"Before: {before}  \nSent: {after}")
    st.caption(f"Removed: {', '.join(one.removed)}" if one.removed else "It held no metadata.")
    if picture.note:
        st.caption(f"{picture.note.capitalize()}.")
    st.button("Remove", on_click=remove, args=(place,), key=f"remove_{place}", icon=":material/close:", type="tertiary")


def size(count: int) -> str:
    """Bytes for a glance."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"
