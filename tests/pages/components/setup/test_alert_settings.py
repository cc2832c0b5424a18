"""Alerts on Setup: chosen, a webhook saved and tested, and what stands now."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pages.components.console.runtime import close, runtime
from router.alerts import AlertKind
from tests.pages.test_pages import words


@pytest.fixture
def webhook():
    """A receiver in a thread: its address, and what it was told."""
    messages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            messages.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(404 if self.path.endswith("gone") else 204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/services/secret-token", messages
    server.shutdown()
    thread.join()
    server.server_close()


def press(app, key):
    (button,) = [button for button in app.button if button.key and button.key.endswith(key)]
    return button.click().run()


def fault(app):
    """What is said below the webhook's field."""
    return next(caption.value for caption in app.caption if caption.value.startswith(":red[")).replace("\\", "")


def test_a_webhook_is_saved_tested_and_never_shown(show, webhook, tmp_path):
    url, messages = webhook
    app = show("setup.py", view="Alerts")
    app.text_input(key="alert_url").input(url)
    app = press(app, "alerts_save")
    assert f"ROUTER_ALERT_URL={url}" in (tmp_path / ".env").read_text()
    app = press(app, "alerts_test")
    assert "The webhook has taken the test" in words(app)
    assert [message["state"] for message in messages] == ["test"]
    assert messages[0]["text"]
    assert "secret-token" not in words(app)


def test_an_address_is_tested_before_it_is_saved(show, webhook, tmp_path):
    url, messages = webhook
    app = show("setup.py", view="Alerts")
    app.text_input(key="alert_url").input(url)
    app = press(app, "alerts_test")
    assert "The webhook has taken the test" in words(app)
    assert "It is not saved yet." in words(app)
    assert len(messages) == 1
    assert not (tmp_path / ".env").exists()
    assert app.text_input(key="alert_url").value == url


def test_what_a_webhook_answers_to_a_test_that_it_does_not_take_is_said(show, webhook):
    app = show("setup.py", view="Alerts")
    app.text_input(key="alert_url").input(f"{webhook[0]}/gone")
    app = press(app, "alerts_test")
    assert "The test did not arrive: the webhook answers 404." in words(app)
    assert "secret-token" not in words(app)


def test_a_webhook_that_does_not_answer_is_said_without_its_address(show, environment):
    environment.setenv("ROUTER_ALERT_URL", "http://127.0.0.1:9/services/secret-token")
    app = press(show("setup.py", view="Alerts"), "alerts_test")
    assert "The test did not arrive: the webhook cannot be reached." in words(app)
    assert "secret-token" not in words(app)


@pytest.mark.parametrize("button", ["alerts_save", "alerts_test"])
@pytest.mark.parametrize("text", ["hooks.example.com/secret-token", "https://two words"])
def test_what_is_no_address_is_said_at_its_field_and_neither_saved_nor_called(show, tmp_path, button, text):
    app = show("setup.py", view="Alerts")
    app.text_input(key="alert_url").input(text)
    app = press(app, button)
    assert "The webhook's address must begin with https://" in fault(app)
    assert "ROUTER_" not in words(app)
    assert "secret-token" not in words(app)
    assert not (tmp_path / ".env").exists()


def test_a_test_without_an_address_asks_for_one(show):
    assert "Paste the webhook's address first." in fault(press(show("setup.py", view="Alerts"), "alerts_test"))


def test_which_are_told_is_chosen_and_kept(show, tmp_path):
    app = show("setup.py", view="Alerts")
    assert all(box.value for box in app.checkbox), "all, until somebody chooses"
    for box in app.checkbox:
        box.set_value(box.key in (f"alert_{AlertKind.LOG}", f"alert_{AlertKind.BILLED}"))
    press(app, "alerts_save")
    assert (tmp_path / ".env").read_text() == "ROUTER_ALERTS=billed+log\n"
    boxes = {box.key: box.value for box in show("setup.py", view="Alerts").checkbox}
    assert [key for key, ticked in boxes.items() if ticked] == [f"alert_{AlertKind.BILLED}", f"alert_{AlertKind.LOG}"]


def test_what_stands_now_is_listed_and_that_nothing_does_is_said_too(show, environment):
    assert "None." in words(show("setup.py", view="Alerts"))
    alerts = runtime().store.alerts
    alerts.note("log|log", AlertKind.LOG, "log", "The log cannot be written.", now=1_790_000_000.0)
    alerts.mark_told("log|log", now=1_790_000_020.0)
    assert "The log cannot be written. :small[since" in words(show("setup.py", view="Alerts"))
    environment.setenv("ROUTER_MODE", "simulated")
    close()
    assert "Simulated providers raise no alerts." in words(show("setup.py", view="Alerts"))
