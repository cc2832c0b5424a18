"""A console that asks for sign-in, in a real browser against a real OpenID provider."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from router.providers.accounts import configured_accounts
from router.settings import Settings
from router.table.route_file import load_routes
from tests.browser import console
from tests.raw_http import raw_handshake, raw_request

pytestmark = pytest.mark.timeout(240)

ADA, BEN = "ada@example.com", "ben@example.com"
SECRETS = """
[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "console"
client_secret = "of the console"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
CLOSED = [
    "/", "/history", "/health", "/setup", "/nowhere", "/v1", "/_stcore/host-config", "/_stcore/metrics",
    "/_stcore/upload_file/a/b", "/media/a.png", "/static/index.js", "/component/a/b", "/favicon.png", "/index.html",
    "/export/requests.csv", "/export/requests.json", "/answers/a.txt", "/frame/a/frame.js", "//history",
    "/livez/../history", "/_stcore/agent/interact", "/sign-in/nobody",
]  # fmt: skip
STREAM = "/_stcore/stream"


@pytest.fixture(scope="module")
def provider():
    """A provider that knows two people; gives its address."""
    port = console.free_port()
    address = f"http://localhost:{port}"
    with subprocess.Popen([sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]) as process:
        try:
            for email, name in ((ADA, "Ada"), (BEN, "Ben")):
                add_person(f"{address}/users/{quote(email)}", {"email": email, "email_verified": True, "name": name})
            yield address
        finally:
            process.terminate()


def add_person(url, claims):
    """Tell the provider of a person, as soon as it listens."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
        assert client.put(url, json=claims).status_code == 204


@pytest.fixture(scope="module")
def stage(provider, tmp_path_factory):
    """A console with keys that asks for sign-in, where Ada is the operator."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit/secrets.toml").write_text(SECRETS.format(provider=provider))
    (folder / ".env").write_text(f"ROUTER_OPERATORS={ADA}\n")
    with console.staged_console(folder) as stage:
        yield stage


@pytest.fixture
def address(stage):
    """The console's address as its redirect_uri has it."""
    return f"http://localhost:{urlsplit(stage.url).port}"


@pytest.fixture
def tab(browser):
    """A tab with cookies of its own."""
    context = browser.new_context(viewport=console.WIDE)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def sign_in(page, email):
    page.get_by_role("link", name="Sign in").click()
    page.get_by_placeholder("sub").fill(email)
    page.get_by_role("button", name="Authorize").click()
    console.ready(page)


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_served_to_whoever_has_not_signed_in(stage, path):
    own = ("Host", f"localhost:{urlsplit(stage.url).port}")
    for method in ("GET", "POST", "PUT", "DELETE"):
        reply = raw_request(urlsplit(stage.url).port, [own], path=path, method=method)
        assert reply.status in (400, 401), method
        assert "stApp" not in reply.text
    page = raw_request(urlsplit(stage.url).port, [own, ("Accept", "text/html")], path=path)
    assert page.status in (400, 401)


def test_no_websocket_opens_without_a_cookie_or_with_a_forged_one(stage):
    port = urlsplit(stage.url).port
    own = [("Host", f"localhost:{port}"), ("Origin", f"http://localhost:{port}")]
    assert raw_handshake(port, own, path=STREAM).status == 403
    for cookie in (
        "_streamlit_user=e30.aaaa.bbbb",
        "_streamlit_user=chunks-99",
        "_streamlit_user=\xe9",
        "_streamlit_user=",
    ):
        assert raw_handshake(port, [*own, ("Cookie", cookie)], path=STREAM).status == 403


def test_what_machines_ask_is_open_and_the_gateway_asks_for_its_key(stage):
    port = urlsplit(stage.url).port
    own = ("Host", f"localhost:{port}")
    for path in ("/livez", "/readyz", "/_stcore/health", "/metrics"):
        assert raw_request(port, [own], path=path).status == 200
    for path in ("/v1/models", "/models", "/v1/router/usage"):
        assert raw_request(port, [own], path=path).status == 401
    for headers in ([("X-Forwarded-For", "203.0.113.9")], [("Authorization", "Bearer drk_x"), ("Via", "1.1 proxy")]):
        assert raw_request(port, [own, *headers], path="/metrics").status == 401


def test_an_operator_signs_in_lands_on_the_page_that_was_asked_for_changes_things_and_signs_out(tab, address, stage):
    tab.goto(f"{address}/routing?task=vision")
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()
    sign_in(tab, ADA)
    assert urlsplit(tab.url).path == "/routing"
    expect(tab.locator(".st-key-person").get_by_text("Ada", exact=True)).to_be_visible()
    with tab.expect_response(re.compile("export/requests.json")) as reply:
        tab.evaluate("() => fetch('./export/requests.json')")
    assert reply.value.status == 200
    hold(stage)
    console.opened(tab, f"{address}/health")
    tab.get_by_role("button", name="Reset", exact=True).first.click()
    expect(tab.get_by_text("1 cooldown reset")).to_be_visible()
    assert stage.rows("SELECT changed_by FROM events WHERE kind = 'reset'") == [(ADA,)]
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(re.compile("end_session"))
    tab.goto(f"{address}/history")
    expect(tab.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_viewer_looks_and_runs_and_a_reset_is_refused_by_the_server(tab, address, stage):
    people(stage, ADA, BEN)
    try:
        tab.goto(address)
        sign_in(tab, BEN)
        hold(stage)
        console.opened(tab, f"{address}/health")
        tab.get_by_role("button", name="Reset all").click()
        button = tab.get_by_test_id("stDialog").get_by_role("button", name="Reset", exact=True)
        expect(button).to_be_enabled()
        people(stage, ADA)  # the dialog that shows the button open is older than that
        button.click()
        expect(tab.get_by_text("Only an operator may change this").first).to_be_visible()
        assert stage.rows("SELECT count(*) FROM events WHERE changed_by = ?", BEN) == [(0,)]
        assert stage.rows("SELECT count(*) FROM holds") == [(2,)]
        tab.reload()
        console.ready(tab)
        expect(tab.get_by_role("button", name="Reset", exact=True).first).to_be_disabled()
        expect(tab.get_by_text("You may look and run")).to_be_visible()
    finally:
        people(stage, ADA)


def people(stage, *operators):
    (stage.folder / ".env").write_text(f"ROUTER_OPERATORS={','.join(operators)}\n")


def hold(stage):
    """Put two cooldowns where the console's router finds them."""
    settings = Settings.from_env(console.keys(stage.simulator))
    account = configured_accounts(load_routes(settings.routes), settings)["groq"].id
    with closing(sqlite3.connect(stage.folder / "console.db")) as connection, connection:
        for model in ("openai/gpt-oss-120b", "openai/gpt-oss-20b"):
            connection.execute(
                "INSERT OR REPLACE INTO holds (account, scope, key, provider, model, outcome, reason, since, until, "
                "strikes, sick) VALUES (?, 'target', ?, 'groq', ?, 'server_error', 'down', unixepoch(), "
                "unixepoch() + 3000, 1, 1)",
                (account, model, model),
            )
        connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'holds'")
