"""Follows the routing table: what operators edit, or anybody writes into its file, holds from the next request on."""

from __future__ import annotations

import time

from router.engine.attempts.retry_budget import Budgets
from router.engine.planning.planner import Planner
from router.failures.memory import FailureMemory
from router.table.edits import EditedTable

_SHARED_LOOK_SECONDS = 0.005
"""So long calls side by side go by one look at the table's file and the edits."""


class TableFollower:
    """Gives a table that has changed to all that go by it.

    Args:
        routes: the file's table and the edits of it.
        planner: goes by the table as it stands.
        shipped: goes by the file's.
    """

    def __init__(
        self, routes: EditedTable, planner: Planner, *, shipped: Planner, memory: FailureMemory, budgets: Budgets
    ) -> None:
        self._routes = routes
        self._planner = planner
        self._shipped = shipped
        self._memory = memory
        self._budgets = budgets
        self._followed_at = float("-inf")

    def follow(self) -> None:
        """Look whether it has changed."""
        if self._routes.refresh():
            self._planner.use(self._routes.table)
            self._shipped.use(self._routes.shipped)
            self._memory.use_limits(self._routes.table.limits)
            self._budgets.use_limits(self._routes.table.limits)

    def follow_beside_others(self, *, is_busy: bool) -> None:
        """The same, but calls side by side share a look: each costs a wait for the thread that writes the log.

        Args:
            is_busy: whether other calls are under way.
        """
        now = time.monotonic()
        if not is_busy or now - self._followed_at >= _SHARED_LOOK_SECONDS:
            self._followed_at = now
            self.follow()
