"""An answer from the cache is marked on every page that shows it, and asked for anew with a click."""

import re

import pytest

from pages.components.console.runtime import runtime
from tests.pages.test_history import listed
from tests.pages.test_pages import words
from tests.pages.test_run import asked

SIMULATED = {"rows": "Simulated"}


@pytest.fixture
def repeated(show, environment):
    """Run with an answer from the cache."""
    environment.setenv("ROUTER_CACHE_SECONDS", "3600")
    for _ in range(2):
        app = asked(show, "Train or rest?", temperature=0.0)
    runtime().store.flush()
    return app


def run_of(app):
    value = app.query_params["run"]
    return value if isinstance(value, str) else value[0]


def test_run_says_that_an_answer_is_from_the_cache_and_from_when(repeated):
    said = words(repeated)
    assert "<b>from the cache</b>" in said
    assert re.search(r"answered <b>\d+\ss ago</b>", said)
    assert "tokens saved" in said
    assert "no provider was called" in said
    assert "first token" not in said


def test_a_click_asks_a_provider_the_same_anew(repeated, simulator):
    before, earlier = len(simulator.requests), run_of(repeated)
    repeated.button(key="anew").click().run()
    assert not repeated.exception
    assert len(simulator.requests) == before + 1
    assert run_of(repeated) != earlier
    assert "from the cache" not in words(repeated)
    assert not [button for button in repeated.button if button.key == "anew"]


def test_a_run_of_the_log_says_it_too(repeated, show):
    run_id = run_of(repeated)
    runtime().portal._runs.clear()  # as after a restart
    assert "from the cache" in words(show("run.py", run=run_id))


def test_history_says_it_in_the_list_and_in_the_opened_request(repeated, show):
    latest, earlier = listed(show("history.py", **SIMULATED))
    assert "from the cache" in latest.label
    assert "from the cache" not in earlier.label
    app = show("history.py", request=run_of(repeated), **SIMULATED)
    assert "given again; no provider was called" in words(app)


def test_usage_says_how_many_requests_the_cache_saved(repeated, show):
    said = words(show("usage.py", **SIMULATED))
    assert "<b>1 request saved by the cache</b>" in said
    assert "From the cache" in said


def test_a_conversation_marks_an_earlier_turn_of_it(show, environment):
    environment.setenv("ROUTER_CACHE_SECONDS", "3600")
    for _ in range(2):
        app = show("run.py")
        app.session_state["seed"] = 7
        app.button_group(key="mode").set_value("Conversation").run()
        for message in ("Train or rest?", "Why?"):
            app.chat_input(key="say").set_value(message).run()
        assert not app.exception
    assert words(app).count("given again; no provider was called") == 2, "beside each of the two answers"
