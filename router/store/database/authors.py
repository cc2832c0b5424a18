"""Who is behind a change: their address goes into its row, and who may only look is refused.

It is asked here, where every page's change passes, so that no page can forget it.
"""

from __future__ import annotations

from collections.abc import Callable

from router.errors import ChangeRefused
from router.ports import Person


class Authors:
    """Asks for the person at the moment of a change, in the thread that makes it.

    Attributes:
        source: gives the person; the console sets it. Without one it is this process's own doing, which may do all.
    """

    def __init__(self) -> None:
        self.source: Callable[[], Person] = Person

    def signed_address(self) -> str | None:
        """The address for a row that everybody who has signed in may write."""
        return self.source().address or None

    def operator_address(self) -> str | None:
        """The address for a row that operators alone may write; None where nobody signs in.

        Raises:
            ChangeRefused: this person may look and run, and no more.
        """
        person = self.source()
        if not person.may_change:
            raise ChangeRefused
        return person.address or None
