"""Files that a person gives: read while they are there; where one is not, that is said.

Streamlit lets go of an upload behind a page's back: when a session is lost, when the person takes the file out, and
when we read it (see `forget_upload`). Its field may send such a file once more, and the field's value is then a
`DeletedFile`, which has neither name nor bytes. So no page looks into a field's value by itself.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a field holds that was not taken before.

    Attributes:
        uploads: the files that could be read, in the field's order.
        lost: how many could not.
    """

    uploads: tuple[Upload, ...] = ()
    lost: int = 0


def read_upload(file: UploadedFile | DeletedFile) -> Upload:
    """The name and bytes of a file; it stays where it is and can be read again.

    Raises:
        UploadLostError: Streamlit does not have it any more.
    """
    if isinstance(file, DeletedFile):
        raise UploadLostError(LOST)
    return Upload(file.name, file.getvalue())


def take_arrivals(widget: str) -> Arrivals:
    """What is new in a field; each file is taken once in a session and then forgotten by the server.

    Args:
        widget: the key of a field for one file or several.
    """
    taken: set[str] = st.session_state.setdefault("taken_uploads", set())
    # A field that was not drawn anew yet sends a file that was taken once more: that one is not lost.
    arrived = [file for file in _files_in(st.session_state.get(widget)) if file.file_id not in taken]
    taken.update(file.file_id for file in arrived)
    uploads = tuple(read_upload(file) for file in arrived if not isinstance(file, DeletedFile))
    for file in arrived:
        forget_upload(file)
    return Arrivals(uploads, len(arrived) - len(uploads))


def _files_in(value: Any) -> list[UploadedFile | DeletedFile]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def forget_upload(file: UploadedFile | DeletedFile) -> None:
    """Take an upload out of the server's memory, where Streamlit would keep it until the session ends."""
    context = get_script_run_ctx()
    manager: Any = context.uploaded_file_mgr if context is not None else None
    if context is not None and hasattr(manager, "remove_file"):
        manager.remove_file(session_id=context.session_id, file_id=file.file_id)
