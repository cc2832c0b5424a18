"""`dual_router`: the default router, built from the environment when it is first used, never at import."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Any, cast

from router.api import DualModelRouter


class _DefaultRouter:
    """Stands for a router that is built at the first use of any of its names, in each process anew."""

    def __init__(self) -> None:
        self._router: DualModelRouter | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()

    def _built(self) -> DualModelRouter:
        if os.getpid() != self._process:
            # A fork: the parent's router is the parent's, and a thread that is not here may have held its lock.
            self._router, self._process, self._lock = None, os.getpid(), threading.Lock()
        with self._lock:
            if self._router is None:
                self._router = DualModelRouter.from_env()
            return self._router

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._built(), name)

    async def __aenter__(self) -> DualModelRouter:
        return await self._built().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the router, if it was ever used; the next use builds a new one."""
        with self._lock:
            router, self._router = self._router, None
        if router is not None:
            await router.aclose()

    def __repr__(self) -> str:
        return "dual_router (not used yet)" if self._router is None else f"dual_router ({self._router!r})"


dual_router: DualModelRouter = cast(DualModelRouter, _DefaultRouter())
"""The default router."""
