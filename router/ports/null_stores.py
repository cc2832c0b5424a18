"""The ports of `router.ports` fulfilled with nothing: a router of its own, without a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence

from router.ports import (
    Allowance,
    AttemptBegun,
    AttemptEnded,
    CallMade,
    CallRoom,
    CatalogueRow,
    Cooldown,
    RequestEnded,
    RequestStarted,
)


class NullEditStore:
    """Keeps no edits: the table stands."""

    def version(self) -> int:
        """Never changes."""
        return 0

    def load(self) -> str | None:
        """Nothing was kept."""
        return None

    def keep(self, edits: str, note: str, *, over: int | None = None) -> bool:
        """Nowhere to keep them."""
        return False

    def undo(self, *, over: int | None = None) -> bool:
        """Nothing to take back."""
        return False


class NullQuotaStore:
    """Keeps nothing beyond the process."""

    def load_allowances(self, account: str) -> Sequence[Allowance]:
        """Nothing was kept."""
        return ()

    def put_allowance(self, allowance: Allowance) -> None:
        """Nothing to keep."""

    def calls_since(self, account: str, since: float) -> Sequence[CallMade]:
        """Nothing was written down."""
        return ()

    def take_call(
        self, account: str, call: CallMade, rooms: Sequence[CallRoom], *, patience: float
    ) -> Awaitable[Sequence[CallMade] | None]:
        """Nobody else is there who could have taken the last one."""
        return NOTHING_AWAITED

    def give_back_call(self, call_id: str) -> None:
        """Nothing to forget."""

    def forget_calls(self, account: str) -> None:
        """Nothing to forget."""

    def read_beside(self, work: Callable[[], object]) -> None:
        """Nothing to wait for."""
        work()


class NullCatalogueStore:
    """Keeps no list beyond the process."""

    def load_catalogue(self, account: str) -> CatalogueRow | None:
        """Nothing was kept."""
        return None

    def put_catalogue(self, row: CatalogueRow) -> None:
        """Nothing to keep."""


class _Nothing:
    """An awaitable that is done; unlike a coroutine it may be dropped."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


NOTHING_AWAITED = _Nothing()
"""Where there is nothing to wait for."""


class NullLog:
    """Keeps nothing: a router without a database."""

    def begin(self, request: RequestStarted | None, attempt: AttemptBegun | None) -> Awaitable[None]:
        """Nothing to write, and nothing to wait for."""
        return NOTHING_AWAITED

    def attempt_ended(self, record: AttemptEnded) -> None:
        """Nothing to write."""

    def request_ended(self, record: RequestEnded) -> None:
        """Nothing to write."""


class NullCooldownStore:
    """Shares holds with nobody: the failure memory's own state is all there is."""

    def version(self) -> int:
        """Never changes."""
        return 0

    def load(self) -> Sequence[Cooldown]:
        """Nothing was kept."""
        return ()

    def put(self, cooldown: Cooldown) -> None:
        """Nothing to keep."""

    def remove(self, keys: Iterable[tuple[str, str, str]], *, reset_at: float | None = None) -> None:
        """Nothing to take away."""

    async def claim_probe(self, key: tuple[str, str, str], now: float, until: float) -> bool:
        """One process, whose own memory has already seen to it."""
        return True
