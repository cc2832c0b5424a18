"""A browser where there is one, and a fresh console on the simulated providers for each module."""

import pytest
from playwright.sync_api import expect, sync_playwright

from router.simulator import Simulator
from tests.browser import console

expect.set_options(timeout=30_000)  # a busy machine draws late; what is there at once waits for nothing


def pytest_collection_modifyitems(items):
    """On a busy machine a browser can miss a key: such a test is played a second time, and the summary names it."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.flaky(reruns=1))


# By module: Playwright keeps an event loop running in this thread, in which no other test's could start.
@pytest.fixture(scope="module")
def browser():
    if console.CHROMIUM is None:
        pytest.skip("no browser: Debian's package chromium brings one")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=console.CHROMIUM, args=console.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A fresh console."""
    with console.running_console(tmp_path_factory.mktemp("console")) as address:
        yield address


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory):
    """A console with keys, and the simulated providers that it calls; shared by a module's tests."""
    folder = tmp_path_factory.mktemp("stage")
    with console.staged_console(folder) as stage:
        yield stage


@pytest.fixture
def stage(shared_stage):
    """`shared_stage` with its providers in health and nothing held."""
    yield shared_stage
    shared_stage.simulator.clear_faults()


@pytest.fixture
def page(browser):
    """A tab; what it asked other hosts for, and what the browser blocked or complained of, is in `complaints`."""
    page = browser.new_page(viewport=console.WIDE)
    page.set_default_timeout(30_000)
    page.complaints = []
    page.on("console", lambda message: _complaint(page, message))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: _foreign(page, request))
    yield page
    page.close()


def _complaint(page, message):
    # On a deep link Streamlit itself looks for its health check below the page's path first.
    if message.type == "error" and "_stcore" not in message.location.get("url", ""):
        page.complaints.append(message.text)


def _foreign(page, request):
    if "127.0.0.1" not in request.url and not request.url.startswith(("data:", "blob:")):
        page.complaints.append(f"a request left for {request.url}")


@pytest.fixture
def staged(tmp_path):
    """A console with keys, on providers that a test can break; gives its address, the providers and its database."""
    with Simulator(pace=0.2) as simulator, console.with_keys(tmp_path, simulator) as address:
        yield address, simulator, tmp_path / "console.db"
