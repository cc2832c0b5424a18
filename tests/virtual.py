"""A router in virtual time: a loop whose clock jumps to what is waited for, and providers that follow a script.

The engine, the planner and all below them are the real ones, with the shipped table at its full times. Only the
transport is a scripted one, so that thousands of requests with hours of silence in them take seconds.
"""

import asyncio
import json
import selectors

import httpx

from router.engine.attempts.retry_budget import Budgets
from router.engine.planning.planner import Planner
from router.engine.recording.listeners import EndingFeed, ListingDoubter, QuotaListener
from router.engine.run import Engine
from router.errors import RouterError
from router.failures.memory import FailureMemory
from router.failures.quota import QuotaLedger
from router.ports.null_stores import NullCatalogueStore, NullCooldownStore, NullLog, NullQuotaStore
from router.providers.accounts import Account
from router.providers.http.sent_mark import mark_sent
from router.request import make_call
from router.settings import SHIPPED_ROUTES, Secret
from router.table.catalogue import Catalogue
from router.table.route_file import load_routes

TABLE = load_routes(SHIPPED_ROUTES)
START = 1_790_000_000.0
HOUR = 3_600.0


class _Selector(selectors.DefaultSelector):
    loop = None

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for something that will never come"
            self.loop.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time passes only by waiting, and at once."""

    def __init__(self):
        selector = _Selector()
        selector.loop = self
        self.now = 0.0
        super().__init__(selector)

    def time(self):
        return self.now


class VirtualClock:
    """Seconds since the epoch, by the running loop."""

    def time(self):
        try:
            return START + asyncio.get_running_loop().time()
        except RuntimeError:
            return START


def run(coroutine):
    """Run it to its end in a loop of virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class _Body(httpx.AsyncByteStream):
    def __init__(self, steps):
        self._steps = steps

    async def __aiter__(self):
        for step in self._steps:
            if isinstance(step, bytes):
                yield step
            elif isinstance(step, Exception):
                raise step
            else:
                await asyncio.sleep(step)


class Scripted(httpx.AsyncBaseTransport):
    """Answers the first call with the first outcome of its script, and so on; then healthily.

    An outcome is a function of the request's document that gives what happens: seconds that pass, an exception, or
    `(status, headers, steps of the body)`.

    Attributes:
        calls: host and model of each call.
        decide: where it is set, gives the outcome of a call by its `provider:model`, and the script is left aside.
    """

    def __init__(self, outcomes=()):
        self.calls = []
        self.decide = None
        self._outcomes = iter(outcomes)

    async def get(self):
        """The transport for the running loop, as the engine asks for it."""
        return self

    async def handle_async_request(self, request):
        document = json.loads(await request.aread())  # which may be sent in pieces
        target = f"{request.url.host}:{document['model']}"
        outcome = self.decide(target) if self.decide else next(self._outcomes, healthy)
        for step in outcome(document):
            if isinstance(step, httpx.ConnectError):
                raise step
            mark_sent()
            self.calls.append((request.url.host, document["model"]))
            if isinstance(step, Exception):
                raise step
            wait, status, headers, body = step
            await asyncio.sleep(wait)
            return httpx.Response(status, headers=headers, stream=_Body(body))


def _events(*documents, done=True):
    chunks = [b"data: " + json.dumps(document).encode() + b"\n\n" for document in documents]
    return [*chunks, b"data: [DONE]\n\n"] if done else chunks


def _piece(text, finish=None, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **more}


def answer(text="An answer.", *, wait=0.2, finish="stop", end=0.0, headers=None, **more):
    """An outcome: this text, as a stream or whole, as it was asked for; JSON where that was.

    `end` is how long a stream stays open after its finish reason.
    """

    def play(document):
        said = '{"an": "answer"}' if text == "An answer." and "json" in json.dumps(document).lower() else text
        if document.get("stream"):
            body = _events(_piece(said), _piece("", finish, **more))
            return [(wait, 200, {"content-type": "text/event-stream", **(headers or {})}, [*body[:-1], end, body[-1]])]
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": said}}
        return [(wait, 200, headers or {}, [json.dumps({"choices": [choice], **more}).encode()])]

    return play


healthy = answer()


def refusal(status, message="no", *, wait=0.1, headers=None, **fields):
    """An outcome: a status with an error."""
    body = json.dumps({"error": {"message": message, **fields}}).encode()
    return lambda document: [(wait, status, headers or {}, [body])]


def broken(error):
    """An outcome: this exception in place of a reply."""
    return lambda document: [error]


def halting(*steps, wait=0.1, finish=None):
    """An outcome: headers after `wait`, then text, seconds and exceptions as given; an end where `finish` is one."""

    def play(document):
        if not document.get("stream"):
            return [(wait, 200, {}, [b'{"choices": [{"mes', *[step for step in steps if not isinstance(step, str)]])]
        body = [b"".join(_events(_piece(step), done=False)) if isinstance(step, str) else step for step in steps]
        body += _events(_piece("", finish)) if finish else []
        return [(wait, 200, {"content-type": "text/event-stream"}, body)]

    return play


class Bench:
    """The router's parts, on a scripted transport.

    Args:
        table: the routing table; the shipped one if left out.
        names: the providers that have a key.
        cooldowns, quota, lists, log: what the ports are to hold.

    Attributes:
        kinds: the kinds of the last request's events, in order.
        endings: how each attempt ended.
    """

    def __init__(
        self,
        outcomes=(),
        *,
        table=TABLE,
        names=tuple(TABLE.providers),
        cooldowns=None,
        quota=None,
        lists=None,
        log=None,
        keep_content=True,
    ):
        self.transport = Scripted(outcomes)
        self.kinds = []
        self.clock = VirtualClock()
        self.table = table
        self.accounts = {
            name: Account(name, entry, f"http://{name}", Secret(f"key-of-{name}"))
            for name, entry in table.providers.items()
            if name in names
        }
        self.memory = FailureMemory(cooldowns or NullCooldownStore(), table.limits, self.clock)
        self.quota = QuotaLedger(quota or NullQuotaStore(), self.clock)
        catalogue = Catalogue(lists or NullCatalogueStore(), self.clock)
        self.planner = Planner(
            table=table,
            accounts=self.accounts,
            memory=self.memory,
            quota=self.quota,
            catalogue=catalogue,
            clock=self.clock,
        )
        self.endings = []
        self.engine = Engine(
            planner=self.planner,
            memory=self.memory,
            quota=self.quota,
            log=log or NullLog(),
            keep_content=keep_content,
            clients=self.transport,
            budgets=Budgets.from_limits(table.limits),
            clock=self.clock,
            endings=EndingFeed(self.memory, [QuotaListener(self.quota), ListingDoubter(self.planner), self]),
        )

    def attempt_ended(self, ending):
        """Keeps each attempt's ending."""
        self.endings.append(ending)

    @property
    def called(self):
        """`provider:model` of each call."""
        return [f"{host}:{model}" for host, model in self.transport.calls]

    async def ask(self, config, messages, *, stream=False, **options):
        """One request to its end: the completion or the error, and how many seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        running = self.engine.run(make_call(config, messages, **options), stream=stream)
        self.kinds.clear()
        try:
            async for event in running:
                self.kinds.append(event.kind)
            return running.completion, loop.time() - began
        except RouterError as error:
            return error, loop.time() - began
