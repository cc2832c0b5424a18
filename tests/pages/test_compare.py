"""Compare: what of a list would be sent stands there before anything is."""

import re

import pytest

from pages.components.console.runtime import runtime
from router import TaskType
from router.simulator import Fault
from tests.pages.test_pages import ask, words
from tests.services.replies import streams
from tests.world import SECOND

ODD_NAME = "*bold* [a](https://example.org) `x` $5$ :red[y].csv"


def with_list(show, data, name="list.csv"):
    app = show("compare.py")
    app.file_uploader(key="list_file").set_value((name, data, "text/csv")).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("data", "prompts"),
    [
        (b"text\none\ntwo\n", ["one", "two"]),
        (b"prompts\none\n", ["one"]),
        (b"question,answer\nWhat is 6 x 7?,42\n", ["What is 6 x 7?"]),
        (b"prompt, please\nNext\n", ["prompt, please", "Next"]),
        (b"Hello, you\nAnd, then\n", ["Hello, you", "And, then"]),
        (b"prompt\n=1+1\n", ["=1+1"]),
    ],
)
def test_the_very_prompts_of_a_list_stand_there_before_one_is_sent(show, simulator, data, prompts):
    before = len(simulator.requests)
    app = with_list(show, data)
    (preview,) = app.dataframe
    assert list(preview.value["prompt"]) == prompts
    assert "Nothing is sent yet" in words(app)
    assert len(simulator.requests) == before


def test_the_name_of_a_list_is_text_where_it_is_refused(show):
    app = with_list(show, b"\xff\xfe", ODD_NAME)
    assert f"{ODD_NAME}: the file is no UTF-8 text" in words(app)
    assert r"\*bold\* \[a\](https\://example.org)" in app.error[0].value


def over(app):
    """The page once the batch that its address names is over."""
    assert runtime().portal.find_job(app.query_params["job"]).ended.wait(20)
    app.run()
    assert not app.exception
    return app


def repeated(show, count):
    """A prompt repeated so many times."""
    app = show("compare.py")
    app.button_group(key="task").set_value(TaskType.QUICK_CATEGORIZATION).run()
    app.text_area(key="prompt").input("Sort: two eggs")
    app.number_input(key="repeats").set_value(count).run()
    assert f"Uses {count} requests to Groq" in words(app)
    return over(app.button(key="repeat").click().run())


def rows_of(app):
    """The markup of a batch's rows."""
    return next(element.proto.body for element in app.get("html") if 'class="trials"' in element.proto.body)


def test_a_side_without_requests_this_minute_is_said_before_it_is_asked_and_a_batch_waits_by_itself(show):
    show("run.py")
    minute = next(one for one in _free_minutes() if one.provider == "openrouter")
    for _ in range(minute.remaining):
        ask(targets=[":".join(SECOND)])
    said = words(show("compare.py"))
    assert "Not enough free quota this minute: OpenRouter Nemotron 3 Super would wait or fail. Full again in" in said
    assert said.count("Not enough") == 1, "repeats wait for the next minute"


def _free_minutes():
    ask(targets=[":".join(SECOND)])
    return [one for one in runtime().router.quotas() if one.span == 60 and one.unit == "requests"]


def test_what_is_left_is_said_anew_once_both_have_answered(show):
    app = show("compare.py")
    assert "Uses 1 + 1 requests · one quota not known yet" in words(app)
    assert "has not said yet what is left" in quota_help(app)
    app.text_area(key="prompt").input("Train or rest?")
    app.button(key="run_both").click().run()
    assert re.search(r"Uses 1 \+ 1 requests · Groq [\d,]+, OpenRouter [\d,]+ left now", words(app))
    assert "has not said yet what is left" not in quota_help(app)


def quota_help(app):
    """All that is left, which the brief line tells on request."""
    return next(caption.proto.help for caption in app.caption if caption.value.startswith("Uses 1 + 1"))


def test_a_model_that_fails_says_so_and_nobody_answers_in_its_place(show, simulator):
    simulator.set_fault("groq", "*", Fault("content_policy"))
    app = show("compare.py")
    app.text_area(key="prompt").input("Train or rest?")
    before = len(simulator.requests)
    app.button(key="run_both").click().run()
    assert "The request was refused." in words(app)
    assert words(app).count("Simulated reply") == 1
    assert len(simulator.requests) == before + 2


def test_a_prompt_is_repeated_and_its_spread_is_drawn(show):
    app = repeated(show, 3)
    assert "Repeat 3 times: done in" in words(app)
    assert len(app.get("plotly_chart")) == 2
    assert rows_of(app).count("<details>") == 3


def test_the_address_of_a_batch_brings_its_question_and_its_answers_back(show):
    app = show("compare.py", job=repeated(show, 2).query_params["job"])
    assert app.text_area(key="prompt").value == "Sort: two eggs"
    assert app.button_group(key="task").value == TaskType.QUICK_CATEGORIZATION
    assert "Repeat 2 times: done in" in words(app)
    assert rows_of(app).count("<details>") == 2


def test_a_batch_shows_both_answers_to_each_prompt_and_those_on_which_the_two_differ(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", streams("The same answer."))
    app = over(with_list(show, b"prompt\nFirst prompt\n=1+1 is what?\n").button(key="run_list").click().run())
    assert "Batch: done in" in words(app)
    assert "First prompt" in rows_of(app)
    assert rows_of(app).count('<div class="pair">') == 2
    assert rows_of(app).count(">The same answer.</p>") == 4
    app.toggle(key="only-differing").set_value(True).run()
    assert "Both models say the same on every prompt." in words(app)


def test_with_one_key_two_models_of_its_provider_are_compared(show, simulator, environment):
    environment.setenv("OPENROUTER_API_KEY", "")
    app = show("compare.py")
    app.text_area(key="prompt").input("Train or rest?")
    before = len(simulator.requests)
    app.button(key="run_both").click().run()
    assert not app.exception
    models = [request.model for request in simulator.requests[before:]]
    assert len(models) == len(set(models)) == 2


def test_a_lane_names_the_model_also_where_it_is_a_providers_own_for_the_task(show):
    app = show("compare.py")
    lane = app.selectbox(key="left_lane")
    assert lane.label == "Left model: gpt-oss-120b"
    assert lane.options[:2] == ["Groq: task default", "OpenRouter: task default"]
    app.button_group(key="task").set_value(TaskType.VISION).run()
    assert app.selectbox(key="left_lane").label == "Left model: Qwen3.8-27b"
    app.button_group(key="task").set_value(TaskType.REAL_TIME_CHAT).run()
    lane = app.selectbox(key="left_lane").select("groq:openai/gpt-oss-20b").run().selectbox(key="left_lane")
    assert lane.label == "Left model"
    assert not [name for name in lane.options if "Whisper" in name], "what only writes recordings down"
    assert "Groq gpt-oss-120b" in lane.options


def test_the_vision_task_offers_the_samples_until_there_is_a_picture(show):
    app = show("compare.py")
    assert not [button for button in app.button if button.key.startswith("sample_")]
    app.button_group(key="task").set_value(TaskType.VISION).run()
    app.button(key="sample_scale").click().run()
    assert app.text_area(key="prompt").value == "Which weight does this scale show?"
    assert not [button for button in app.button if button.key.startswith("sample_")]
    app.button(key="run_both").click().run()
    assert words(app).count("72.4 kg") >= 2


def test_a_task_about_pictures_sends_the_same_picture_to_both_models(show, simulator):
    app = show("compare.py")
    app.button_group(key="task").set_value(TaskType.VISION).run()
    before = len(simulator.requests)
    app.button(key="run_both").click().run()
    assert "Write a prompt first" in words(app)
    app.button(key="example").click().run()
    assert {name.partition(":")[0] for name in app.selectbox(key="left_lane").options} >= {"Groq", "OpenRouter"}
    app.button(key="run_both").click().run()
    assert not app.exception
    pair = simulator.requests[before:]
    assert {request.provider for request in pair} == {"groq", "openrouter"}
    assert len({request.body["messages"][-1]["content"][1]["image_url"]["url"] for request in pair}) == 1
    assert words(app).count("two fried eggs") == 2


def test_a_list_that_says_what_is_expected_counts_who_was_right(show):
    app = with_list(show, b"prompt,expected\nWhat should I eat before a run?,banana|oats\nAnything else?,\n")
    assert list(app.dataframe[0].value["expected"]) == ["banana|oats", ""]
    app.button(key="run_list").click().run()
    job = runtime().portal.find_job(app.query_params["job"])
    assert job.ended.wait(20)
    said = words(app.run())
    assert "**Left** (" in said
    assert "is right in " in said
    assert "Chance alone: more likely than not." in said


def test_after_both_have_failed_the_lanes_name_who_would_answer_next(show, simulator):
    for provider in ("groq", "openrouter"):
        # Longer than a busy machine takes to draw the page: a hold that has ended would bring the first model back.
        simulator.set_fault(provider, "*", Fault("server_error", status=503, retry_after=600))
    app = show("compare.py")
    before = app.selectbox(key="left_lane").label
    app.text_area(key="prompt").input("Train or rest?")
    app.button(key="run_both").click().run()
    assert not app.exception
    label = app.selectbox(key="left_lane").label
    assert label != before
    assert f"1 request to Groq {label.removeprefix('Left model: ')}" in quota_help(app)


def compared(show, **state):
    """The page once both models have answered."""
    app = show("compare.py")
    for key, value in state.items():
        app.toggle(key=key).set_value(value)
    app.text_area(key="prompt").input("Train or rest?").run()
    app.button(key="run_both").click().run()
    assert not app.exception
    return app


def button_names(app):
    return [button.label for button in app.button if button.key and button.key.startswith("vote_")]


def test_with_names_hidden_no_word_tells_of_a_side_and_the_shuffle_is_said_once(show):
    app = compared(show, blind=True)
    assert [app.selectbox(key=f"{side}_lane").label.partition(":")[0] for side in ("left", "right")] == [
        "First model",
        "Second model",
    ]
    assert [header.value for header in app.header] == ["Answer A", "Answer B"]
    assert button_names(app) == ["Answer A", "Answer B", "Both", "Neither"]
    assert words(app).count("sides are shuffled") == 1
    assert not [html for html in bodies(app) if 'class="clock"' in html or 'class="facts"' in html]


def bodies(app):
    return [element.proto.body for element in app.get("html")]


def test_with_names_shown_the_vote_is_for_a_name(show):
    assert button_names(compared(show)) == ["Groq", "OpenRouter", "Both", "Neither"]


def test_after_a_vote_a_line_says_whom_one_preferred_and_how_often_and_one_can_vote_again(show):
    app = compared(show, blind=True)
    winner = runtime().portal.find(app.query_params["left"]).view().completion.provider
    app.button(key="vote_left").click().run()
    label = {"groq": "Groq gpt-oss-120b", "openrouter": "OpenRouter Nemotron 3 Super"}[winner]
    assert f"**You preferred {label}** · 1 of 1 vote so far" in words(app)
    assert button_names(app) == ["Vote again"]
    app.button(key="vote_again").click().run()
    app.button(key="vote_neither").click().run()
    assert "**You found neither good** · 1 of 1 vote so far for both or neither" in words(app)


def test_the_question_is_said_again_only_where_the_controls_have_another(show):
    app = compared(show)
    assert not [html for html in bodies(app) if 'class="question' in html]
    app.text_area(key="prompt").input("Something else").run()
    assert [html for html in bodies(app) if 'class="question"' in html and "Train or rest?" in html]


def test_two_bars_stand_in_place_of_the_traces_where_each_model_was_asked_once(show):
    app = compared(show)
    assert len([html for html in bodies(app) if 'class="clock"' in html]) == 1
    assert not [html for html in bodies(app) if 'class="trace"' in html]


def test_a_failure_and_a_fallback_stay_visible_as_traces(show, simulator):
    simulator.set_fault("groq", "*", Fault("content_policy"))
    assert len([html for html in bodies(compared(show)) if 'class="trace"' in html]) == 2
    simulator.set_fault("groq", "*", Fault("server_error", status=503))
    said = " ".join(html for html in bodies(compared(show, fall_back=True)) if 'class="trace"' in html)
    assert "failed" in said or "503" in said
    assert "answered" in said


def test_each_answer_is_copied_and_kept_as_a_case_below_itself(show):
    app = compared(show)
    ids = [app.query_params[side] for side in ("left", "right")]
    assert [run_id for run_id in ids if any(f"./answers/{run_id}.txt" in html for html in bodies(app))] == ids
    assert {f"keep-it-{run_id}" for run_id in ids} <= {button.key for button in app.button}
