"""Alerts in the console: a number, a line on every page for what stops work, a list, and their settings on Setup."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pages.components.console.runtime import runtime
from pages.components.operate.alert_view import alert_lines, count_alerts
from router import TaskType
from router.alerts import AlertKind
from tests.pages.test_pages import words


@pytest.fixture
def webhook():
    """A receiver in a thread: its address, and what it was told."""
    messages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            messages.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
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


def stand(kind, subject, message, *, told=True):
    alerts = runtime().store.alerts
    alerts.note(f"{kind}|{subject}", kind, subject, message, now=1_790_000_000.0)
    if told:
        alerts.mark_told(f"{kind}|{subject}", now=1_790_000_020.0)


def press(app, key):
    (button,) = [button for button in app.button if button.key and button.key.endswith(key)]
    return button.click().run()


def test_what_was_told_is_counted_and_listed_and_what_stops_work_stands_on_every_page(show):
    show("run.py")
    stand(AlertKind.TASK_DOWN, "vision", "Vision: no model is available.")
    stand(AlertKind.RUNS_DRY, "groq:m", "Groq m: 3 of 1,000 requests are left.")
    stand(AlertKind.KEY_REFUSED, "groq", "Groq refuses its key.", told=False)
    assert count_alerts(runtime()) == 2
    lines = [error.value.replace("\\", "") for error in show("shell.py").error]
    assert any("Vision: no model is available." in line for line in lines)
    assert not any("requests are left" in line or "refuses its key" in line for line in lines)
    listed = words(show("health.py")).replace("\\", "")
    assert "Vision: no model is available." in listed
    assert "3 of 1,000 requests are left" in listed


def test_a_total_outage_is_one_line_on_every_page_and_none_above_health(show):
    show("run.py")
    for task in TaskType:
        stand(AlertKind.TASK_DOWN, task, f"{task}: no model is available.")
    stand(AlertKind.LAST_TARGET, TaskType.VISION, "Vision: only Groq m is left.")
    stand(AlertKind.RETIREMENT, "groq:m", "Groq m retires soon.")
    said = [error.value.replace("\\", "") for error in show("shell.py").error]
    assert [line for line in said if "odel is available" in line] == [
        "No model is available for any task. [Health](./health) says more."
    ]
    lines = [message for message, _ in alert_lines(runtime())]
    assert lines == ["No model is available for any task.", "Groq m retires soon."]
    assert count_alerts(runtime()) == len(lines)
    health = show("shell.py").switch_page("health.py").run()
    assert not [error for error in health.error if "says more" in error.value]


def test_several_tasks_without_a_model_are_named_in_one_line(show):
    show("run.py")
    for task in (TaskType.VISION, TaskType.VERIFICATION):
        stand(AlertKind.TASK_DOWN, task, f"{task}: no model is available.")
    assert alert_lines(runtime())[0][0] == "No model is available for 2 tasks: Verification, Vision."


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


def test_a_webhook_that_does_not_answer_is_said_without_its_address(show, environment):
    environment.setenv("ROUTER_ALERT_URL", "http://127.0.0.1:9/services/secret-token")
    app = press(show("setup.py", view="Alerts"), "alerts_test")
    assert "The test did not arrive" in words(app)
    assert "secret-token" not in words(app)


def test_which_are_told_is_chosen_and_kept(show, tmp_path):
    app = show("setup.py", view="Alerts")
    app.pills(key="alert_kinds").set_value([AlertKind.LOG, AlertKind.BILLED])
    press(app, "alerts_save")
    assert (tmp_path / ".env").read_text() == "ROUTER_ALERTS=billed+log\n"
