"""Run: settings, schemas, tools, conversations, and what is done with an answer once it is there."""

import json
import os
import re

from pages.components.answer.run_figures import outside_fact
from pages.components.answer.trace import lines_of_attempts
from pages.components.console.runtime import runtime
from router import TaskType
from router.simulator import Fault
from router.types import Attempt, AttemptOutcome
from tests.pages.test_pages import words

SCHEMA = '{"type": "object", "properties": {"kcal": {"type": "number"}}, "required": ["kcal"]}'
OTHER_SCHEMA = '{"type": "object", "properties": {"kcal": {"type": "string"}}, "required": ["kcal", "name"]}'
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a place",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def asked(show, prompt, **controls):
    """The page after a prompt was sent and answered; the controls are those with these keys."""
    app = show("run.py")
    for name, value in controls.items():
        app.session_state[name] = value
    app.text_area(key="prompt").input(prompt)
    app.button(key="run").click().run()
    assert not app.exception
    return app


def talked(show, *messages, **controls):
    """A conversation with these messages, each answered; the controls are those with these keys."""
    app = show("run.py")
    for name, value in controls.items():
        app.session_state[name] = value
    app.button_group(key="mode").set_value("Conversation").run()
    for message in messages:
        app.chat_input(key="say").set_value(message).run()
    assert not app.exception
    return app


def roles_of(request):
    return [message["role"] for message in request.body["messages"]]


def question_of(app):
    return next(element.proto.body for element in app.get("html") if 'class="question' in element.proto.body)


def test_settings_go_out_with_the_prompt_and_are_named_beside_it(show, simulator):
    app = asked(show, "Train or rest?", system="Answer briefly.", temperature=0.3, seed=7, max_tokens=300)
    sent = simulator.requests[-1].body
    assert (sent["temperature"], sent["seed"], sent["max_completion_tokens"]) == (0.3, 7, 300)
    assert sent["messages"][0] == {"role": "system", "content": "Answer briefly."}
    assert "Settings: system prompt · temperature 0.3 · at most 300 tokens · seed 7." in words(app)


def test_the_wire_shows_a_request_without_its_key(show):
    app = asked(show, "Train or rest?")
    app.session_state["wire"] = True
    app.run()
    shown = " ".join(code.value for code in app.code)
    assert "Authorization: Bearer $GROQ_API_KEY" in shown
    assert "data: [DONE]" in shown
    assert os.environ["GROQ_API_KEY"] not in shown


def test_the_verdict_is_about_the_schema_that_was_sent_and_not_the_field_as_it_is_now(show):
    app = asked(show, "two eggs", schema=SCHEMA)
    assert "The answer fits the schema." in words(app)
    app.text_area(key="schema").input(OTHER_SCHEMA).run()
    assert "The answer fits the schema." in words(app)
    app.text_area(key="schema").input('{"type": ').run()
    assert "The JSON schema is no valid JSON at line 1" in words(app)


def test_tools_that_are_none_are_named_with_their_place(show):
    app = show("run.py")
    app.text_area(key="tools").input('[{"type": ').run()
    assert "The tools are no valid JSON at line 1, column 11" in words(app)
    app.text_area(key="tools").input('[{"type": "function", "function": {"name": "my tool"}}]').run()
    assert "tools[0].function.name" in words(app)


def test_a_tool_is_called_its_result_sent_by_hand_and_the_answer_goes_on_with_it(show, simulator):
    app = asked(show, "How is the weather in Oslo?", tools=json.dumps([{"type": "function", "function": WEATHER}]))
    assert 'get_weather({"city":"Oslo"})' in [code.value for code in app.code]
    field = next(area for area in app.text_area if area.label == "Result of get_weather")
    field.input('{"degrees": 12}')
    app.button(key="send-results").click().run()
    assert not app.exception
    turns = simulator.requests[-1].body["messages"]
    assert roles_of(simulator.requests[-1]) == ["user", "assistant", "tool"]
    assert turns[-1]["content"] == '{"degrees": 12}'
    assert "How is the weather in Oslo?" in question_of(app)
    assert "Result of get_weather" not in [area.label for area in app.text_area]


def turn_words(app):
    """What each bubble of a conversation says, its code included."""
    return [" ".join(str(part.value) for part in (*turn.text, *turn.caption, *turn.code)) for turn in app.chat_message]


def test_a_tool_loop_is_played_in_a_conversation_and_shown_whole_when_it_is_opened_anew(show, simulator):
    app = talked(show, "How is the weather in Oslo?", tools=json.dumps([{"type": "function", "function": WEATHER}]))
    next(area for area in app.text_area if area.label == "Result of get_weather").input('{"degrees": 12}')
    app.button(key="send-results").click().run()
    assert not app.exception
    assert roles_of(simulator.requests[-1]) == ["user", "assistant", "tool"]
    for shown in (app, show("run.py", run=app.query_params["run"])):
        question, answer = turn_words(shown)
        assert question == "How is the weather in Oslo?"
        assert 'get_weather({"city":"Oslo"})' in answer
        assert "result of get_weather" in answer
        assert '{"degrees": 12}' in answer
    app.chat_input(key="say").set_value("And in Bergen?").run()
    assert len(turn_words(app)) == 4
    assert "result of get_weather" in turn_words(app)[1]


def test_a_message_in_place_of_a_tools_result_leaves_the_question_of_the_call_out(show, simulator):
    tools = json.dumps([{"type": "function", "function": WEATHER}])
    app = talked(show, "How is the weather in Oslo?", "Never mind, say hello.", tools=tools)
    assert roles_of(simulator.requests[-1]) == ["user"]
    assert "say hello" in simulator.requests[-1].body["messages"][0]["content"]
    assert "problem" not in app.session_state


def test_an_empty_conversation_begins_with_an_example_and_its_tokens_are_counted_as_in_the_log(show):
    app = show("run.py")
    app.button_group(key="mode").set_value("Conversation").run()
    assert "Follow up" in words(app)
    app.button(key="start-talk").click().run()
    assert not app.exception
    assert len(app.chat_message) == 2
    runtime().store.flush()
    row = runtime().store.statistics.request(app.query_params["run"]).row
    whole = row["prompt_tokens"] + row["completion_tokens"]
    assert f"{row['prompt_tokens']} in + {row['completion_tokens']} out = <b>{whole} tokens</b>" in words(app)


def test_a_conversation_knows_what_was_said_and_survives_a_reload(show, simulator):
    app = talked(show, "I ran 5 km today.", "And tomorrow?")
    assert roles_of(simulator.requests[-1]) == ["user", "assistant", "user"]
    assert simulator.requests[-1].body["messages"][0]["content"] == "I ran 5 km today."
    assert len(show("run.py", run=app.query_params["run"]).chat_message) == 4


def test_every_answer_of_a_conversation_can_be_copied(show):
    app = talked(show, "I ran 5 km today.", "And tomorrow?")
    copies = re.findall(r'data-copy="\./answers/(\w+)\.txt"', words(app))
    assert len(set(copies)) == 2
    assert copies[-1] in app.query_params["run"]


def test_the_last_answer_of_a_conversation_is_checked_by_a_model_of_another_family(show, simulator):
    app = talked(show, "I ran 5 km today.", "And tomorrow?")
    app.button(key="check").click().run()
    assert not app.exception
    assert "Second opinion by" in words(app)
    assert len(app.chat_message) == 4
    assert "I ran 5 km today." in str(simulator.requests[-1].body["messages"])
    app.chat_input(key="say").set_value("And on Sunday?").run()
    assert "Second opinion by" not in words(app), "it was about the answer before"
    assert app.button(key="check")


def test_a_total_that_is_longer_than_its_calls_says_by_how_much():
    (line,) = lines_of_attempts([Attempt("groq", "m", AttemptOutcome.SUCCEEDED, latency_ms=6_600.0)])
    assert outside_fact(6_700.0, [line]) == []
    ((name, said, _),) = outside_fact(6_800.0, [line])
    assert (name, said) == ("of it waiting", "0.20\u2009s")
    (short,) = lines_of_attempts([Attempt("groq", "m", AttemptOutcome.SUCCEEDED, latency_ms=300.0)])
    assert outside_fact(360.0, [short]) == [], "a sixth of it, and shorter than a blink"


def test_a_turn_of_a_conversation_is_run_again_with_its_history(show, simulator):
    request = talked(show, "I ran 5 km today.", "And tomorrow?").query_params["run"]
    runtime().store.flush()
    app = show("run.py", again=request)
    assert "Sent with the 2 earlier messages of its conversation." in words(app)
    app.button(key="run").click().run()
    assert roles_of(simulator.requests[-1]) == ["user", "assistant", "user"]
    assert "after 2 earlier messages" in question_of(app)


def test_a_request_of_the_log_is_asked_again_on_the_other_provider(show, simulator):
    request = asked(show, "Which vegetables have iron?").query_params["run"]
    runtime().store.flush()
    app = show("run.py", again=request, on="openrouter")
    assert app.text_area(key="prompt").value == "Which vegetables have iron?"
    assert "Settings: pinned to OpenRouter." in words(app)
    app.button(key="run").click().run()
    assert simulator.requests[-1].provider == "openrouter"


def test_an_answer_is_checked_by_a_model_of_another_family(show, simulator):
    app = asked(show, "Does running burn more than walking?")
    app.button(key="check").click().run()
    assert "Second opinion by" in words(app)
    assert "It can be wrong too." in words(app)
    assert "gpt-oss" not in simulator.requests[-1].model


def test_a_prompt_is_saved_under_a_name_and_opened_by_its_address(show):
    app = show("run.py")
    app.button_group(key="task").set_value(TaskType.VERIFICATION).run()
    app.session_state["seed"] = 7
    app.text_area(key="prompt").input("Is this plan sound?").run()
    field = next(one for one in app.text_input if one.label == "Name of this prompt")
    field.input("Plan check")
    next(button for button in app.button if button.label == "Save").click().run()
    again = show("run.py")
    next(button for button in again.button if button.label == "Plan check").click().run()
    shared = show("run.py", saved=again.query_params["saved"])
    for opened in (again, shared):
        assert opened.text_area(key="prompt").value == "Is this plan sound?"
        assert opened.button_group(key="task").value == TaskType.VERIFICATION
        assert "Settings: seed 7." in words(opened)


def test_an_answer_that_is_not_there_cannot_be_copied(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=3_600))
    copies = [element.proto.body for element in asked(show, "Train?").get("html") if "data-copy" in element.proto.body]
    assert ">Copy link<" in copies[0]
    assert ">Copy<" not in copies[0]


def test_an_earlier_answer_of_a_conversation_looks_as_it_did_while_it_was_the_last(show):
    app = show("run.py")
    app.button_group(key="mode").set_value("Conversation").run()
    app.chat_input(key="say").set_value("Train or rest?").run()
    first = [
        html.proto.body for html in app.get("html") if "Routing trace" in html.proto.body or "facts" in html.proto.body
    ]
    app.chat_input(key="say").set_value("And tomorrow?").run()
    second = [html.proto.body for html in app.get("html")]
    assert len(first) == 2, "its trace and its figures"
    assert set(first) <= set(second)


def test_a_schema_switches_json_on(show):
    app = show("run.py")
    app.text_area(key="schema").input(SCHEMA).run()
    assert app.toggle(key="json").value
