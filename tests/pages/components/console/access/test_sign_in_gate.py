"""A console that others can reach does not start without sign-in, and says why."""

import os
import subprocess
import sys

import pytest

from pages.components.console.access.sign_in import SignIn
from pages.components.console.access.sign_in_gate import OwnMachineDoor, exposure_problem
from tests.browser.console import ROOT, free_port

SIGN_IN = SignIn("https://console.example", ("default",), "x" * 32)
OWN = ["127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9"]
OPEN = ["0.0.0.0", "::", "", None, "192.168.1.5", "console.example", "10.0.0.1", "::ffff:127.0.0.1", "nonsense address"]


@pytest.mark.parametrize("address", OWN)
def test_on_this_machine_alone_nobody_has_to_sign_in(address):
    assert exposure_problem(address, None, insecure=False) is None


@pytest.mark.parametrize("address", OPEN)
def test_beyond_this_machine_it_takes_sign_in_or_a_waiver(address):
    problem = exposure_problem(address, None, insecure=False)
    assert "[auth]" in problem
    assert "ROUTER_INSECURE=1" in problem
    assert exposure_problem(address, SIGN_IN, insecure=False) is None
    assert exposure_problem(address, None, insecure=True) is None


def start(folder, *options, secrets="", **environment):
    """Start a console that is expected to end by itself; gives its exit status and what it has said."""
    if secrets:
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit/secrets.toml").write_bytes(secrets)
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(free_port())]
    wanted = {"ROUTER_MODE": "simulated", "ROUTER_DATABASE_URL": f"sqlite:///{folder}/a.db", **environment}
    done = subprocess.run(
        [*command, *options], env=os.environ | wanted, cwd=folder, capture_output=True, text=True,
        timeout=50, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_a_console_that_listens_everywhere_ends_at_once_with_the_reason(tmp_path):
    status, words = start(tmp_path, "--server.address", "0.0.0.0")
    assert status == 2
    assert "The console does not start: server.address=0.0.0.0 lets other machines in" in words
    assert "Traceback" not in words


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [(b"[auth]\nclient_id = 'a'\n", "cookie_secret"), (b"[auth\n", "cannot be read"), (b"[auth]\n# \xe9\n", "UTF-8")],
)
def test_sign_in_that_is_half_set_up_or_unreadable_is_never_taken_for_none(tmp_path, secrets, reason):
    status, words = start(tmp_path, secrets=secrets)
    assert status == 2
    assert reason in words
    assert "Traceback" not in words


@pytest.mark.anyio
@pytest.mark.parametrize(("server", "kind", "passes"), [
    ("127.0.0.1", "http", True), ("::1", "websocket", True), ("192.168.1.5", "http", False),
    ("192.168.1.5", "websocket", False),
])  # fmt: skip
async def test_another_server_than_streamlits_serves_this_machines_own_addresses_alone(server, kind, passes):
    passed, sent = [], []

    async def app(scope, receive, send):
        passed.append(scope)

    async def send(message):
        sent.append(message)

    await OwnMachineDoor(app)({"type": kind, "server": (server, 8501), "headers": []}, None, send)
    assert bool(passed) is passes
    if kind == "http" and not passes:
        assert sent[0]["status"] == 403
