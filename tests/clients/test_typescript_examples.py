"""Every example of docs/typescript.md: its types hold, and it runs."""

import re
import subprocess

import pytest

from tests.clients.gateway_process import ROOT
from tests.clients.typescript import NODE, build_programs, needs_node

pytestmark = [*needs_node, pytest.mark.timeout(180)]

EXAMPLES = re.findall(r"^```ts\n(.*?)^```", (ROOT / "docs/typescript.md").read_text(), re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8700/v1"

PRINTED = {
    "complete": r"Simulated reply.*\nby groq:\S+, after \d that did not answer",
    "stream": r"Simulated reply.*\n\d+ tokens",
    "json": r"^2 eggs and toast: [\d.]+ kcal",
    "tools": r'^get_weather\(\{"city":".*18 degrees and dry',
    "errors": r"^for the operator: This key is not known here",
    "figures": r"^requests by provider \{.*by target \{",
    "backend": r"^Simulated reply",
    "openai": r"^\S+:\S+ Simulated reply.*Simulated reply",
    "ai compatible": r"^Simulated reply.*\n2 eggs and toast: [\d.]+ kcal",
    "ai default": r"^Simulated reply",
}
"""What each example prints, in their order."""


@pytest.fixture(scope="module")
def programs(tmp_path_factory, playground):
    """The examples as JavaScript, for the gateway that is there."""
    texts = {f"{index}.ts": text.replace(ADDRESS, playground.gateway.url) for index, text in enumerate(EXAMPLES)}
    return build_programs(tmp_path_factory.mktemp("examples"), texts)


def test_every_example_is_known_here():
    assert len(EXAMPLES) == len(PRINTED)
    assert all(ADDRESS in text for text in EXAMPLES)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_is_there_to_show(playground, programs, name):
    program = programs / f"{list(PRINTED).index(name)}.js"
    environment = playground.environment(DUAL_ROUTER_API_KEY=playground.key)
    result = subprocess.run(["node", program], cwd=NODE, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(PRINTED[name], result.stdout, re.DOTALL), result.stdout
