"""A process of a machine: it does what lines on its standard input tell it, and says on its output what came of it.

`python -m tests.machines.worker ENVIRONMENT`, which is started by `tests.machines.processes`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from router import DualModelRouter, RouterError, TaskConfig, TaskType
from router.ports import Cooldown

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
COOLDOWN = Cooldown("somebody|a|b", "somebody", "target", "m", "rate_limited", "busy", 1.0, 2.0, 1, False)


def say(**words):
    print(json.dumps(words), flush=True)  # noqa: T201


class Worker:
    """A router, and the orders that it carries out one after the other."""

    def __init__(self, router) -> None:
        self._router = router
        self._store = router.store

    async def ask(self, *, count, at_once, name, pause=0.0, deadline=20.0):
        """Make calls, each with words of its own."""
        numbers = iter(range(count))

        async def one_after_the_other():
            for number in numbers:
                await self._ask_once(f"{name}-{number}", deadline)
                await asyncio.sleep(pause)

        await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))

    async def _ask_once(self, prompt, deadline):
        began = time.monotonic()
        messages = [{"role": "user", "content": prompt}]
        try:
            completion = await self._router.complete(config=CHAT, messages=messages, deadline=deadline)
        except RouterError as error:
            say(failed=prompt, error=type(error).__name__, seconds=time.monotonic() - began)
            return
        say(answered=completion.request_id, at=time.time(), seconds=time.monotonic() - began)

    async def take_requests(self, *, count):
        """Requests by an app's key, as far as its limits go."""
        key = self._store.apps.load()[0]
        taken = await asyncio.gather(*(self._store.apps.take(key, time.time()) for _ in range(count)))
        say(taken=sum(taken))

    async def change(self, *, what):
        """Change something that all machines share."""
        changes = {
            "edits": lambda: self._store.edits.keep('{"tasks": {}}', "by a test"),
            "apps": lambda: self._store.apps.revoke("robot", time.time()),
            "cooldowns": lambda: self._store.cooldowns.put(COOLDOWN),
            "reset": lambda: self._store.cooldowns.remove([COOLDOWN.key], reset_at=time.time()),
        }
        await asyncio.to_thread(changes[what])
        say(changed=time.time())

    async def watch(self, *, what):
        """Say when a change of another machine is seen here."""
        port = getattr(self._store, {"reset": "cooldowns"}.get(what, what))
        await self.flush()
        version = port.version()
        say(watching=what)
        while port.version() == version:  # noqa: ASYNC110 – it is looked at as a request does
            await asyncio.sleep(0.001)
        say(seen=time.time())

    async def flush(self):
        """Have everything written."""
        until = time.monotonic() + 60
        while not await asyncio.to_thread(self._store.flush) and time.monotonic() < until:
            pass

    async def carry_out(self, order):
        """One line's order."""
        await getattr(self, order.pop("do"))(**order)
        say(done=True)


async def work(environment):
    """Carry out orders until there are no more."""
    async with DualModelRouter.from_env(environment) as router:
        worker = Worker(router)
        say(pid=os.getpid())
        while line := await asyncio.to_thread(sys.stdin.readline):
            await worker.carry_out(json.loads(line))


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
