"""The boundary to the HTTP stack, walked with every exception class that its libraries have."""

import asyncio
import importlib
import traceback

import httpx
import pytest

from router import Completion
from router.failures.outcomes import Kind
from router.ports.null_stores import NullCatalogueStore
from router.providers.account_calls import fetch
from router.providers.http.connections import Clients
from router.providers.http.sent_mark import mark_sent
from router.providers.http.transport import Endpoint, send
from router.providers.key_check import try_key
from router.providers.refresh import ListReader
from router.providers.replies import ProviderFailure
from router.settings import Settings
from router.table.catalogue import Catalogue
from tests.virtual import TABLE, Bench, broken, halting, run
from tests.world import CHAT, HELLO

LIBRARIES = (
    "httpx", "httpcore", "httpx_aiohttp", "h11", "aiohttp", "aiohttp.http_exceptions", "aiohttp.client_exceptions",
    "aiohappyeyeballs", "yarl", "multidict", "ssl", "socket", "asyncio", "zlib", "gzip", "builtins",
)  # fmt: skip
KEY, ORGANIZATION = "gsk_0123456789abcdefghij", "org_01secret"
QUOTED = f"bad bytes {ORGANIZATION} for Bearer {KEY}"
WHERE = Endpoint(httpx.URL("http://groq/models"), httpx.Headers({"Authorization": f"Bearer {KEY}"}))


def _below(cls):
    yield cls
    for inner in cls.__subclasses__():
        yield from _below(inner)


def _classes():
    for name in LIBRARIES:
        importlib.import_module(name)
    tops = {name.partition(".")[0] for name in LIBRARIES} | {"_ssl"}
    found = {cls for cls in _below(Exception) if cls.__module__.partition(".")[0] in tops}
    # A coroutine cannot raise StopIteration; warnings are errors in tests alone, and there is nothing special in them.
    return sorted(
        (cls for cls in found if not issubclass(cls, StopIteration | StopAsyncIteration | Warning)),
        key=lambda cls: (cls.__module__, cls.__qualname__),
    )


CLASSES = _classes()
EACH = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")


def made(cls):
    """An instance with the reply's bytes in its arguments, with a cause that quotes them too."""
    request = httpx.Request("GET", WHERE.url, headers=WHERE.headers)
    attempts = (
        ((QUOTED,), {}),
        ((QUOTED, [ValueError(QUOTED)]), {}),
        ((QUOTED,), {"request": request}),
        ((QUOTED,), {"request": request, "response": httpx.Response(500, text=QUOTED)}),
        ((7, QUOTED), {}),
        (("utf-8", QUOTED.encode(), 0, 1, QUOTED), {}),
        ((), {}),
    )
    for arguments, named in attempts:
        try:
            error = cls(*arguments, **named)
            str(error)
        except Exception:  # noqa: BLE001 – the next signature
            continue
        break
    else:
        error = cls.__new__(cls)
        error.args = (QUOTED,)
    error.__cause__ = RuntimeError(QUOTED)
    return error


def clean(text):
    assert ORGANIZATION not in text
    assert KEY not in text
    assert "bad bytes" not in text


def clean_failure(failure):
    """Neither the words nor what a traceback prints, nor what hangs behind it, is the library's."""
    assert failure.__cause__ is None
    assert failure.__context__ is None
    clean("".join(traceback.format_exception(failure)))
    clean(repr(failure.signal))


class Raising(httpx.AsyncBaseTransport):
    """Raises ahead of the connection, ahead of the reply, within it or when it is closed."""

    def __init__(self, error, where):
        self._error = error
        self._where = where

    async def handle_async_request(self, request):
        if self._where == "connecting":
            raise self._error
        mark_sent()
        if self._where == "waiting":
            raise self._error
        return httpx.Response(200, stream=RaisingBody(self._error, self._where))

    async def aclose(self):
        if self._where == "closing":
            raise self._error


class RaisingBody(httpx.AsyncByteStream):
    def __init__(self, error, where):
        self._error = error
        self._where = where

    async def __aiter__(self):
        yield b'{"data": [{"id": "a-model"}]}'
        if self._where == "reading":
            raise self._error

    async def aclose(self):
        if self._where == "closing":
            raise self._error


def test_the_walk_finds_the_classes_of_all_libraries():
    tops = {cls.__module__.partition(".")[0] for cls in CLASSES}
    assert tops >= {"httpx", "httpcore", "h11", "aiohttp", "ssl", "socket", "asyncio", "zlib", "builtins"}
    assert len(CLASSES) > 120


@EACH
def test_each_exception_becomes_a_failure_in_our_own_words_wherever_it_is_raised(cls):
    async def failed(where):
        with pytest.raises(ProviderFailure) as caught:
            async with send(Raising(made(cls), where), WHERE, None, 5.0) as reading:
                await reading.body()
        clean_failure(caught.value)
        assert caught.value.signal.message
        return caught.value.signal.kind

    async def all_of_them():
        return [await failed(where) for where in ("connecting", "waiting", "reading")]

    assert run(all_of_them()) == [Kind.NOT_SENT, Kind.LOST, Kind.CUT]


@EACH
def test_an_exception_while_closing_changes_nothing_of_what_has_come(cls):
    async def read():
        return await fetch(Raising(made(cls), "closing"), WHERE, ())

    assert run(read()) == {"data": [{"id": "a-model"}]}


@EACH
def test_each_exception_is_answered_by_another_target_and_its_own_cools_down(cls):
    outcomes = {
        (broken, False): "connection_lost",
        (broken, True): "connection_lost",
        (halting, False): "cut",
        (halting, True): "cut",
        (_after_text, True): "cut",
    }

    async def ask(outcome, stream):
        bench = Bench([outcome(made(cls))])
        answer, _ = await bench.ask(CHAT, HELLO, stream=stream)
        assert isinstance(answer, Completion), answer
        first = next(attempt for attempt in answer.attempts if attempt.outcome != "skipped")
        cooldowns = bench.memory.cooldowns()
        assert len(cooldowns) == 1
        clean(repr((answer, cooldowns)))
        return first.outcome

    async def all_of_them():
        return {case: await ask(*case) for case in outcomes}

    # An httpx error of the connection comes before the request leaves, in this transport.
    unsent = "not_sent" if issubclass(cls, httpx.ConnectError) else "connection_lost"
    wanted = {case: unsent if case[0] is broken else outcome for case, outcome in outcomes.items()}
    assert run(all_of_them()) == wanted


def _after_text(error):
    return halting("Half an answer", error)


@EACH
@pytest.mark.parametrize("where", ["connecting", "waiting", "reading"])
def test_a_list_that_cannot_be_read_is_one_line_in_the_log_and_nothing_of_the_event_loops(cls, where, caplog, capfd):
    caplog.set_level("INFO")
    troubles = []

    async def read():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context))
        bench = Bench()
        catalogue = Catalogue(NullCatalogueStore(), bench.clock)
        clients = Clients(lambda: Raising(made(cls), where))
        ListReader(bench.accounts, catalogue, bench.quota, bench.memory, clients).read_due()
        await asyncio.sleep(1.0)

    run(read())
    assert troubles == []
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "could not be listed" in line]) == len(TABLE.providers)
    clean(caplog.text)
    assert capfd.readouterr() == ("", "")


class FullStore(NullCatalogueStore):
    """A store that cannot keep a list."""

    def put_catalogue(self, row):
        raise LookupError(QUOTED)


def test_a_list_that_the_router_itself_cannot_take_in_is_one_line_in_the_log_that_quotes_nothing(caplog, capfd):
    troubles = []

    async def read():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context))
        bench = Bench()
        clients = Clients(lambda: Raising(None, "nowhere"))
        catalogue = Catalogue(FullStore(), bench.clock)
        ListReader(bench.accounts, catalogue, bench.quota, bench.memory, clients).read_due()
        await asyncio.sleep(1.0)

    run(read())
    assert troubles == []
    assert "LookupError at test_http_errors.py" in caplog.text
    assert "Traceback" not in caplog.text
    clean(caplog.text)
    assert capfd.readouterr() == ("", "")


@EACH
@pytest.mark.parametrize("where", ["connecting", "waiting", "reading", "closing"])
def test_a_key_that_cannot_be_tried_is_a_verdict(cls, where):
    settings = Settings.from_env({"GROQ_API_KEY": KEY, "GROQ_BASE_URL": "http://groq"})
    clients = Clients(lambda: Raising(made(cls), where))
    verdict = run(try_key("groq", TABLE.providers["groq"], settings, clients))
    assert verdict.accepted == (where == "closing")
    clean(verdict.words)


def test_being_cancelled_is_no_failure():
    async def cancelled():
        async with send(Raising(asyncio.CancelledError(), "waiting"), WHERE, None, 5.0):
            pass

    with pytest.raises(asyncio.CancelledError):
        run(cancelled())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, QUOTED), "Connection refused"),
        (ConnectionResetError(QUOTED), "Connection reset by peer"),
        (ExceptionGroup(QUOTED, [OSError(113, QUOTED)]), "No route to host"),
    ],
)
def test_what_the_operating_system_says_is_kept(error, words):
    async def ask():
        await fetch(Raising(error, "connecting"), WHERE, ())

    with pytest.raises(ProviderFailure) as caught:
        run(ask())
    assert caught.value.signal.message == words


def test_a_reply_that_is_no_json_accepts_no_key():
    class Page(Raising):
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.ByteStream(b"<html>Sign in to this network</html>"))

    settings = Settings.from_env({"GROQ_API_KEY": KEY, "GROQ_BASE_URL": "http://groq"})
    verdict = run(try_key("groq", TABLE.providers["groq"], settings, Clients(lambda: Page(None, ""))))
    assert not verdict.accepted
    assert "no JSON" in verdict.words
