"""Who gets through the guard: over real sockets, against an app that answers everything and takes every websocket."""

import socket
import threading

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from router.hosts.allowed_hosts import LOOPBACK_ONLY, parse_allowed_hosts
from router.hosts.host_guard import HostGuard, refusal_reason
from tests.raw_http import raw_handshake, raw_request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def answer(request):
    return PlainTextResponse("answered")


async def accept(websocket):
    await websocket.accept()
    await websocket.close()


class StartedServer(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.is_ready = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.is_ready.set()


@pytest.fixture(scope="module")
def port():
    """A guarded server that is also called console.example and nas."""
    app = Starlette(
        routes=[Route("/{path:path}", answer, methods=METHODS), WebSocketRoute("/{path:path}", accept)],
        middleware=[Middleware(HostGuard, allowed=parse_allowed_hosts("console.example, nas"))],
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = StartedServer(uvicorn.Config(app, http="h11", log_config=None, lifespan="off", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        assert server.is_ready.wait(10)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


def statuses(port, headers):
    """What a request and a websocket's handshake with these headers come to."""
    return raw_request(port, headers).status, raw_handshake(port, headers).status


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:{port}", "localhost.:{port}", "127.0.0.1:{port}", "127.0.0.1:1", "127.1.2.3",
     "[::1]:{port}", "console.example", "Console.Example.:443", "nas:8501"],
)  # fmt: skip
def test_an_allowed_host_is_answered_on_any_port_and_in_any_spelling(port, host):
    assert statuses(port, [("Host", host.format(port=port))]) == (200, 101)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.com", "localhost.evil.com", "console.example.evil.com", "www.console.example",
     "0.0.0.0:{port}", "[::]", "192.168.1.5", "169.254.169.254", "[::ffff:127.0.0.1]", "user@localhost", "localhost:x",
     "localhost, evil.example", "<script>alert(1)</script>", "..", ""],
)  # fmt: skip
def test_any_other_host_is_refused(port, host):
    http, websocket = statuses(port, [("Host", host.format(port=port))])
    assert http in (400, 403)  # the server itself refuses bytes that no host name has
    assert websocket in (400, 403)


@pytest.mark.parametrize("hosts", [[], ["localhost", "evil.example"], ["evil.example", "localhost"], ["nas", "nas"]])
def test_a_missing_and_a_doubled_host_are_refused(port, hosts):
    http, websocket = statuses(port, [("Host", host) for host in hosts])
    assert http in (400, 403)
    assert websocket in (400, 403)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("hosts", [[], [b"localhost", b"evil.example"], [b"localhost", b"localhost"]])
def test_a_missing_and_a_doubled_host_are_refused_under_a_server_that_lets_them_through(kind, hosts):
    scope = {"type": kind, "path": "/", "scheme": "http", "headers": [(b"host", host) for host in hosts]}
    assert "one well-formed Host header" in refusal_reason(scope, LOOPBACK_ONLY)


@pytest.mark.parametrize("target", ["http://evil.example/", "http://localhost/", "*"])
def test_a_target_that_is_no_path_is_refused_whatever_the_host_says(port, target):
    assert raw_request(port, [("Host", "localhost")], path=target).status == 403
    assert raw_handshake(port, [("Host", "localhost")], path=target).status in (400, 403)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("LOCALHOST.:8501", "http://localhost:8501"),
        ("[::1]:8501", "http://[::1]:8501"),
        ("localhost", "http://localhost"),
        ("localhost:80", "http://localhost"),
        ("nas:8501", "http://nas:8501"),
        ("console.example", "https://console.example"),
        ("console.example", "http://console.example"),
        ("console.example:443", "https://console.example"),
        ("console.example:8443", "https://console.example:8443"),
    ],
)
def test_a_page_of_the_same_address_is_answered(port, host, origin):
    assert statuses(port, [("Host", host), ("Origin", origin)]) == (200, 101)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:3000"),
        ("localhost:8501", "http://localhost"),
        ("localhost:8501", "https://localhost"),
        ("localhost:8501", "http://127.0.0.1:8501"),
        ("127.0.0.1:8501", "http://127.0.0.2:8501"),
        ("localhost", "https://localhost"),
        ("localhost", "http://localhost:3000"),
        ("localhost", "http://localhost:0"),
        ("console.example", "https://console.example:8443"),
        ("console.example:8501", "https://console.example"),
        ("console.example", "https://nas"),
        ("console.example", "https://www.console.example"),
        ("localhost:8501", "https://evil.example"),
        ("localhost:8501", "http://localhost:8501.evil.example"),
        ("localhost:8501", "http://localhost:8501@evil.example"),
        ("localhost:8501", "http://user@localhost:8501"),
        ("localhost:8501", "http://localhost:8501/"),
        ("localhost:8501", "chrome-extension://localhost:8501"),
        ("localhost:8501", "null"),
        ("localhost:8501", ""),
        ("localhost:8501", "localhost:8501"),
    ],
)
def test_a_page_of_another_address_is_refused(port, host, origin):
    assert statuses(port, [("Host", host), ("Origin", origin)]) == (403, 403)


@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_page_is_refused_whatever_it_asks_for(port, method):
    headers = [("Host", "localhost:8501"), ("Origin", "http://localhost:3000")]
    assert raw_request(port, headers, method=method, path="/deep/path").status == 403


def test_a_second_origin_does_not_hide_a_foreign_first_one(port):
    foreign, own = ("Origin", "http://evil.example"), ("Origin", "http://nas")
    for headers in ([("Host", "nas"), foreign, own], [("Host", "nas"), own, foreign]):
        http, websocket = statuses(port, headers)
        assert http == 403
        assert websocket in (400, 403)  # the server itself refuses a handshake with two


@pytest.mark.parametrize("method", METHODS)
def test_a_program_that_sends_no_origin_is_answered(port, method):
    assert raw_request(port, [("Host", "localhost:8501")], method=method).status == 200


def test_a_proxy_that_ends_tls_and_says_so_has_the_secure_page_alone(port):
    told = [("X-Forwarded-Proto", "https")]
    for host in ("console.example", "localhost"):
        assert statuses(port, [*told, ("Host", host), ("Origin", f"https://{host}")]) == (200, 101)
        assert statuses(port, [*told, ("Host", host), ("Origin", f"http://{host}")]) == (403, 403)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "websocket"])
def test_a_part_that_another_sites_page_loads_is_refused_although_it_names_no_origin(port, site, mode):
    assert statuses(port, [("Host", "nas"), ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)]) == (403, 403)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_a_link_from_anywhere_may_be_followed(port, site):
    headers = [("Host", "nas"), ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate")]
    assert raw_request(port, headers).status == 200


def test_a_form_that_another_sites_page_sends_is_refused(port):
    headers = [("Host", "nas"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")]
    assert raw_request(port, headers, method="POST").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        [("Host", "evil.example")],
        [("Host", "a'b")],
        [("Host", "nas"), ("Origin", "http://<b>evil</b>")],
        [("Host", "nas"), ("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_a_refusal_is_one_plain_sentence_that_names_the_setting(port, headers):
    reply = raw_request(port, headers)
    assert reply.status == 403
    assert "ROUTER_ALLOWED_HOSTS" in reply.text
    assert reply.text.endswith(".")
    assert "<" not in reply.text
    assert reply.headers["content-type"].startswith("text/plain")


def test_a_refusal_names_the_host_that_is_to_be_added(port):
    assert "as evil.example;" in raw_request(port, [("Host", "EVIL.example:8501")]).text
