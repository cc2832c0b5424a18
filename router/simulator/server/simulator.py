"""The simulated providers as a running server: in a thread of their own, or alone in a process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from secrets import token_hex
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette

from router.hosts.allowed_hosts import LOOPBACK_ONLY, AllowedHosts
from router.simulator.faults.faults import Fault
from router.simulator.providers import Providers, SeenRequest, SetFault
from router.simulator.server.app import CONTROL, PREFIXES, create_app
from router.simulator.server.transports import KnownConnections


class _ReadyServer(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Simulator:
    """The simulated providers on loopback, in a thread; a context manager, or `start` and `stop`.

    Args:
        pace: natural delays times this; 0 answers at once.
        limits: whether the free tiers' limits are enforced.
        port: where to listen; 0 takes a free one.
        clock: what the limits' minutes and days are counted by, in seconds since the epoch.

    Raises:
        OSError: on `start`, where the port is taken.
    """

    def __init__(
        self, *, pace: float = 1.0, limits: bool = False, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self._providers = Providers(pace=pace, limits=limits, clock=clock)
        self._wanted = port
        self._token = token_hex(8)
        self._server: _ReadyServer | None = None
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when requests are answered. A second call while it runs does nothing."""
        if self._server is not None:
            return
        self._socket = _listening(self._wanted)
        self._server = _ReadyServer(_config(create_app(self._providers)))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="simulator", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(10.0):
            raise RuntimeError("the simulated providers did not start within 10 s")

    def stop(self) -> None:
        """Stop listening and end the thread; replies under way are broken off."""
        if self._server is None or self._thread is None or self._socket is None:
            return
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10.0)
        self._socket.close()
        self._server = self._thread = None

    @property
    def token(self) -> str:
        """Part of a key that nobody else has: whoever builds a router on these providers anew keeps its accounts."""
        return self._token

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._socket is not None
        return int(self._socket.getsockname()[1])

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def groq_url(self) -> str:
        """Groq's base URL."""
        return self._base + PREFIXES["groq"]

    @property
    def openrouter_url(self) -> str:
        """OpenRouter's base URL."""
        return self._base + PREFIXES["openrouter"]

    @property
    def control_url(self) -> str:
        """Where faults and models are set over HTTP."""
        return self._base + CONTROL

    @property
    def wires(self) -> Collection[str]:
        """The names of the wires that are spoken."""
        return PREFIXES.keys()

    def url_of(self, dialect: str) -> str:
        """The base URL that speaks `dialect`."""
        return self._base + PREFIXES[dialect]

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests for completions, in order of arrival."""
        return self._providers.requests

    def refill_limits(self) -> None:
        """Give every key its whole allowances back."""
        self._providers.refill_limits()

    def set_fault(self, provider: str, model: str, fault: Fault) -> None:
        """Set the fault of one model (`*`: of all at that provider), in place of what was set for it."""
        self._providers.set_fault(provider, model, fault)

    def clear_faults(self, provider: str | None = None, model: str | None = None) -> None:
        """Take faults away: one model's, a provider's, or all."""
        self._providers.clear_faults(provider, model)

    def faults(self) -> list[SetFault]:
        """The faults that are set now."""
        return self._providers.faults()

    def set_models(self, provider: str, entries: Sequence[Mapping[str, Any]] | None) -> None:
        """List and serve exactly these models, given as `/models` has them; None brings back the shipped ones."""
        self._providers.set_models(provider, entries)

    def remove_model(self, provider: str, model: str) -> None:
        """Neither list nor serve a model any more."""
        self._providers.remove_model(provider, model)


def serve(*, port: int, pace: float = 1.0, limits: bool = False, allowed_hosts: AllowedHosts = LOOPBACK_ONLY) -> None:
    """Run the simulated providers alone until they are interrupted; prints where they are.

    Args:
        allowed_hosts: the host names under which they answer.

    Raises:
        SystemExit: the port is taken.
    """
    try:
        listening = _listening(port)
    except OSError as error:
        raise SystemExit(f"port {port} cannot be listened on: {error.strerror}") from None
    with listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        places = [f"{name.upper()}_BASE_URL={base}{prefix}" for name, prefix in PREFIXES.items()]
        lines = ["Simulated providers; any key will do:", *places, f"control: {base}{CONTROL}"]
        print("\n".join(lines), flush=True)  # noqa: T201
        app = create_app(Providers(pace=pace, limits=limits), allowed_hosts=allowed_hosts)
        uvicorn.Server(_config(app)).run([listening])


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=KnownConnections,
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()  # who reads the printed address at once is not turned away before the server is up
    except OSError:
        listening.close()
        raise
    return listening
