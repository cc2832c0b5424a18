"""Routing: the table's four views, editing by hand, undo, export."""

import tomllib

import pytest

from pages.components.console.runtime import runtime
from router import Target, TaskConfig, TaskType
from router.simulator import model_entry
from router.table.edits import as_toml
from tests.pages.test_pages import words
from tests.world import FIRST, SECOND

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)


def kept():
    return [str(line.target) for line in runtime().router.plan(config=CHAT) if line.kept]


def test_the_table_is_shown_as_asked_for_as_changed_as_edited_and_with_what_serves(show):
    said = words(show("routing.py"))
    for word in ("As asked for", "Llama-3.3-70b", "As the catalogue has changed it", "for Llama-3.3-70b", "not edited"):
        assert word in said
    assert "Nothing yet." in said


def test_an_edit_shows_its_difference_holds_at_once_and_is_undone_by_one_click(show):
    app = show("routing.py")
    assert app.button(key="keep").disabled
    app.button(key="down-0").click().run()
    assert "gpt-oss-120b → Nemotron 3 Super" in words(app)
    assert "**Nemotron 3 Super → gpt-oss-120b" in words(app)
    assert kept()[0] == ":".join(FIRST)
    app.button(key="keep").click().run()
    assert kept()[:2] == [":".join(SECOND), ":".join(FIRST)]
    assert app.button(key="undo").label == "Undo: edit of Real-time chat"
    app.button(key="undo").click().run()
    assert kept()[0] == ":".join(FIRST)
    assert "undo" not in [button.key for button in app.button]
    assert "Edits (1 latest)" in app.expander[0].label


def test_a_model_of_the_live_catalogue_is_added_with_its_abilities(show, simulator):
    show("run.py")
    new = model_entry("openrouter", "cohere/north-mini-code:free") | {
        "id": "new/model:free", "name": "New: Model", "context_length": 64_000, "expiration_date": None,
    }  # fmt: skip
    simulator.set_models("openrouter", [new, model_entry("openrouter", "openrouter/free")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    app = show("routing.py")
    added = app.selectbox(key="add-model")
    option = next(option for option in added.options if "new/model:free" in option)
    assert "64k context" in option
    added.set_value(Target("openrouter", "new/model:free")).run()
    app.button(key="add").click().run()
    app.button(key="keep").click().run()
    assert "openrouter:new/model:free" in kept()
    document = tomllib.loads(as_toml(runtime().router.table))
    assert document["models"]["openrouter:new/model:free"]["context"] == 64_000


def test_limits_that_cannot_hold_are_said_and_not_kept(show):
    app = show("routing.py")
    app.number_input(key="limit-deadline").set_value(0.5).run()
    assert "The limits have to grow" in app.error[0].value
    assert app.button(key="keep").disabled
    app.button(key="drop").click().run()
    assert not app.error
    assert app.number_input(key="limit-deadline").value == 30


def test_the_last_target_of_a_chain_cannot_be_removed(show):
    app = show("routing.py")
    while not app.button(key="out-0").disabled:
        app.button(key="out-0").click().run()
    assert len([button for button in app.button if button.key.startswith("out-")]) == 1


def test_all_edits_are_taken_off_at_once_after_one_question_and_that_can_be_undone(show):
    app = show("routing.py")
    app.button(key="down-0").click().run()
    app.button(key="keep").click().run()
    app.button(key="back").click().run()
    app.button(key="confirm-back").click().run()
    assert kept()[0] == ":".join(FIRST)
    runtime().router.routes.undo()
    assert kept()[0] == ":".join(SECOND)


def test_edits_that_do_not_fit_the_table_are_said_to_be_unused(show):
    show("run.py")
    runtime().store.edits.keep('{"tasks": {"vision": {"targets": ["local:m"]}}}', "an edit of another table")
    app = show("routing.py")
    assert "are not used" in app.error[0].value
    assert app.button(key="undo")


@pytest.mark.parametrize("name", ["output_tokens", "first_token", "deadline"])
@pytest.mark.parametrize("value", [1e9, 1e16, 1e300])
def test_a_limit_beyond_all_measure_is_refused_in_words_and_never_crashes_the_page(show, name, value):
    app = show("routing.py")
    app.number_input(key=f"limit-{name}").set_value(value).run()
    assert not app.exception
    if not app.button(key="keep").disabled:
        app.button(key="keep").click().run()
    assert not app.exception
    assert not show("routing.py").exception
    assert not show("run.py").exception


def test_what_serves_now_stands_in_the_order_in_which_it_is_tried(show):
    app = show("routing.py")
    table = next(element for element in app.get("html") if "Serves now" in element.proto.body).proto.body
    for task in TaskType:
        plan = [line for line in runtime().router.plan(config=TaskConfig(task)) if line.kept]
        order = list(dict.fromkeys(line.provider for line in plan))
        label = runtime().router.table.tasks[task].label
        cell = table.split(f"<th>{label}</th>")[1].split("</tr>")[0].rsplit('data-label="Serves now">', 1)[1]
        names = {"groq": ">Groq<", "openrouter": ">OpenRouter<"}
        assert sorted(order, key=lambda name: cell.index(names[name])) == order, label
