"""Apps: keys made, shown once, limited and revoked."""

import re
import time

import pytest

from pages.components.apps.app_view import revoke_app
from pages.components.console.runtime import runtime
from router.gateway.keys import key_digest, new_key
from router.types import TaskType
from tests.pages.test_pages import words

MIDNIGHT = 4_102_444_800.0  # the end of 31 December 2099 in UTC


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


@pytest.mark.parametrize(
    ("name", "fault"), [("", "Give the app a name."), ("   ", "Give the app a name."), ("website", "in force")]
)
def test_a_name_that_is_missing_or_taken_makes_no_key_and_is_said_at_its_field(show, name, fault):
    show("apps.py")
    add_app("website")
    app = show("apps.py")
    app.text_input(key="app-name").input(name)
    app.button(key="app-make").click().run()
    assert fault in next(caption.value for caption in app.caption if caption.value.startswith(":red["))
    assert not app.error
    assert len(runtime().store.apps.load()) == 1


async def _take(key):
    return await runtime().store.apps.take(key, time.time())


def test_a_row_tells_since_when_until_when_and_for_how_many_requests_a_key_holds(show):
    show("apps.py")
    add_app("website", per_minute=20, per_day=1500, tasks=["vision"], expires_at=MIDNIGHT)
    add_app("script")
    said = words(show("apps.py"))
    for fact in ("20 a minute, 1,500 a day", "0 of 1,500", "31 Dec 2099", "Vision", "no limit", "no end", "never"):
        assert fact in said


def open_edit(show, **limits):
    """The page with the dialog open on an app's key."""
    show("apps.py")
    add_app("website", **limits)
    app = show("apps.py")
    return app.button(key=f"app-change-{runtime().store.apps.load()[0].id}").click().run()


def test_the_dialog_begins_with_what_holds_and_what_it_saves_holds_while_the_key_stays(show):
    app = open_edit(show, per_day=10, tasks=["vision"], expires_at=MIDNIGHT)
    before = runtime().store.apps.load()[0]
    assert app.number_input(key="app-edit-per-day").value == 10
    assert app.multiselect(key="app-edit-tasks").value == ["vision"]
    assert str(app.date_input(key="app-edit-expires").value) == "2099-12-31"
    app.number_input(key="app-edit-per-day").set_value(25)
    app.multiselect(key="app-edit-tasks").set_value([])
    app.button(key="app-edit-save").click().run()
    (after,) = runtime().store.apps.load()
    assert (after.per_minute, after.per_day, after.tasks, after.expires_at) == (None, 25, None, MIDNIGHT)
    assert after.digest == before.digest
    assert not [button for button in app.button if button.key == "app-edit-save"], "the dialog is closed"


def test_an_end_within_a_day_stays_to_the_second_where_its_day_is_not_changed(show):
    app = open_edit(show, expires_at=MIDNIGHT - 3_000.5)
    app.button(key="app-edit-save").click().run()
    assert runtime().store.apps.load()[0].expires_at == MIDNIGHT - 3_000.5


def test_a_key_that_was_revoked_while_its_dialog_stood_open_is_not_changed_and_that_is_said(show):
    app = open_edit(show, per_day=10)
    revoke_app(runtime().store, "website")
    app.number_input(key="app-edit-per-day").set_value(25)
    app.button(key="app-edit-save").click().run()
    assert "is not changed: its key was revoked" in app.toast[0].value
    assert runtime().store.apps.load()[0].per_day == 10


def test_what_model_may_be_stands_below_the_examples(show):
    said = words(show("apps.py"))
    for name in ("`auto`", *(f"`{task}`" for task in TaskType), "`provider:model`"):
        assert name in said


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
