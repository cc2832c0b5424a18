"""Nothing of OpenTelemetry is loaded where nobody has asked for it."""

import os
import subprocess
import sys

import pytest

CODE = """
import sys
from router.settings import Settings
from router.telemetry import open_telemetry
telemetry = open_telemetry(Settings.from_env(dict(SETTINGS)))
print(telemetry is not None, any(name.startswith("opentelemetry.sdk") for name in sys.modules))
"""
WITHOUT_PACKAGES = "import sys; sys.modules['opentelemetry'] = None\n"


def outcome(settings, before=""):
    """Whether there is telemetry, whether it is loaded, and what was warned of, in a process of its own."""
    code = before + CODE.replace("SETTINGS", repr(settings))
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return result.stdout.split(), result.stderr


@pytest.mark.parametrize("settings", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}])
def test_without_an_endpoint_nothing_is_loaded(settings):
    assert outcome(settings) == (["False", "False"], "")


def test_what_is_switched_off_by_opentelemetrys_own_setting_stays_off():
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}
    assert outcome(settings) == (["False", "False"], "")


def test_with_an_endpoint_and_without_the_packages_it_says_what_to_install():
    told, warned = outcome({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, WITHOUT_PACKAGES)
    assert told == ["False", "False"]
    assert "pip install opentelemetry-sdk" in warned
