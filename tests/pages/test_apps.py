"""Apps: keys made, shown once, limited and revoked."""

import re
import time

import pytest

from pages.components.apps.app_view import revoke_app
from pages.components.console.runtime import runtime
from router.gateway.keys import key_digest, new_key
from tests.pages.test_pages import words


def add_app(name, **limits):
    """An app with a key; gives the key."""
    secret, key = new_key(name, time.time(), **limits)
    assert runtime().store.apps.add(key)
    return secret


def test_without_an_app_it_says_what_one_is_for_and_how_a_program_asks(show):
    app = show("apps.py")
    assert not app.exception
    assert "client library" in words(app)
    assert app.code[0].value.endswith("/v1"), "the address is copied by itself"
    assert "/v1/chat/completions" in app.code[1].value


def test_a_key_is_shown_once_and_is_kept_by_its_digest_alone(show):
    app = show("apps.py")
    app.text_input(key="app-name").input("website")
    app.number_input(key="app-per-minute").set_value(5)
    app.multiselect(key="app-tasks").set_value(["vision"])
    app.button(key="app-make").click().run()
    secret = app.code[1].value
    kept = runtime().store.apps.load()[0]
    assert (kept.name, kept.per_minute, kept.per_day, kept.tasks) == ("website", 5, None, ("vision",))
    assert kept.digest == key_digest(secret)
    assert secret in app.code[2].value
    app.button(key="app-copied").click().run()
    assert not [code for code in app.code if secret in code.value]


@pytest.mark.parametrize("name", ["", "   ", "website"])
def test_a_name_that_cannot_be_or_is_taken_makes_no_key_and_is_said(show, name):
    show("apps.py")
    add_app("website")
    app = show("apps.py")
    app.text_input(key="app-name").input(name)
    app.button(key="app-make").click().run()
    assert "No key was made" in app.error[0].value
    assert len(runtime().store.apps.load()) == 1


async def _take(key):
    return await runtime().store.apps.take(key, time.time())


def test_what_an_app_has_used_and_has_left_is_shown(show):
    show("apps.py")
    add_app("website", per_day=10)
    store = runtime().store
    for _ in range(3):
        runtime().portal.call(_take, store.apps.load()[0])
    app = show("apps.py")
    assert "7 of 10 left" in words(app)
    assert "Used up" not in words(app)


def test_an_app_that_has_used_up_its_limit_is_said_to_be_refused_and_for_how_long(show):
    show("apps.py")
    add_app("website", per_day=1)
    runtime().portal.call(_take, runtime().store.apps.load()[0])
    assert re.search(r"Used up.* Refused for another \d", words(show("apps.py")))


def test_a_revoked_key_is_among_those_that_have_ended(show):
    show("apps.py")
    add_app("website")
    revoke_app(runtime().store, "website")
    app = show("apps.py")
    assert "revoked" in words(app)
    assert not [button for button in app.button if str(button.key).startswith("app-revoke")]
