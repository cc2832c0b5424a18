"""Alerts in the console: a number, a line on every page for what stops work, and a list."""

from pages.components.console.runtime import runtime
from pages.components.setup.alert_view import alert_lines, count_alerts
from router import TaskType
from router.alerts import AlertKind
from tests.pages.test_pages import words


def stand(kind, subject, message, *, told=True):
    alerts = runtime().store.alerts
    alerts.note(f"{kind}|{subject}", kind, subject, message, now=1_790_000_000.0)
    if told:
        alerts.mark_told(f"{kind}|{subject}", now=1_790_000_020.0)


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
