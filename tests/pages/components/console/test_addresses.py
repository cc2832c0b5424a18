"""The pages' addresses: a near miss leads to its page, any other to the first one, which says what was asked for."""

import re

import pytest

from pages.components.console.addresses import NAMES, better_address


def scope(path, query=""):
    return {"type": "http", "path": path, "query_string": query.encode()}


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in NAMES if name != "run"), "/component/x/index.html"])
def test_a_pages_own_address_leads_nowhere_else(path):
    assert better_address(scope(path)) is None


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/quick_entry", "/quick-entry"),
        ("/Usage", "/usage"),
        ("/compare/", "/compare"),
        ("/health.py", "/health"),
        ("/run", "/"),
    ],
)
def test_what_is_nearly_an_address_leads_to_its_page_and_keeps_its_query(asked, leads_to):
    assert better_address(scope(asked)) == leads_to
    assert better_address(scope(asked, "request=1&view=Report")) == f"{leads_to}?request=1&view=Report"


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/nothing-here", "/?unknown=nothing-here"),
        ("/a/b", "/?unknown=a%2Fb"),
        ("//elsewhere.example", "/?unknown=elsewhere.example"),
        ("/x\r\nSet-Cookie: a=b", "/?unknown=x%0D%0ASet-Cookie%3A+a%3Db"),
        (f"/{'x' * 500}", f"/?unknown={'x' * 60}"),
    ],
)
def test_what_is_no_page_leads_to_the_first_of_this_console_with_its_name(asked, leads_to):
    assert better_address(scope(asked)) == leads_to


@pytest.mark.parametrize("name", ["nothing-here", "**bold** [x](http://elsewhere.example)", "<img src=x>"])
def test_the_first_page_says_which_page_is_not_there_in_plain_text(show, name):
    app = show("shell.py", unknown=name)
    said = next(warning.value for warning in app.warning if "There is no page" in warning.value)
    assert "This is Run." in said
    assert re.search(r"(?<!\\)[\[<*]", said) is None


def test_the_page_that_may_have_been_meant_is_a_link(show):
    app = show("shell.py", unknown="quick-entri")
    assert any("Did you mean [Quick entry](./quick-entry)?" in warning.value for warning in app.warning)


def test_the_notice_goes_once_something_is_asked(show):
    app = show("shell.py", unknown="nothing-here", run="0")
    assert not any("There is no page" in warning.value for warning in app.warning)
    assert "unknown" not in app.query_params
