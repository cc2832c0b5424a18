"""Plays a script over a connection: its bytes, its pauses and its accidents."""

from __future__ import annotations

import asyncio
import time

from starlette.responses import Response
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend

from router.simulator.providers import SeenRequest
from router.simulator.server.transports import TRANSPORTS, reset_connection
from router.simulator.wire.script import Close, Pause, Raw, Reset, Script, Send, SendAgain, Start, Step


class Performance(Response):
    """A script as a reply; notes when the caller hangs up."""

    def __init__(self, script: Script, request: SeenRequest | None) -> None:
        self._script = script
        self._seen = request

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """Play the script to its end, or until nobody listens any more."""
        playing = asyncio.ensure_future(self._play(scope, send))
        listening = asyncio.ensure_future(_hung_up(receive))
        try:
            await asyncio.wait({playing, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done() and self._seen is not None:
                self._seen.disconnected_at = time.monotonic()
        finally:
            for task in (playing, listening):
                task.cancel()
            await asyncio.gather(playing, listening, return_exceptions=True)

    async def _play(self, scope: Scope, send: AsgiSend) -> None:
        started = False
        for step in self._script:
            if isinstance(step, Reset | Close | Raw):
                _break_connection(scope, step)
                return
            await _perform(step, send)
            started = started or isinstance(step, Start)
        if self._seen is not None:
            self._seen.finished = True  # ahead of the last byte, so that who has it finds this true
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _perform(step: Step, send: AsgiSend) -> None:
    if isinstance(step, Start):
        headers = [(name.encode(), value.encode()) for name, value in step.headers.items()]
        await send({"type": "http.response.start", "status": step.status, "headers": headers})
    elif isinstance(step, Send):
        await send({"type": "http.response.body", "body": step.data, "more_body": True})
    elif isinstance(step, Pause) and step.seconds > 0:
        await asyncio.sleep(step.seconds)
    while isinstance(step, SendAgain):
        for inner in step.steps:
            await _perform(inner, send)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _break_connection(scope: Scope, step: Reset | Close | Raw) -> None:
    """What HTTP has no words for goes past the server, straight to its transport."""
    transport = TRANSPORTS.get((tuple(scope["server"]), tuple(scope["client"])))
    if transport is None:
        return
    if isinstance(step, Reset):
        reset_connection(transport)
        return
    if isinstance(step, Raw):
        transport.write(step.data)
    transport.close()
