"""Where edits of the routing table are kept."""

from __future__ import annotations

from typing import Protocol


class EditStore(Protocol):
    """Where edits of the routing table are kept and shared with other processes on the same database."""

    def version(self) -> int:
        """A number that changes with every change of any process; cheap enough to ask before every request."""
        ...

    def load(self) -> str | None:
        """The edits that are in force, as they were kept, or None."""
        ...

    def keep(self, edits: str, note: str, *, over: int | None = None) -> bool:
        """Keep edits in place of those in force; done when it returns. False where nothing was written.

        Args:
            over: the number of the edits that they were made from (0: of none): where others are in force by now,
                nothing is written, so that nobody's edit is lost unseen. None replaces whatever is in force.
        """
        ...

    def undo(self, *, over: int | None = None) -> bool:
        """Take the latest edits back; done when it returns. False where there were none, or others than `over`."""
        ...
