"""Every page alone and within the shell, on the state that an operator may find it in."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

from pages.components.console.looks import THIN, seconds, span, two_digits
from pages.components.console.runtime import runtime
from pages.components.prompt.samples import QUESTIONS
from router import TaskConfig, TaskType
from router.simulator import Fault
from tests.world import FIRST, SECOND

PAGES = [
    "run.py",
    "compare.py",
    "vision.py",
    "health.py",
    "history.py",
    "usage.py",
    "routing.py",
    "evaluate.py",
    "quick_entry.py",
    "meals.py",
    "coach.py",
    "programs.py",
    "demonstration.py",
    "setup.py",
]
ROOT = Path(__file__).parents[2]
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "Train or rest?"}]


def words(app):
    """Everything a page says, without the marks that keep text from being Markdown."""
    elements = [
        *app.markdown,
        *app.caption,
        *app.error,
        *app.warning,
        *app.info,
        *app.success,
        *app.title,
        *app.get("html"),
    ]
    said = " ".join(str(getattr(element, "value", None) or getattr(element.proto, "body", "")) for element in elements)
    return re.sub(r"\\([\\`*_\[\]<>#|~$:.)+=-])", r"\1", said.replace(":small[]", ""))


def ask(config=CHAT, **options):
    return runtime().portal.complete(config=config, messages=HELLO, source="console", **options)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_alone_with_nothing_in_the_log(show, name):
    app = show(name)
    assert not app.exception
    assert app.title[0].value == name.removesuffix(".py").replace("_", " ").capitalize()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_runs_within_the_shell(show, name):
    app = show("shell.py")
    app.switch_page(str(name))
    app.run()
    assert not app.exception
    assert app.title[0].value == name.removesuffix(".py").replace("_", " ").capitalize()


@pytest.mark.parametrize("name", [*PAGES, "shell.py"])
def test_a_live_console_without_a_key_says_what_to_set_and_shows_no_trace(show, environment, name):
    for variable in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(variable, "")
    environment.setenv("ROUTER_MODE", "live")
    app = show(name)
    assert not app.exception
    assert "GROQ_API_KEY or OPENROUTER_API_KEY" in app.code[0].value


@pytest.mark.parametrize("name", PAGES)
def test_a_page_on_a_database_that_was_written_over_names_the_file_and_what_to_do(show, environment, name, tmp_path):
    app = show("shell.py")  # the console is running
    runtime().store.flush()
    for ending in ("", "-wal"):
        path = tmp_path / f"console.db{ending}"
        path.write_bytes(b"my notes" * (path.stat().st_size // 8 + 1))
    app.switch_page(name).run()
    assert not app.exception
    for said in (code.value for code in app.code if "cannot be read" in code.value):
        assert "console.db cannot be read" in said
        assert "move it away, or put a copy in its place" in said
    if name in ("history.py", "usage.py", "meals.py"):
        assert "What this page shows cannot be read." in words(app)


def test_without_a_key_simulated_providers_serve_and_every_page_says_so(show, environment):
    for variable in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(variable, "")
    app = show("shell.py")
    assert "Simulated providers." in words(app)
    assert "add a key on" in words(app)


def test_with_a_key_no_page_speaks_of_simulated_providers(show):
    assert "Simulated providers." not in words(show("shell.py"))


def test_the_plan_is_one_sentence_and_behind_it_stand_the_models_that_are_gone_with_their_reasons(show):
    said = words(show("run.py"))
    plan = said[said.index('<details class="route">') :]
    sentence, _, steps = plan.partition("</summary>")
    assert re.sub("<[^>]+>", "", sentence).endswith("Next: Groq gpt-oss-120b, then OpenRouter Nemotron 3 Super (+3).")
    assert re.search(r'<span class="gone">.*?Llama-3.3-70b</span></span> – retired', steps)


def test_an_example_is_one_click_away(show):
    app = show("run.py")
    app.button(key="example").click().run()
    assert app.text_area(key="prompt").value == runtime().router.table.tasks[TaskType.REAL_TIME_CHAT].example


def test_the_task_for_structured_output_brings_json_and_its_example_a_schema(show, simulator):
    app = show("run.py")
    app.button_group(key="task").set_value(TaskType.STRUCTURED_OUTPUT).run()
    assert app.toggle(key="json").value
    app.button(key="example").click().run()
    app.button(key="run").click().run()
    assert "The answer fits the schema." in words(app)
    assert simulator.requests[-1].body["response_format"]["type"] in ("json_schema", "json_object")
    app.button_group(key="task").set_value(TaskType.REAL_TIME_CHAT).run()
    assert not app.toggle(key="json").value
    assert app.text_area(key="schema").value == ""


def test_new_empties_the_prompt(show):
    app = show("run.py")
    app.text_area(key="prompt").input("Train or rest?")
    app.button(key="run").click().run()
    app.button(key="new").click().run()
    assert app.text_area(key="prompt").value == ""
    assert "run" not in app.query_params


def test_compare_pressed_twice_asks_once(show, simulator):
    app = show("compare.py")
    app.text_area(key="prompt").input("Train or rest?")
    before = len(simulator.requests)
    app.button(key="run_both").click().run()
    first = app.query_params["left"]
    app.button(key="run_both").click().run()
    assert app.query_params["left"] == first
    assert len(simulator.requests) == before + 2


def test_analyse_pressed_twice_asks_once(show, simulator):
    app = show("vision.py")
    app.button(key="sample_breakfast-plate").click().run()
    app.text_area(key="vision_prompt").input("What is this?")
    before = len(simulator.requests)
    app.button(key="look").click().run()
    first = app.query_params["run"]
    app.button(key="look").click().run()
    assert app.query_params["run"] == first
    assert len(simulator.requests) == before + 1


@pytest.mark.parametrize("name", ["vision.py", "run.py"])
def test_the_example_about_a_picture_brings_the_picture_and_is_answered(show, name):
    app = show(name)
    if name == "run.py":
        app.button_group(key="task").set_value(TaskType.VISION).run()
    app.button(key="see_example" if name == "vision.py" else "example").click().run()
    app.button(key="look" if name == "vision.py" else "run").click().run()
    assert not app.exception
    assert "two fried eggs" in words(app)


@pytest.mark.parametrize("sample", QUESTIONS)
def test_a_sample_is_one_click_away_from_being_sent(show, simulator, sample):
    app = show("vision.py")
    app.button(key="sample_scale").click().run()
    app.button(key=f"sample_{sample}").click().run()
    app.button(key="look").click().run()
    assert not app.exception
    content = simulator.requests[-1].body["messages"][-1]["content"]
    assert content[0]["text"] == QUESTIONS[sample]
    assert len(content) == 2, "a sample takes the place of the sample before"


def test_a_sample_leaves_a_question_that_a_person_wrote(show):
    app = show("vision.py")
    app.text_area(key="vision_prompt").input("Is it healthy?").run()
    app.button(key="sample_scale").click().run()
    assert app.text_area(key="vision_prompt").value == "Is it healthy?"


def test_a_link_to_a_run_brings_its_task_prompt_and_settings(show):
    show("run.py")
    request = ask(config=TaskConfig(TaskType.VERIFICATION, prioritize_speed=True), seed=7, max_tokens=300)
    runtime().store.flush()
    app = show("run.py", run=request.request_id)
    assert app.button_group(key="task").value == TaskType.VERIFICATION
    assert app.text_area(key="prompt").value == HELLO[-1]["content"]
    assert (app.number_input(key="seed").value, app.number_input(key="max_tokens").value) == (7, 300)
    assert app.button_group(key="override").value == "Speed"
    assert 'class="question' not in words(app), "it stands in the controls above as it was asked"
    app.number_input(key="seed").set_value(8).run()
    assert 'class="question brief"' in words(app), "its words stand in the field above"
    app.text_area(key="prompt").input("Something else").run()
    assert app.text_area(key="prompt").value == "Something else", "what is typed is not overwritten"
    question = next(element.proto.body for element in app.get("html") if 'class="question"' in element.proto.body)
    assert "Verification" in question
    assert HELLO[-1]["content"] in question


def test_an_empty_prompt_is_not_sent_and_that_is_said(show, simulator):
    before = len(simulator.requests)
    app = show("run.py")
    app.button(key="run").click().run()
    assert "Write a prompt first" in words(app)
    assert len(simulator.requests) == before


def test_a_vision_prompt_without_a_picture_is_not_sent_and_that_is_said(show):
    app = show("run.py")
    app.button_group(key="task").set_value(TaskType.VISION).run()
    app.text_area(key="prompt").input("What is it?")
    app.button(key="run").click().run()
    assert "add one first" in words(app)


def test_a_prompt_is_answered_with_its_trace(show):
    app = show("run.py")
    app.text_area(key="prompt").input("Train or rest?")
    app.button(key="run").click().run()
    assert "Simulated reply" in words(app)
    assert "answered" in words(app)
    assert app.query_params["run"]


def test_an_older_run_is_read_from_the_log_by_its_id(show):
    completion = ask()
    runtime().store.flush()
    said = words(show("run.py", run=completion.request_id))
    assert "Simulated reply" in said
    assert "retired 2026-08-16" in said


def test_an_unknown_run_is_said_to_be_unknown(show):
    assert "no run with this id" in words(show("run.py", run="01NOBODY"))


def test_compare_takes_over_an_earlier_request_and_says_where_its_prompt_was_not_kept(show):
    show("run.py")
    request = ask().request_id
    runtime().store.flush()
    app = show("compare.py", again=request)
    assert app.text_area(key="prompt").value == "Train or rest?"
    assert "again" not in app.query_params
    runtime().store.history.delete_content(request)
    assert "not in the log: it was deleted, or never kept" in words(show("compare.py", again=request))


def test_health_names_what_is_held_and_a_reset_frees_it(show, simulator):
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask()
    app = show("health.py")
    assert "1 model cooling down" in [heading.value for heading in app.header]
    next(button for button in app.button if button.label == "Reset").click().run()
    assert "cooling down" not in words(app)
    assert runtime().router.failures() == []


def test_a_cost_on_a_free_request_is_red_on_every_page_until_it_is_reset(show, simulator):
    simulator.set_fault(*SECOND, Fault("billed"))
    ask(targets=[f"{SECOND[0]}:{SECOND[1]}"])
    assert "came back with a cost" in words(show("shell.py"))
    runtime().router.reset_failures()
    assert "came back with a cost" not in words(show("shell.py"))


def test_no_run_of_a_script_changes_the_path_that_other_threads_import_by():
    sys.path.remove(str(ROOT / "pages"))  # which the launcher puts back
    launcher = runpy.run_path(str(ROOT / "app.py"))
    before = list(sys.path)
    with modified_sys_path(str(launcher["SHELL"])):
        assert sys.path == before


# --- components --------------------------------------------------------------------------------------------------


def test_figures_have_two_digits_and_a_thin_space():
    assert [two_digits(value) for value in (0, 0.418, 1.34, 12.6, 1234)] == ["0", "0.42", "1.3", "13", "1,234"]
    assert seconds(418) == f"0.42{THIN}s"
    assert seconds(None) == "–"
    assert [span(length) for length in (12, 250, 10_000, 200_000)] == [
        f"12{THIN}s", f"4{THIN}min", f"3{THIN}h", f"2{THIN}d",
    ]  # fmt: skip


def test_a_run_that_nobody_looks_at_is_cancelled(show, simulator):
    show("run.py")
    simulator.set_fault("groq", "*", Fault("silent"))
    live = runtime().portal.start(config=CHAT, messages=HELLO, unseen_seconds=0.05)
    assert live.done.wait(10)
    assert live.view().status == "cancelled"


def test_a_run_is_found_by_its_id_and_stopped_by_it(show, simulator):
    show("run.py")
    simulator.set_fault("groq", "*", Fault("silent"))
    live = runtime().portal.start(config=CHAT, messages=HELLO)
    runtime().portal.find(live.id).cancel()
    assert live.done.wait(10)
