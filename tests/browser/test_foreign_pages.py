"""What a real browser can do to the console from another local port's page, and from the console's own."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.browser import console

pytestmark = pytest.mark.timeout(180)

OPEN_SOCKET = """address => new Promise(done => {
    const socket = new WebSocket(address)
    socket.onopen = () => done('opened')
    socket.onerror = () => done('refused')
})"""
LOAD_PICTURE = """address => new Promise(done => {
    const picture = new Image()
    picture.onload = () => done('loaded')
    picture.onerror = () => done('refused')
    picture.src = address
})"""
SEND_FORM = """address => fetch(address, {method: 'POST', mode: 'no-cors', body: 'x'}).then(() => 'sent')"""


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextmanager
def another_server():
    """A page on another port of this machine; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def foreign_page(page):
    with another_server() as address:
        page.goto(address)
        yield page


def test_a_foreign_page_opens_no_websocket(foreign_page, url):
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    assert foreign_page.evaluate(OPEN_SOCKET, address) == "refused"


def test_a_foreign_page_loads_no_picture_of_the_console(foreign_page, url, page):
    assert foreign_page.evaluate(LOAD_PICTURE, f"{url}/favicon.png") == "refused"
    console.opened(page, url)
    assert page.evaluate(LOAD_PICTURE, f"{url}/favicon.png") == "loaded"


def test_what_a_foreign_page_sends_is_refused(foreign_page, url):
    with foreign_page.expect_response(lambda reply: reply.url.startswith(url)) as caught:
        foreign_page.evaluate(SEND_FORM, f"{url}/_stcore/upload_file/a/b")
    assert caught.value.status == 403


def test_a_link_on_a_foreign_page_opens_the_console(foreign_page, url):
    foreign_page.evaluate("address => { location.href = address }", url)
    console.ready(foreign_page)


def test_the_console_opens_as_localhost_too(page, url):
    console.opened(page, f"http://localhost:{urlsplit(url).port}")
