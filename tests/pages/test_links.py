"""Where the console's own links lead: a proxy may serve it under a path, which no link may leave."""

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "pages"
_FROM_THE_ROOT = re.compile(r"\]\(/|(?:href|src)=\\?[\"']/|[\"']/(?:export|setup|health|usage|history)\b")


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.py")), ids=lambda path: str(path.relative_to(PAGES)))
def test_no_link_begins_at_the_hosts_root(path):
    text = re.sub(r"Route\([^\n]*|url_path=[^\n]*", "", path.read_text())  # where a server answers is no link
    assert _FROM_THE_ROOT.findall(text) == []
