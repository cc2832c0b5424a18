"""History: the list, one request beside it, and what can be done with them."""

import sqlite3
import time

import pytest
from ulid import ULID

from pages.components.console.runtime import runtime
from router import TaskConfig, TaskType
from router.gateway.keys import new_key
from router.services import Day, conversation
from router.simulator import Fault
from tests.pages.test_pages import ask, words
from tests.store.log.test_history import fill
from tests.world import FIRST

SIMULATED = {"rows": "Simulated"}


def asked(prompt, **options):
    messages = [{"role": "user", "content": prompt}]
    portal = runtime().portal
    completion = portal.complete(config=TaskConfig(TaskType.REAL_TIME_CHAT), messages=messages, **options)
    runtime().store.flush()
    return completion.request_id


def listed(app):
    return [button for button in app.button if (button.key or "").startswith(("request-", "open-request"))]


def test_an_empty_log_says_what_to_do(show):
    assert "send a prompt on Run" in words(show("history.py"))


def test_requests_are_listed_with_their_words_the_latest_first(show):
    show("run.py")
    asked("Should I train today?")
    asked("What is for *dinner*?")
    first, second = listed(show("history.py", **SIMULATED))
    assert r"What is for \*dinner\*?" in first.label
    assert "Should I train today?" in second.label
    for word in ("answered", "Real-time chat", "Groq", "gpt-oss-120b"):
        assert word in first.label


def test_a_further_question_is_listed_alone_and_found_by_the_words_before_it(show):
    show("run.py")
    talk = [
        {"role": "user", "content": "Should I train after a bad night?"},
        {"role": "assistant", "content": "Take it easy, with squats of 40 kg."},
        {"role": "user", "content": "And what about tomorrow?"},
    ]
    runtime().portal.complete(config=TaskConfig(TaskType.REAL_TIME_CHAT), messages=talk)
    runtime().store.flush()
    (line,) = listed(show("history.py", **SIMULATED))
    assert line.label.endswith(":small[And what about tomorrow?]")
    (line,) = listed(show("history.py", q="squats", **SIMULATED))
    assert "**squats**" in line.label


def test_a_services_request_is_listed_and_opens_with_what_the_person_said(show):
    show("run.py")
    request = answered_by_coach("What is for *dinner*?")
    app = show("history.py", request=request, **SIMULATED)
    assert r"What is for \*dinner\*?" in listed(app)[0].label
    assert "{" not in listed(app)[0].label
    texts = [text.value for text in app.text]
    assert texts[0] == "What is for *dinner*?"
    assert any("day" in text for text in texts[1:])  # all of it stands behind


def answered_by_coach(question):
    options = {"config": TaskConfig(TaskType.REAL_TIME_CHAT), "purpose": "service"}
    completion = runtime().portal.complete(messages=conversation(Day(goal="strength"), (), question), **options)
    runtime().store.flush()
    return completion.request_id


def test_a_request_opens_with_prompt_answer_attempts_and_what_was_skipped(show, simulator):
    show("run.py")
    simulator.set_fault(*FIRST, Fault("server_error", status=503))
    request = asked("Should I train today?")
    app = show("history.py", request=request, **SIMULATED)
    said = words(app) + " ".join(text.value for text in app.text)
    for word in ("Should I train today?", "Simulated reply", "server error", "retired 2026-08-16", "answered"):
        assert word in said
    assert {button.label for button in app.button} >= {
        "Edit and run",
        "Edit and run on Groq",
        "Compare",
        "Delete texts",
    }


WEATHER = {
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def test_an_opened_request_names_its_model_as_the_list_does(show):
    show("run.py")
    request = ask().request_id
    runtime().store.flush()
    said = words(show("history.py", request=request))
    assert '<dd title="openai/gpt-oss-120b">gpt-oss-120b</dd>' in said


def test_calls_of_tools_stand_in_the_conversation_and_in_the_answer_with_what_they_gave(show):
    show("run.py")
    tools = [{"type": "function", "function": WEATHER}]
    request = asked("The weather in Oslo?", tools=tools, tool_choice="required")
    app = show("history.py", request=request, **SIMULATED)
    assert [code.value for code in app.code if code.value.startswith("get_weather(")] == [
        'get_weather({"city":"Oslo"})'
    ]
    assert "There was none" not in words(app)
    function = {"name": "get_weather", "arguments": '{"city":"Bergen"}'}
    loop = [
        {"role": "user", "content": "The weather in Bergen?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "a", "content": "12 degrees"},
    ]
    config = TaskConfig(TaskType.REAL_TIME_CHAT)
    request = runtime().portal.complete(config=config, messages=loop, tools=tools, tool_choice="none").request_id
    runtime().store.flush()
    app = show("history.py", request=request, **SIMULATED)
    assert 'get_weather({"city":"Bergen"})' in [code.value for code in app.code]
    assert "result of get_weather" in [caption.value for caption in app.caption]
    assert "12 degrees" in [text.value for text in app.text]


def test_a_request_that_its_client_has_sent_again_says_so(show):
    show("run.py")
    request = asked("Should I train today?", client_retries=2)
    assert "sent again by its client, after 2 earlier sends" in words(show("history.py", request=request, **SIMULATED))


def test_a_request_without_its_texts_says_so_and_cannot_be_sent_again(show, environment):
    environment.setenv("ROUTER_LOG_CONTENT", "0")
    show("run.py")
    request = asked("Should I train today?")
    app = show("history.py", request=request, **SIMULATED)
    assert "no text kept" in listed(app)[0].label
    assert "Not kept" in words(app)
    assert app.button(key="again").disabled


def test_filters_that_are_out_of_sight_are_counted_where_they_are(show):
    def label(**query):
        labels = [block.proto.popover.label for block in show("history.py", **query).get("popover")]
        return next(words for words in labels if "filters" in words)

    assert label(**SIMULATED) == "More filters"
    assert label(source="console", purpose="all", **SIMULATED) == "More filters: 2"


def test_a_reset_takes_the_words_the_status_and_the_failure_too(show):
    show("run.py")
    asked("Should I train today?")
    app = show("history.py", q="zzzz", status="failed", outcome="rate_limited", **SIMULATED)
    assert listed(app) == []
    app.button(key="reset-nothing").click().run()
    assert dict(app.query_params) == {}
    assert app.text_input(key="history-q").value == ""
    assert app.selectbox(key="history-status").value == app.selectbox(key="history-outcome").value == ""


def test_another_search_closes_the_request_that_stands_open(show):
    show("run.py")
    request = asked("Should I train today?")
    app = show("history.py", request=request, **SIMULATED)
    app.text_input(key="history-q").set_value("dinner").run()
    assert "request" not in app.query_params
    assert "Should I train" not in words(app)


def test_the_way_of_a_request_that_failed_stands_above_its_prompt(show, simulator):
    show("run.py")
    calm = asked("Should I train today?")
    simulator.set_fault(*FIRST, Fault("server_error", status=503))
    failed = asked("And tomorrow?")

    def headings(request):
        said = words(show("history.py", request=request, **SIMULATED))
        return sorted(("**Prompt**", "**Answer**", "**Routing**"), key=said.index)

    assert headings(calm) == ["**Prompt**", "**Answer**", "**Routing**"]
    assert headings(failed) == ["**Routing**", "**Prompt**", "**Answer**"]


def test_filters_can_be_cleared_where_one_is_set(show):
    app = show("history.py")
    assert not [button for button in app.button if button.key == "filter-clear"]
    app.text_input(key="history-q").set_value("squat").run()
    assert app.button(key="filter-clear")
    assert show("history.py", task="vision").button(key="filter-clear")


def test_what_deletes_is_not_the_first_thing_beside_a_request(show):
    show("run.py")
    request = asked("Should I train today?")
    keys = [button.key for button in show("history.py", request=request, **SIMULATED).button]
    assert keys.index("again") < keys.index("delete-one")


def test_words_and_ending_stand_in_the_address_and_filter_the_list(show, simulator):
    show("run.py")
    asked("Should I train today?")
    asked("What is for dinner?")
    app = show("history.py", q="dinner", **SIMULATED)
    assert app.text_input(key="history-q").value == "dinner"
    assert len(listed(app)) == 1
    app.text_input(key="history-q").set_value("nothing of the kind").run()
    assert listed(app) == []
    assert app.query_params["q"] == "nothing of the kind"
    app.text_input(key="history-q").set_value("").run()
    app.selectbox(key="history-status").set_value("failed").run()
    assert listed(app) == []
    assert app.query_params["status"] == "failed"


def test_what_an_attempt_failed_of_filters_the_list_though_a_fallback_answered(show, simulator):
    show("run.py")
    asked("Should I train today?")
    simulator.set_fault(*FIRST, Fault("server_error", status=503))
    asked("What is for dinner?")
    app = show("history.py", outcome="server_error", tried=":".join(FIRST), **SIMULATED)
    assert ["What is for dinner?" in button.label for button in listed(app)] == [True]
    assert "Server error on" in app.button(key="any-target").label
    app.button(key="any-target").click().run()
    assert len(listed(app)) == 1
    app.selectbox(key="history-outcome").set_value("rate_limited").run()
    assert listed(app) == []
    assert (app.query_params["outcome"], "tried" in app.query_params) == ("rate_limited", False)


def test_an_app_filters_the_list_and_so_do_requests_without_one(show):
    show("run.py")
    runtime().store.apps.add(new_key("website", time.time())[1])
    asked("Should I train today?", source="gateway", app="website")
    asked("What is for dinner?")
    app = show("history.py", app="website", **SIMULATED)
    assert ["Should I train today?" in button.label for button in listed(app)] == [True]
    app = show("history.py", app="nobody", **SIMULATED)
    assert ["What is for dinner?" in button.label for button in listed(app)] == [True]


def test_another_search_begins_at_the_newest_request(show):
    show("run.py")
    asked("Should I train today?")
    before = asked("What is for dinner?")
    app = show("history.py", before=before, **SIMULATED)
    assert len(listed(app)) == 1
    app.text_input(key="history-q").set_value("dinner").run()
    assert len(listed(app)) == 1
    assert "before" not in app.query_params


def test_a_search_with_a_character_that_ends_texts_breaks_nothing(show):
    app = show("history.py", q="toast\0", **SIMULATED)
    assert not app.exception


@pytest.mark.parametrize("name", ["request", "before", "place", "status", "q", "provider", "since", "outcome", "tried"])
def test_nonsense_in_the_address_breaks_nothing(show, name):
    app = show("history.py", **{name: "'); DROP TABLE requests; --"})
    assert not app.exception


def test_older_requests_are_a_click_away_and_so_is_the_way_back(show):
    show("run.py")
    for number in range(43):
        asked(f"number {number}")
    app = show("history.py", **SIMULATED)
    assert len(listed(app)) == 40
    app.button(key="older").click().run()
    assert [button.label.rpartition("number ")[2] for button in listed(app)] == ["2]", "1]", "0]"]
    assert "41 – 43" in words(app)
    app.button(key="newest").click().run()
    assert "number 42" in listed(app)[0].label
    assert "1 – 40" in words(app)


def test_the_texts_of_one_request_are_deleted_after_one_question(show):
    show("run.py")
    request = asked("My secret diary")
    app = show("history.py", request=request, **SIMULATED)
    app.button(key="delete-one").click().run()
    app.button(key="confirm-delete").click().run()
    assert runtime().store.statistics.request(request).request is None
    assert len(listed(app)) == 1


def test_how_many_texts_go_is_said_before_they_are_deleted_by_age(show):
    show("run.py")
    request = asked("My secret diary")
    app = show("history.py", **SIMULATED)
    fill(runtime().store, 3, start=time.time() - 40 * 86_400)
    app.button(key="delete-old").click().run()
    assert "**3 requests**" in words(app)
    app.button(key="confirm-delete-old").click().run()
    assert runtime().store.statistics.request(request).request is not None, "thirty days are kept unless one says so"
    app.button(key="delete-old").click().run()
    assert "No texts are kept from before this day." in words(app)
    assert app.button(key="confirm-delete-old").disabled


def test_the_page_reads_the_list_with_one_query_however_many_there_are(show):
    from sqlalchemy import event

    show("run.py")
    ask()
    runtime().store.flush()
    queries = []
    engine = runtime().store.history._reading.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: queries.append(arguments[2]))
    show("history.py", **SIMULATED)
    assert len([query for query in queries if "FROM requests" in query]) == 1


# --- counted, noted, followed ----------------------------------------------------------------------------------------


def test_the_list_says_how_many_requests_match_and_what_its_columns_are(show):
    show("run.py")
    for _ in range(3):
        asked("Should I train today?")
    said = words(show("history.py", **SIMULATED))
    assert "**3 requests**" in said
    for name in ("Started", "Status", "Answered by", "Tokens", "Attempts"):
        assert f"<span>{name}</span>" in said
    assert "**0 requests**" in words(show("history.py", status="failed", **SIMULATED))


def test_more_requests_than_a_page_has_are_counted_by_the_figures_and_searched_ones_up_to_a_limit(show):
    show("run.py")
    first = asked("Should I train today?")
    with sqlite3.connect(runtime().store.path) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(requests)") if row[1] != "id"]
        copied = f"SELECT ?, {', '.join(names)} FROM requests WHERE id = ?"
        for _ in range(60):
            copy = str(ULID())
            connection.execute(f"INSERT INTO requests (id, {', '.join(names)}) {copied}", (copy, first))
    connection.close()
    runtime().store.rebuild_figures()
    assert "**61 requests**" in words(show("history.py", **SIMULATED))
    assert "**61 requests**" in words(show("history.py", status="succeeded", **SIMULATED))
    assert "**61 requests**" in words(show("history.py", since="2020-01-01", **SIMULATED))


def test_a_note_is_kept_and_marked_in_the_list(show):
    show("run.py")
    request = asked("Should I train today?")
    app = show("history.py", request=request, **SIMULATED)
    app.text_area(key=f"note-{request}").set_value("slow today").run()
    assert runtime().store.notes.read_notes([request]) == {request: "slow today"}
    again = show("history.py", request=request, **SIMULATED)
    assert again.text_area(key=f"note-{request}").value == "slow today"
    assert "sticky_note" in listed(again)[0].label


def test_what_comes_in_is_seen_by_itself_where_that_is_wanted(show):
    show("run.py")
    asked("Should I train today?")
    app = show("history.py", **SIMULATED)
    app.toggle(key="history-refresh").set_value(True).run()
    asked("What is for dinner?")
    assert len(listed(app.run())) == 2


def test_no_two_failures_of_the_filter_have_one_name(show):
    options = show("history.py").selectbox(key="history-outcome").options
    assert len(options) == len(set(options)) > 20
    assert {"Any failure", "Out of free quota", "Out of free quota (all models, today)"} <= set(options)
