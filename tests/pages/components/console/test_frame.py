"""The frame's style sheet and script are in every page that the running console serves, and in nothing else."""

import re

import httpx
import pytest

from pages.components.console.frame import ASSETS
from tests.browser.console import running_console

pytestmark = pytest.mark.timeout(180)
PAGE = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with (
        running_console(tmp_path_factory.mktemp("console")) as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def page(client):
    return client.get("/compare", headers=PAGE)


def test_a_page_names_both_files_by_what_is_in_them_and_they_are_there_to_keep(client, page):
    names = re.findall(r'(?:href|src)="\./(frame/[0-9a-f]{12}/(frame\.(?:css|js)))"', page.text)
    assert [name for _, name in names] == ["frame.css", "frame.js"]
    for address, name in names:
        reply = client.get(f"/{address}")
        assert reply.content == (ASSETS / name).read_bytes()
        assert "immutable" in reply.headers["cache-control"]


def test_the_files_come_from_the_folder_in_which_the_page_lies_wherever_that_is(page):
    assert not re.search(r'(?:href|src)="/', page.text.partition("</head>")[0]), (
        "the console may be served below a path"
    )


def test_a_page_is_whole_and_is_not_kept_from_before(client, page):
    assert page.text.rstrip().endswith("</html>")
    assert int(page.headers["content-length"]) == len(page.content)
    assert "etag" not in page.headers
    again = client.get("/compare", headers=PAGE | {"If-Modified-Since": "Fri, 27 Nov 2037 00:00:00 GMT"})
    assert again.status_code == 200
    assert "Content-Security-Policy" in again.headers


def test_what_is_no_page_is_left_as_it_is(client):
    assert "frame.js" not in client.get("/_stcore/health", headers=PAGE).text
    assert client.get("/frame/x/frame.py").status_code == 404
    assert client.get("/frame/x/..%2f..%2flooks.py").status_code in (400, 404)


def test_an_address_without_a_page_leads_to_one_and_what_is_no_page_keeps_its_own(client):
    assert client.get("/quick_entry?entry=1", headers=PAGE).headers["location"] == "/quick-entry?entry=1"
    assert client.get("/nothing-here", headers=PAGE).headers["location"] == "/?unknown=nothing-here"
    assert client.get("/livez", headers=PAGE).json() == {"status": "alive"}
