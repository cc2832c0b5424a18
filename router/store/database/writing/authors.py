"""Who is behind a change: their address goes into its row, and who may only look is refused.

It is asked here, where every page's change passes, so that no page can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from router.errors import ChangeRefused
from router.ports import Person

_acting: ContextVar[str | None] = ContextVar("acting_app", default=None)


class Authors:
    """Asks for the person at the moment of a change, in the thread that makes it.

    Attributes:
        source: gives the person; the console sets it. Without one it is this process's own doing, which may do all.
    """

    def __init__(self) -> None:
        self.source: Callable[[], Person] = Person

    @contextmanager
    def acting_app(self, name: str) -> Iterator[None]:
        """Within the block, changes are made by an app with a key of the gateway."""
        token = _acting.set(f"app {name}")
        try:
            yield
        finally:
            _acting.reset(token)

    def signed_address(self) -> str | None:
        """The address for a row that everybody who has signed in may write."""
        return _acting.get() or self.source().address or None

    def operator_address(self) -> str | None:
        """The address for a row that operators alone may write, or the app's name; None where nobody signs in.

        Raises:
            ChangeRefused: this person may look and run, and no more.
        """
        if (app := _acting.get()) is not None:
            return app
        person = self.source()
        if not person.may_change:
            raise ChangeRefused
        return person.address or None
