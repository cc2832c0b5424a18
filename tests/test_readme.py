"""What the README shows works, and what it says is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from router.types import TargetState

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(
    ("code", "words"),
    list(
        zip(
            PROGRAMS,
            (
                ["'category': 'meal'", "Simulated reply"],
                ["-3 °C in Oslo"],
                ["ran 5 km in 27 min whisper"],
                ["392.6", "'flat white'"],
            ),
            strict=True,
        )
    ),
    ids=["router", "tools", "speech", "services"],
)
def test_every_program_in_the_readme_runs(tmp_path, code, words):
    environment = {
        "ROUTER_MODE": "simulated",
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "PYTHONPATH": str(ROOT),
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True
    )
    assert result.stderr == ""
    assert result.returncode == 0
    assert [word for word in words if word not in result.stdout] == []


def test_the_readme_lists_every_state_of_a_target():
    table = README.split("Its state is one of:")[1].split("##")[0]
    assert re.findall(r"^\| ([a-z -]+) \|", table, re.MULTILINE)[1:] == list(TargetState)


def test_every_make_target_that_the_readme_names_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"^make (\w+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


PATHS = sorted(
    {
        name
        for name in re.findall(r"[`(]([\w./-]+)[`)]", README)
        if re.search(r"/|\.(?:py|toml|md|lock|txt)$|^LICENSE$", name)
    }
)


PATHS.remove("data/router.db")  # which is made by the first request


def test_the_readme_names_files():
    files = {"SECURITY.md", "docs/demonstration.png", "LICENSE", "router/table/routes.toml", "pages/shell.py"}
    assert files <= set(PATHS)


@pytest.mark.parametrize("name", [*PATHS, ".env.example", "requirements.txt", "app.py"])
def test_every_file_and_folder_that_the_readme_names_is_there(name):
    path = ROOT / name
    assert path.is_dir() if name.endswith("/") else path.is_file()


@pytest.mark.parametrize("name", re.findall(r"`(\[\w+)[\].…]", README))
def test_every_section_of_the_routing_table_that_the_readme_names_is_there(name):
    assert re.search(rf"^{re.escape(name)}[.\]]", (ROOT / "router/table/routes.toml").read_text(), re.MULTILINE)


def test_the_example_environment_lists_every_variable_that_is_read():
    read = set(
        re.findall(r'"((?:ROUTER|GROQ|OPENROUTER|APP|NEXT)_[A-Z_]+)"', (ROOT / "router/settings.py").read_text())
    )
    read |= set(re.findall(r'(?:key_env|base_url_env) = "(\w+)"', (ROOT / "router/table/routes.toml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert [name for name in sorted(read) if name not in example] == []
