"""What docs/clients.md and the console show works, and the versions that are named are those that are run."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from pages.components.apps.client_examples import LANGUAGES, client_example
from tests.clients.conftest import HERE
from tests.clients.gateway_process import ROOT

PAGE = (ROOT / "docs/clients.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMAND = re.search(r"^```sh\n(curl .*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]
ADDRESS = "http://127.0.0.1:8700/v1"
PYTHON = HERE / ".venv/bin/python"
PRINTED = {
    "openai": r"^\S+:\S+ Simulated reply.*'outcome': 'succeeded'",
    "langchain": r"^meal='2 eggs and toast' calories=",
    "pydantic-ai": r"^Simulated reply",
    "openai-agents": r"^Simulated reply",
    "instructor": r"^meal='2 eggs and toast' calories=",
    "litellm": r"^Simulated reply",
}
"""What each program prints, in their order."""

pytestmark = pytest.mark.timeout(180)


def run_pasted(playground, line, text):
    environment = playground.environment(DUAL_ROUTER_API_KEY=playground.key, LITELLM_LOCAL_MODEL_COST_MAP="True")
    text = text.replace(ADDRESS, playground.gateway.url)
    result = subprocess.run([*line, "-c", text], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_program_is_known_here():
    assert len(PROGRAMS) == len(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_a_program_prints_what_it_is_there_to_show(playground, name):
    if name != "openai" and not PYTHON.exists():
        pytest.skip("the clients from PyPI are brought by: make clients")
    python = sys.executable if name == "openai" else PYTHON
    printed = run_pasted(playground, [python], PROGRAMS[list(PRINTED).index(name)])
    assert re.search(PRINTED[name], printed, re.DOTALL), printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_command_answers(playground):
    assert json.loads(run_pasted(playground, ["sh"], COMMAND))["choices"][0]["message"]["content"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_console_shows_for_a_new_key_answers(playground, language):
    text = client_example(language, playground.gateway.url, playground.key)
    if language != "Python":
        line = ["sh", "-c", text] if language == "curl" else ["node", "--input-type=module", "-e", text]
    else:
        line = [sys.executable, "-c", text]
    if shutil.which(line[0]) is None or (language == "TypeScript" and not (HERE / "node/node_modules").exists()):
        pytest.skip(f"{line[0]} is not there, or what it needs: make clients")
    result = subprocess.run(line, cwd=HERE / "node", env=playground.environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Simulated reply" in result.stdout


def test_the_page_names_the_versions_that_are_run():
    lines = [line.partition("#")[0] for line in (HERE / "requirements.txt").read_text().splitlines()]
    pins = [Requirement(line) for line in lines if line.strip()]
    packages = json.loads((HERE / "node/package.json").read_text())["dependencies"]
    named_in_page = (
        "openai",
        "ai",
        "@ai-sdk/openai",
        "@ai-sdk/openai-compatible",
        "@langchain/openai",
        "@openai/agents",
    )
    versions = [str(pin.specifier).removeprefix("==") for pin in pins] + [packages[name] for name in named_in_page]
    assert [one for one in (*versions, version("openai")) if one not in PAGE] == []
