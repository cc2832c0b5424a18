"""Setup: keys written, tried and used at once."""

import pytest
import streamlit as st

from pages.components.console.runtime import close, runtime
from router import TaskConfig, TaskType
from router.simulator import Fault
from tests.pages.test_pages import words

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "Train or rest?"}]


def without_keys(environment):
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(name, "")


def submit(app, provider):
    """Send a provider's form, as Enter in its field does."""
    (button,) = [button for button in app.button if button.key and button.key.endswith(f"submit_{provider}")]
    return button.click().run()


def button_label(app, provider):
    return next(button.label for button in app.button if button.key and button.key.endswith(f"submit_{provider}"))


def test_settings_that_cannot_be_used_are_said_where_they_are_mended(show, environment):
    environment.setenv("ROUTER_MODE", "foo")
    app = show("setup.py")
    assert not app.exception
    assert "The console cannot start" in app.error[0].value
    assert "ROUTER_MODE" in app.code[0].value


def test_a_key_is_saved_and_used_at_once_and_what_is_under_way_finishes(show, environment, simulator, tmp_path):
    without_keys(environment)
    app = show("setup.py")
    before = runtime()
    assert before.simulated
    running = before.portal.start(config=CHAT, messages=HELLO)
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    assert "used from now on" in words(app)
    assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"
    assert not runtime().simulated
    assert set(runtime().router.accounts) == {"groq"}
    assert runtime().portal.find(running.id) is running
    assert running.done.wait(20)
    assert running.view().status == "succeeded"
    assert "…cdef" in words(app)
    assert "0123456789ab" not in words(app)


def test_a_key_is_tried_with_a_call_that_costs_nothing(show, simulator):
    before = len(simulator.requests)
    app = submit(show("setup.py"), "openrouter")
    assert "OpenRouter accepts it" in words(app).replace("\\", "")
    assert len(simulator.requests) == before


def test_what_the_environment_sets_cannot_be_written_over_and_that_is_said(show):
    app = show("setup.py")
    assert "key_groq" not in {field.key for field in app.text_input}
    assert button_label(app, "groq") == "Test key"
    assert "`GROQ_API_KEY` comes from the process's environment, which wins over `.env`" in words(app)


def test_no_choice_is_grey_where_there_is_none_the_page_says_why(show, environment, tmp_path):
    without_keys(environment)
    app = show("setup.py")
    assert "providers" not in {group.key for group in app.button_group}
    assert "**Simulated** until there is a key. Save one below" in words(app)
    assert words(app).count("Simulated") == 1, "the band on top has said what that means"
    (tmp_path / ".env").write_text("ROUTER_MODE=simulated\n")
    close()
    assert "Save one below, then switch to Live here" in words(show("setup.py"))
    environment.setenv("ROUTER_MODE", "simulated")
    environment.setenv("GROQ_API_KEY", "gsk_0123456789abcdef")
    close()
    app = show("setup.py")
    assert "providers" not in {group.key for group in app.button_group}
    assert "Stop this console, and set this where it is started:" in words(app)
    assert "ROUTER_MODE=auto" in [code.value for code in app.code], "it can be copied"
    assert "It is not used while the console is simulated." in words(app)


def test_setup_says_first_who_answers_now(show, environment):
    assert "**Live.** Groq and OpenRouter answer." in words(show("setup.py"))
    without_keys(environment)
    close()
    assert "one is enough to serve all tasks" in words(show("setup.py"))


def test_who_answers_and_the_switch_stand_ahead_of_the_keys_and_the_rest(show):
    drawn = list(show("setup.py").main)
    assert [one.value for one in drawn if one.type in ("title", "header")] == ["Setup"]
    names = [getattr(one.proto, "id", "") for one in drawn]
    places = [next(place for place, name in enumerate(names) if key in name) for key in ("providers", "submit_groq")]
    assert places == sorted(places)


def test_keys_are_written_only_while_the_console_listens_on_loopback_alone(show, environment, tmp_path):
    without_keys(environment)
    show("setup.py")
    address = st.get_option("server.address")
    st.config.set_option("server.address", "0.0.0.0")
    try:
        app = show("setup.py")
        assert "can be reached from other machines" in words(app)
        assert "key_groq" not in {field.key for field in app.text_input}
    finally:
        st.config.set_option("server.address", address)
    assert not (tmp_path / ".env").exists()


def test_live_and_simulated_are_switched_in_the_file(show, environment, tmp_path):
    without_keys(environment)
    (tmp_path / ".env").write_text("# mine\nGROQ_API_KEY=gsk_0123456789abcdef\n")
    app = show("setup.py")
    assert not runtime().simulated
    app.button_group(key="providers").set_value("Simulated").run()
    assert runtime().simulated
    assert (tmp_path / ".env").read_text() == "# mine\nGROQ_API_KEY=gsk_0123456789abcdef\nROUTER_MODE=simulated\n"
    app.button_group(key="providers").set_value("Live").run()
    assert not runtime().simulated


def test_a_key_that_breaks_the_settings_is_refused_and_the_console_goes_on(show, environment, tmp_path):
    without_keys(environment)
    app = show("setup.py")
    app.text_input(key="key_groq").input("two words")
    submit(app, "groq")
    assert "holds characters that no key has" in words(app)
    assert not (tmp_path / ".env").exists()
    assert runtime().simulated


def test_the_setup_page_mends_a_console_that_cannot_start(show, environment, simulator):
    without_keys(environment)
    environment.setenv("ROUTER_MODE", "live")
    close()
    app = show("setup.py")
    assert "cannot start" in words(app)
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    simulator.set_fault("openrouter", "*", Fault("unauthorized"))
    assert "used from now on" in words(app)
    assert runtime().portal.complete(config=CHAT, messages=HELLO).provider == "groq"


@pytest.mark.parametrize("is_running", [False, True])
@pytest.mark.parametrize("page", ["setup.py", "run.py", "shell.py"])
def test_a_settings_file_in_another_encoding_crashes_no_page_and_setup_says_what_to_do(
    show, environment, tmp_path, page, is_running
):
    if is_running:
        show("setup.py")
    (tmp_path / ".env").write_bytes("# Jürgen\n".encode("latin-1"))
    if not is_running:
        close()
    app = show(page)
    assert not app.exception
    if page == "setup.py" or not is_running:
        assert "is no UTF-8 text: line 1 holds a character in another encoding" in app.code[0].value


def test_a_key_is_saved_without_what_was_pasted_along_with_it(show, environment, tmp_path):
    without_keys(environment)
    app = show("setup.py")
    app.text_input(key="key_groq").input('export GROQ_API_KEY="gsk_0123456789abcdef"')
    submit(app, "groq")
    assert "used from now on" in words(app)
    assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"


def test_another_providers_key_is_named_and_can_not_be_saved_at_all(show, environment, simulator, tmp_path):
    without_keys(environment)
    app = show("setup.py")
    app.text_input(key="key_groq").input("sk-or-v1-0123456789abcdef")
    submit(app, "groq")
    assert "begins like those of OPENROUTER" in words(app).replace("\\", "")
    assert "anyway_groq" not in {button.key for button in app.button}
    assert not (tmp_path / ".env").exists()


@pytest.mark.parametrize("pasted", ["x", "gsk_invalid", "gsk_0123456789revoked"])
def test_a_key_that_its_provider_refuses_leaves_the_good_one_in_use(show, environment, simulator, tmp_path, pasted):
    without_keys(environment)
    (tmp_path / ".env").write_text("GROQ_API_KEY=gsk_0123456789abcdef\n")
    simulator.set_fault("groq", "/models", Fault("unauthorized"))
    app = show("setup.py")
    app.text_input(key="key_groq").input(pasted)
    submit(app, "groq")
    assert "**Not saved**; nothing has changed." in words(app)
    assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"
    assert app.text_input(key="key_groq").value == pasted


def test_a_key_that_was_not_accepted_is_saved_where_the_operator_says_so(show, environment, simulator, tmp_path):
    without_keys(environment)
    simulator.set_fault("groq", "/models", Fault("server_error", status=503))
    app = show("setup.py")
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    assert not (tmp_path / ".env").exists()
    app.button(key="anyway_groq").click().run()
    assert "Saved to .env" in words(app).replace("\\", "")
    assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"
    assert set(runtime().router.accounts) == {"groq"}


def test_a_key_that_is_saved_while_simulated_providers_are_asked_for_is_not_said_to_be_used(
    show, environment, tmp_path
):
    without_keys(environment)
    (tmp_path / ".env").write_text("ROUTER_MODE=simulated\n")
    app = show("setup.py")
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    assert "simulated providers serve until you switch to Live" in words(app)
    assert runtime().simulated


def test_a_key_that_is_saved_where_the_simulated_mode_is_fixed_is_said_to_wait_for_the_steps(show, environment):
    without_keys(environment)
    environment.setenv("ROUTER_MODE", "simulated")
    app = show("setup.py")
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    assert "not used yet: simulated providers serve until the steps on Keys are done" in words(app)


@pytest.mark.parametrize(
    ("address", "cause"),
    [("http://127.0.0.1:9", "Connection refused"), ("http://nobody.invalid", "its name is not found")],
)
def test_a_provider_that_nobody_reaches_is_said_in_plain_words_and_nothing_is_saved(
    show, environment, tmp_path, address, cause
):
    without_keys(environment)
    environment.setenv("GROQ_BASE_URL", address)
    app = show("setup.py")
    app.text_input(key="key_groq").input("gsk_0123456789abcdef")
    submit(app, "groq")
    assert f"Groq cannot be reached from this machine: {cause}" in words(app)
    assert "**Not saved**" in words(app)
    assert not (tmp_path / ".env").exists()


def test_an_empty_form_asks_about_the_key_in_use_or_for_one(show, environment, tmp_path):
    without_keys(environment)
    (tmp_path / ".env").write_text("GROQ_API_KEY=gsk_0123456789abcdef\n")
    app = submit(show("setup.py"), "groq")
    assert "Groq accepts it" in words(app)
    app = submit(app, "openrouter")
    assert "**Paste a key first.**" in words(app)
    assert not app.error, "nobody has refused anything, and nothing is pushed down"


def test_what_a_test_does_and_whom_it_asks_stands_ahead_of_its_button_and_what_comes_after_it_below(
    show, environment, simulator
):
    without_keys(environment)
    environment.setenv("ROUTER_MODE", "simulated")
    environment.setenv("OPENROUTER_BASE_URL", "")
    shown = [getattr(one, "value", None) or getattr(one.proto, "id", "") for one in show("setup.py").main]
    order = ("Save a key here", "The test asks the provider", "submit_groq", "submit_openrouter", "Stop this console")
    places = [next(place for place, text in enumerate(shown) if part in str(text)) for part in order]
    assert places == sorted(places)
    hints = [text for text in map(str, shown) if text.startswith("A test sends the key to")]
    assert hints == ["A test sends the key to 127.0.0.1.", "A test sends the key to openrouter.ai."]
