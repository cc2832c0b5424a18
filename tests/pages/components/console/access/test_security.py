"""The running console refuses foreign names and foreign pages, on every path and for websockets."""

import re
import tomllib
from urllib.parse import urlsplit

import pytest

from tests.browser.console import ROOT, running_console
from tests.raw_http import raw_handshake, raw_request

pytestmark = pytest.mark.timeout(180)

STREAM = "/_stcore/stream"
PATHS = [
    "/", "/history", "/setup", "/nowhere", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics",
    "/_stcore/upload_file/a/b", "/media/a.png", "/static/index.js", "/component/a/b", "/oauth2callback", "/favicon.png",
    "/export/requests.csv", "/export/requests.json", "/answers/a.txt", "/frame/a/frame.js",
]  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A console as it starts unasked."""
    with running_console(tmp_path_factory.mktemp("console")) as address:
        yield urlsplit(address).port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST.", "127.0.0.1.", "127.0.0.2"])
def test_this_machines_names_open_the_page_and_its_websocket(port, host):
    own = ("Host", f"{host}:{port}")
    assert raw_request(port, [own]).status == 200
    assert raw_handshake(port, [own, ("Origin", f"http://{host}:{port}")], path=STREAM).status == 101


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_is_refused_on_every_path(port, path):
    reply = raw_request(port, [("Host", f"rebound.example:{port}")], path=path)
    assert reply.status == 403
    assert "rebound.example; if that host name is its own, add it to ROUTER_ALLOWED_HOSTS." in reply.text


@pytest.mark.parametrize("target", ["http://rebound.example/", "HTTP://localhost/history", "localhost:443", "*"])
def test_a_target_that_names_a_host_is_refused_whatever_the_host_header_says(port, target):
    assert raw_request(port, [("Host", "localhost")], path=target).status in (400, 403)
    assert raw_handshake(port, [("Host", "localhost")], path=target).status in (400, 403)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_on_another_local_port_is_refused_on_every_path(port, path):
    headers = [("Host", f"localhost:{port}"), ("Origin", "http://localhost:3000")]
    assert raw_request(port, headers, path=path).status == 403


@pytest.mark.parametrize(
    "host", ["rebound.example", "0.0.0.0", "127.0.0.1.evil.com", "localhost.evil.com", "192.168.1.5"]
)
def test_a_page_under_a_foreign_name_opens_no_websocket(port, host):
    headers = [("Host", f"{host}:{port}"), ("Origin", f"http://{host}:{port}")]
    assert raw_handshake(port, headers, path=STREAM).status == 403


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "http://localhost", "https://localhost", "http://127.0.0.1:{port}", "null"]
)
def test_a_page_at_another_address_opens_no_websocket(port, origin):
    headers = [("Host", f"localhost:{port}"), ("Origin", origin.format(port=port))]
    assert raw_handshake(port, headers, path=STREAM).status == 403


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_a_foreign_page_uploads_and_deletes_nothing(port, method):
    headers = [("Host", f"localhost:{port}"), ("Origin", "http://localhost:3000")]
    assert raw_request(port, headers, method=method, path="/_stcore/upload_file/a/b").status == 403


def test_a_refusal_carries_the_security_headers(port):
    reply = raw_request(port, [("Host", "rebound.example")])
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in reply.headers["content-security-policy"]


def test_a_form_on_a_page_sends_to_the_console_alone(port):
    policy = raw_request(port, [("Host", "localhost")]).headers["content-security-policy"]
    assert re.findall(r"form-action ([^;]*)", policy) == ["'self'"]


def test_a_listed_name_is_answered_behind_a_proxy_that_ends_tls(tmp_path):
    with running_console(tmp_path, ROUTER_ALLOWED_HOSTS="console.example") as address:
        port, own = urlsplit(address).port, ("Host", "console.example")
        assert raw_request(port, [own]).status == 200
        assert raw_handshake(port, [own, ("Origin", "https://console.example")], path=STREAM).status == 101
        assert raw_handshake(port, [own, ("Origin", "https://evil.example")], path=STREAM).status == 403
        assert raw_request(port, [("Host", "evil.example")]).status == 403


def test_refused_websockets_leave_one_line_in_the_consoles_output(tmp_path):
    with running_console(tmp_path) as address:
        port = urlsplit(address).port
        for origin in ("null", "http://localhost:3000", "http://evil.example"):
            raw_handshake(port, [("Host", f"localhost:{port}"), ("Origin", origin)], path=STREAM)
    output = (tmp_path / "console.log").read_text()
    assert output.count("ROUTER_ALLOWED_HOSTS") == 1
    assert "handshake" not in output


def test_a_setting_that_cannot_be_used_leaves_this_machine_alone_and_is_said_at_the_start(tmp_path):
    with running_console(tmp_path, ROUTER_ALLOWED_HOSTS="*, nas") as address:
        port = urlsplit(address).port
        assert raw_request(port, [("Host", "nas")]).status == 403
        assert raw_request(port, [("Host", "localhost")]).status == 200
        export = raw_request(port, [("Host", "localhost")], path="/export/requests.csv")
        assert export.status == 503
        assert "ROUTER_ALLOWED_HOSTS cannot be used: '*'" in export.text
    assert "ROUTER_ALLOWED_HOSTS cannot be used: '*'" in (tmp_path / "console.log").read_text()


def test_a_moment_out_of_all_bounds_is_refused_in_words(port):
    for name in ("since", "until"):
        path = f"/export/requests.csv?{name}=9999-12-31T23:59:59.999999"
        reply = raw_request(port, [("Host", "localhost")], path=path)
        assert reply.status == 400
        assert "is not in the years 1970 to 2100" in reply.text


def test_the_box_of_a_crash_shows_no_details_and_offers_no_search_engine():
    client = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["client"]
    assert client["showErrorDetails"] == "none"
    assert client["showErrorLinks"] is False
