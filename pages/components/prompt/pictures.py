"""Pictures that a person adds: made small at once, so that a page never holds what was uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from pages.components.console import looks
from pages.components.console.uploads import LOST, forget_upload, read_upload, take_arrivals, uploads_in
from router.images import TOTAL_BYTES, Picture, PictureError, open_picture, prepare_picture
from router.types import Message

MOST = 5
"""Pictures of one prompt: each may then take a fifth of what all providers accept."""

UPLOADS = ["jpg", "jpeg", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif"]
"""What may be chosen; what cannot be read among these is refused with what to do."""

ALT_OF_SENT = "Picture sent with the question"
"""What a screen reader says of a picture that went with a prompt; its file's name is not kept."""

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


def read_pictures(files: Sequence[UploadedFile | DeletedFile]) -> tuple[Picture, ...]:
    """Uploaded files as pictures fit to be sent; the files are let go of.

    Raises:
        ValueError: too many, one that cannot be used, which it names, or one that is gone.
    """
    if len(files) > MOST:
        raise ValueError(f"{len(files)} pictures are too many for one prompt; {MOST} are the most.")
    uploads = [read_upload(file) for file in files]
    pictures = tuple(read_picture(upload.name, upload.data).picture for upload in uploads)
    for file in files:
        forget_upload(file)
    return pictures


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
    try:
        return _metadata_in(data)
    except PictureError:
        # The pixels were read before; what nobody can read beside them is left out all the same.
        return ("metadata that cannot be read",)


def _metadata_in(data: bytes) -> tuple[str, ...]:
    with open_picture(data) as image:
        exif = image.getexif()
        found = [("where it was taken (GPS)", _GPS in exif), ("camera", _MAKE in exif), ("when", _TAKEN in exif)]
        found += [("colour profile", "icc_profile" in image.info), ("comments", "comment" in image.info)]
    named = [words for words, there in found if there]
    return tuple(named or (["EXIF"] if len(exif) else []))


# --- the tray ----------------------------------------------------------------------------------------------------


def pictures_to_send() -> list[Added]:
    """The pictures of the next prompt."""
    found: list[Added] = st.session_state.setdefault("tray", [])
    return found


def holds_pictures_of(messages: Sequence[Message]) -> bool:
    """Whether each picture that went with messages is among those of the next prompt."""
    parts = [part for message in messages if not isinstance(message["content"], str) for part in message["content"]]
    sent = {part["thumbnail"] for part in parts if part.get("thumbnail")}
    return sent <= {added.picture.thumbnail for added in pictures_to_send()}


def add_picture(name: str, data: bytes) -> None:
    """Put a picture into the tray, or say why not."""
    problems: list[str] = st.session_state.setdefault("tray_problems", [])
    if len(pictures_to_send()) >= MOST:
        st.session_state["tray_left_out"] = st.session_state.get("tray_left_out", 0) + 1
        return
    try:
        pictures_to_send().append(read_picture(name, data))
    except ValueError as error:
        problems.append(str(error))


def take_uploads(widget: str) -> None:
    """Put what was uploaded into the tray, once, and say what was lost."""
    for upload in take_arrivals(widget):
        if upload is None:
            st.session_state.setdefault("tray_problems", []).append(LOST)
        else:
            add_picture(upload.name, upload.data)
    count = st.session_state.get("upload", 0)
    # Another widget takes this one's place, and with it the files are gone from the page. Not where that was done
    # before and the browser did not know yet: the widget in its place may be at work.
    if uploads_in(widget) and widget.endswith(f"_{count}"):
        st.session_state["upload"] = count + 1


def offer_upload() -> None:
    """A place for files; what comes is made small and put into the tray at once."""
    key = f"upload_{st.session_state.get('upload', 0)}"
    st.file_uploader(
        f"Drop or choose pictures, {MOST} at most", type=UPLOADS, accept_multiple_files=True, key=key,
        on_change=take_uploads, args=(key,), max_upload_size=8,
    )  # fmt: skip
    _take_early_uploads(key)


def offer_camera() -> None:
    """The camera; its picture is made small and put into the tray at once."""
    key = f"camera_{st.session_state.get('upload', 0)}"
    st.camera_input("Take a picture", key=key, on_change=take_uploads, args=(key,), width=360)
    _take_early_uploads(key)


def _take_early_uploads(widget: str) -> None:
    # A browser that lost its session sends a full field with the first run of the next; no callback is called then.
    before = st.session_state.get("upload", 0)
    take_uploads(widget)
    if st.session_state.get("upload", 0) != before:
        st.rerun()


def remove_picture(place: int) -> None:
    """Take a picture out of the tray."""
    if place < len(pictures_to_send()):
        pictures_to_send().pop(place)


def show_tray(*, large: bool = False) -> None:
    """What would be sent: each picture with its size before and after, and what is left out.

    Args:
        large: whether a picture that is alone is shown as wide as its place.
    """
    if count := st.session_state.pop("tray_left_out", 0):
        pictures = "1 picture was" if count == 1 else f"{count} pictures were"
        st.error(f"{pictures} left out: {MOST} are the most for one prompt.", icon=":material/broken_image:")
    for problem in st.session_state.pop("tray_problems", []):
        st.error(looks.plain(problem), icon=":material/broken_image:")
    added = pictures_to_send()
    if not added:
        return
    with st.container(key="tray", gap="xsmall"):
        for place, one in enumerate(added):
            is_row = not large or len(added) > 1
            with st.container(horizontal=is_row, border=True, vertical_alignment="center", gap="small"):
                _show_added(place, one, is_large=not is_row)


def _show_added(place: int, one: Added, *, is_large: bool) -> None:
    picture = one.picture
    if is_large:
        st.image(picture.data, width="stretch", alt=one.name)
    else:
        st.image(picture.thumbnail, width=112, alt=one.name)
    before = f"{picture.original_width} × {picture.original_height}, {size_words(picture.original_bytes)}"
    after = f"{picture.width} × {picture.height}, {size_words(len(picture.data))}"
    removed = f"Removed: {', '.join(one.removed)}" if one.removed else "No metadata found."
    notes = f"  \n{picture.note.capitalize()}." if picture.note else ""
    with st.container(gap="xxsmall", width="stretch"):
        st.markdown(f"**{looks.plain(one.name)}**")
        sizes = f"Before: {before}  \nSent: {after}" if len(picture.data) < picture.original_bytes else f"Sent: {after}"
        st.caption(f"{sizes}  \n{removed}{notes}")
        st.button(
            "Remove", on_click=remove_picture, args=(place,), key=f"remove_{place}", icon=":material/close:",
            type="tertiary",
        )  # fmt: skip


def size_words(count: int) -> str:
    """Bytes for a glance."""
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"
