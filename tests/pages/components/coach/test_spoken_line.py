"""A spoken line on Quick entry and Coach: written down when asked, put into the field, sent on by a person alone."""

import pytest

from pages.components.console.runtime import runtime
from router.simulator import Fault
from router.store import Filters, Selection
from tests.pages.pressing import pressed, pressed_twice
from tests.pages.test_pages import words
from tests.sounds import ENTRY_WORDS, MP3, QUESTION_WORDS, SPOKEN_ENTRY, SPOKEN_QUESTION, tone

EVERYTHING = Selection(Filters(simulated=None))
FIELDS = {"quick_entry.py": ("line", ENTRY_WORDS), "coach.py": ("question", QUESTION_WORDS)}
BOTH = pytest.mark.parametrize("page", FIELDS)


def recording_field(app):
    """The field for a recording; Quick entry has another one, for photos."""
    return next(field for field in app.file_uploader if field.label == "Or a recording")


def written_down(app, field):
    """Press the button, and run the page until it has the words; a chat's field is given them in one run."""
    app.button(key=f"write-{field}").click().run()
    job = runtime().portal.find_job(app.session_state[f"job-{field}"])
    assert job.ended.wait(20)
    return app if app.session_state[f"taken-{field}"] else app.run()


def standing_in(app, field):
    """What the person sees in the field."""
    return app.text_input(key="line").value if field == "line" else app.chat_input[0].proto.value


def given(show, data, page="quick_entry.py", name="line.wav"):
    app = show(page)
    recording_field(app).set_value((name, data, "audio/wav"))
    return app


@BOTH
def test_a_sample_is_a_click_away_and_its_words_stand_in_the_field_to_be_corrected(show, simulator, page):
    field, said = FIELDS[page]
    before = len(simulator.requests)
    app = show(page)
    app.button(key=f"sample-{field}").click().run()
    assert "A recording goes to Whisper Large v3 Turbo at Groq when you press Write it down" in words(app)
    assert len(simulator.requests) == before  # chosen is not sent
    written_down(app, field)
    assert not app.exception
    assert standing_in(app, field) == said
    assert "Written down by Whisper Large v3 Turbo at Groq, simulated in" in words(app)
    assert [request.model for request in simulator.requests[before:]] == ["whisper-large-v3-turbo"]
    assert runtime().store.entries.count() == 0  # nothing is sent on by itself


def test_the_words_of_a_file_come_behind_what_stands_in_the_field_and_are_added_by_the_person(show):
    app = show("quick_entry.py")
    app.text_input(key="line").input("this morning:")
    recording_field(app).set_value(("line.wav", SPOKEN_ENTRY, "audio/wav"))
    written_down(app, "line")
    assert app.text_input(key="line").value == f"this morning: {ENTRY_WORDS}"
    assert recording_field(app).value is None  # its words are there: it is not sent twice
    pressed(app)
    assert [entry.kind for entry in runtime().store.entries.latest()] == ["activity"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The recording is empty"),
        (b"these are words", "The recording is no sound file"),
        (tone(0.02), "The recording is too short"),
        (tone(2.0, loudness=0), "The recording is silent"),
    ],
)
def test_what_holds_nothing_is_said_and_nothing_is_sent(show, simulator, data, says):
    before = len(simulator.requests)
    app = given(show, data)
    app.button(key="write-line").click().run()
    assert says in words(app)
    assert len(simulator.requests) == before


def test_a_recording_that_no_model_can_read_is_named_as_such_and_stays(show):
    app = given(show, b"RIFF\x24\0\0\0WAVEfmt nonsense")
    written_down(app, "line")
    assert "The recording could not be read." in words(app)
    assert recording_field(app).value is not None


def test_with_nothing_recorded_the_page_says_what_to_do_and_sends_nothing(show, simulator):
    before = len(simulator.requests)
    app = show("quick_entry.py")
    app.button(key="write-line").click().run()
    assert "Record a line, or choose a recording" in words(app)
    assert len(simulator.requests) == before


def test_a_button_pressed_twice_by_a_quick_hand_sends_a_recording_once(show, simulator):
    before = len(simulator.requests)
    app = given(show, SPOKEN_ENTRY)
    pressed_twice(app, "write-line")
    assert runtime().portal.find_job(app.session_state["job-line"]).ended.wait(20)
    assert len(simulator.requests) == before + 1


def test_what_the_microphone_recorded_goes_before_a_file(show):
    app = show("quick_entry.py")
    app.audio_input[0].set_value(("spoken.wav", SPOKEN_QUESTION, "audio/wav"))
    recording_field(app).set_value(("line.wav", SPOKEN_ENTRY, "audio/wav"))
    written_down(app, "line")
    assert app.text_input(key="line").value == QUESTION_WORDS


def test_no_words_at_all_are_said(show, simulator):
    empty = {"status": 200}, {"bytes": '{"text": ""}'}
    simulator.set_fault("groq", "whisper-large-v3-turbo", Fault("script", steps=empty))
    app = written_down(given(show, tone()), "line")
    assert "No words were heard" in words(app)
    assert app.text_input(key="line").value == ""


def test_where_the_first_model_fails_the_second_writes_and_the_page_says_so(show, simulator):
    simulator.set_fault("groq", "whisper-large-v3-turbo", Fault("server_error"))
    app = written_down(given(show, SPOKEN_ENTRY), "line")
    assert app.text_input(key="line").value == ENTRY_WORDS
    said = words(app)
    assert "Written down by Whisper Large v3 at Groq" in said
    assert "after 1 failure" in said


@BOTH
def test_with_no_provider_that_can_the_control_says_which_can_and_where_its_key_goes(show, environment, page):
    environment.setenv("GROQ_API_KEY", "")
    app = show(page)
    assert not app.exception
    said = words(app)
    assert "No provider that is set up can turn speech into text. Groq can: add a key on [Setup](./setup)." in said
    assert recording_field(app).disabled
    assert app.button(key=f"sample-{FIELDS[page][0]}").disabled


def test_where_all_models_are_out_of_allowance_the_control_says_so_and_a_try_says_when_they_are_back(show, simulator):
    simulator.set_fault("groq", "*", Fault("rate_limited", kind="ASPH", retry_after=3_600))
    app = written_down(given(show, SPOKEN_ENTRY), "line")
    said = words(app)
    assert "No model is available." in said
    assert "out for now" in said
    assert not recording_field(app).disabled


def test_health_tells_of_a_model_that_cools_down_tests_it_with_a_recording_and_its_reset_frees_it(show, simulator):
    simulator.set_fault("groq", "whisper-large-v3-turbo", Fault("server_error"))
    written_down(given(show, SPOKEN_ENTRY), "line")
    simulator.clear_faults()
    app = show("health.py")
    said = words(app)
    assert "Whisper Large v3 Turbo" in said
    assert "Speech to text" in said
    cooldown = runtime().router.failures()[0]
    key = "-".join(cooldown.key)
    before = len(simulator.requests)
    app.button(key=f"reset-{key}").click().run()
    assert runtime().router.failures() == []
    assert len(simulator.requests) == before


def test_a_test_of_such_a_model_sends_a_recording_and_no_prompt(show, simulator):
    simulator.set_fault("groq", "whisper-large-v3-turbo", Fault("server_error"))
    written_down(given(show, SPOKEN_ENTRY), "line")
    simulator.clear_faults()
    app = show("health.py")
    app.button(key=f"test-{'-'.join(runtime().router.failures()[0].key)}").click().run()
    job = runtime().portal.find_job(app.session_state["test-groq:whisper-large-v3-turbo"])
    assert job.ended.wait(20)
    assert "file" in simulator.requests[-1].body
    assert job.result.text == QUESTION_WORDS
    assert runtime().router.failures() == []  # what answers is well again


def test_routing_shows_who_writes_recordings_down(show):
    said = words(show("routing.py"))
    assert "Speech to text" in said
    assert "Whisper Large v3" in said


def test_history_tells_of_a_recording_and_offers_nobody_to_send_it_again(show):
    written_down(given(show, SPOKEN_ENTRY), "line")
    runtime().store.flush()
    request_id = runtime().store.history.page(EVERYTHING, limit=1)[0].id
    app = show("history.py", request=request_id)
    assert not app.exception
    said = words(app)
    assert "Speech to text" in said
    assert "A recording of 3.3 s (wav, 73,278 bytes)" in [text.value for text in app.text]
    assert ENTRY_WORDS in said
    assert app.button(key="again").disabled
    assert not app.button(key="delete-one").disabled


@pytest.mark.parametrize("page", ["usage.py", "run.py"])
def test_pages_that_read_the_log_take_a_recording_for_what_it_is(show, page):
    written_down(given(show, MP3), "line")
    runtime().store.flush()
    row = runtime().store.history.page(EVERYTHING, limit=1)[0]
    app = show(page, **({"run": row.id} if page == "run.py" else {"rows": "Both"}))
    assert not app.exception
