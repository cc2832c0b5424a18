"""The documents show every page, their links lead somewhere, and what they show works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path.stem.replace("_", "-") for path in (ROOT / "pages").glob("*.py") if path.stem not in ("__init__", "shell")
)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_picture_that_the_screens_show(name):
    assert (DOCS / f"{name}.png").is_file(), "make screenshots makes it"
    assert f"({name}.png)" in (DOCS / "screens.md").read_text()


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS.glob("*.md")], ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path):
    targets = [link for link in LINK.findall(path.read_text()) if "://" not in link]
    assert [link for link in targets if not (path.parent / link).exists()] == []


def test_the_program_that_shows_the_cache_is_given_its_answer_again(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "cache.md").read_text(), re.DOTALL)
    environment = {
        "ROUTER_MODE": "simulated",
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "PYTHONPATH": str(ROOT),
    }
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["False", "True"]
