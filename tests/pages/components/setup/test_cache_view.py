"""The cache on Setup: switched on and off, what is kept, and forgotten."""

from pages.components.console.runtime import runtime
from tests.pages.test_pages import ask, words


def save_time(app, seconds):
    """Choose for how long answers are given again, and save it."""
    app.button_group(key="cache_time").set_value(seconds)
    (button,) = [button for button in app.button if button.key and button.key.endswith("cache_save")]
    return button.click().run()


def test_the_cache_is_off_until_somebody_saves_a_time_which_holds_at_once(show, tmp_path):
    app = show("setup.py", view="Cache")
    assert app.button_group(key="cache_time").value == "0"
    assert "**Off:** every prompt asks a provider. No answers are stored." in words(app)
    app.button_group(key="cache_time").set_value("3600").run()
    assert not (tmp_path / ".env").exists(), "nothing is saved ahead of its button"
    app = save_time(app, "3600")
    assert not app.exception
    assert "**On:** an answer is given again for 1 hour. No answers are stored." in words(app)
    assert "Saved to .env, and used from now on." in words(app)
    assert (tmp_path / ".env").read_text() == "ROUTER_CACHE_SECONDS=3600\n"
    ask(temperature=0.0)
    assert ask(temperature=0.0).from_cache
    app = save_time(show("setup.py", view="Cache"), "0")
    assert "**Off:** every prompt asks a provider. 1 answer stored" in words(app)
    assert ask(temperature=0.0).cache is None


def test_what_is_kept_is_said_and_forgotten_with_a_click(show):
    save_time(show("setup.py", view="Cache"), "600")
    ask(temperature=0.0)
    runtime().store.flush()
    app = show("setup.py", view="Cache")
    assert "1 answer stored" in words(app)
    app.button(key="empty_cache").click().run()
    assert "Deleted: 1." in words(app)
    assert "**On:** an answer is given again for 10 minutes. No answers are stored." in words(app)
    assert not ask(temperature=0.0).from_cache


def test_another_time_than_those_offered_is_shown_as_it_is(show, environment, tmp_path):
    (tmp_path / ".env").write_text("ROUTER_CACHE_SECONDS=7200\n")
    group = show("setup.py", view="Cache").button_group(key="cache_time")
    assert group.value == "7200"
    environment.setenv("ROUTER_CACHE_SECONDS", "600")
    assert "**10 minutes** now; `ROUTER_CACHE_SECONDS` is set from the process's environment." in words(
        show("setup.py", view="Cache")
    )


def test_where_no_texts_are_kept_there_is_nothing_to_choose(show, environment):
    environment.setenv("ROUTER_LOG_CONTENT", "0")
    app = show("setup.py", view="Cache")
    assert "since no texts are kept" in words(app)
    assert not [group for group in app.button_group if group.key == "cache_time"]
