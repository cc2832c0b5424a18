"""Files that a person gives: read while they are there; where one is not, that is said.

Streamlit lets go of an upload behind a page's back: when a session is lost, when the person takes the file out, and
when we read it (see `forget_upload`). Its field may send such a file once more, and the field's value is then a
`DeletedFile`, which has neither name nor bytes. So no page looks into a field's value by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

LOST = "A file was gone before it could be read; choose it again."


class UploadLostError(ValueError):
    """An upload is not there any more; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was read.

    Attributes:
        name: as the browser sent it.
        data: its bytes.
    """

    name: str
    data: bytes = field(repr=False)


def read_upload(file: UploadedFile | DeletedFile) -> Upload:
    """The name and bytes of a file; it stays where it is and can be read again.

    Raises:
        UploadLostError: Streamlit does not have it any more.
    """
    if isinstance(file, DeletedFile):
        raise UploadLostError(LOST)
    return Upload(file.name, file.getvalue())


def take_arrivals(widget: str) -> Iterator[Upload | None]:
    """What is new in a field, file by file, and None for one that is gone; each comes once in a session.

    A file counts as taken, and the server forgets it, when the loop goes on to the next. Whoever puts it away does that
    as the last act of the loop's body: where a run is broken off before, the next run is given the same file again.

    Args:
        widget: the key of a field for one file or several.
    """
    taken: set[str] = st.session_state.setdefault("taken_uploads", set())
    for file in uploads_in(widget):
        # A field that was not drawn anew yet sends a file that was taken once more: that one is not lost.
        if file.file_id in taken:
            continue
        yield None if isinstance(file, DeletedFile) else read_upload(file)
        taken.add(file.file_id)
        forget_upload(file)


def uploads_in(widget: str) -> list[UploadedFile | DeletedFile]:
    """What a field holds, taken before or not; whether it is for one file or for several."""
    value: Any = st.session_state.get(widget)
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def forget_upload(file: UploadedFile | DeletedFile) -> None:
    """Take an upload out of the server's memory, where Streamlit would keep it until the session ends."""
    context = get_script_run_ctx()
    manager: Any = context.uploaded_file_mgr if context is not None else None
    if context is not None and hasattr(manager, "remove_file"):
        manager.remove_file(session_id=context.session_id, file_id=file.file_id)
