"""Routing: the table's four views, editing by hand, undo, export."""

import re
import tomllib

import pytest

from pages.components.console import looks
from pages.components.console.runtime import runtime
from pages.components.routing.route_editor import fresh_draft, longer_draft
from pages.components.routing.route_table import route_html
from router import Target, TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault, model_entry
from router.table.edits import LIMITS, as_toml
from router.table.route_file import load_routes
from router.types import PlannedTarget, TargetState
from tests.pages.test_pages import ask, words
from tests.world import FIRST, SECOND

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)


def kept():
    return [str(line.target) for line in runtime().router.plan(config=CHAT) if line.kept]


def test_the_table_is_shown_as_asked_for_as_changed_as_edited_and_with_what_serves(show):
    said = words(show("routing.py", task="real-time-chat"))
    for word in ("Original", "Llama-3.3-70b", "After retirements", "for Llama-3.3-70b", "not edited", "Serving now"):
        assert word in said


def test_an_edit_shows_its_difference_holds_at_once_and_is_undone_by_one_click(show):
    app = show("routing.py", task="real-time-chat")
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
    assert "Edits (latest 1)" in app.expander[0].label


def test_a_model_of_the_live_catalogue_is_added_with_its_abilities(show, simulator):
    show("run.py")
    new = model_entry("openrouter", "cohere/north-mini-code:free") | {
        "id": "new/model:free", "name": "New: Model", "context_length": 64_000, "expiration_date": None,
    }  # fmt: skip
    simulator.set_models("openrouter", [new, model_entry("openrouter", "openrouter/free")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    app = show("routing.py", task="real-time-chat")
    added = app.selectbox(key="add-model")
    option = next(option for option in added.options if "new/model:free" in option)
    assert "64k context" in option
    added.set_value(Target("openrouter", "new/model:free")).run()
    app.button(key="add").click().run()
    app.button(key="keep").click().run()
    assert "openrouter:new/model:free" in kept()
    assert "Export routing file" in [button.proto.label for button in app.get("download_button")]
    document = tomllib.loads(as_toml(runtime().router.table))
    assert document["models"]["openrouter:new/model:free"]["context"] == 64_000


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("groq:no/such-model", "groq:no/such-model is not on its provider"),
        ("no/such-model", "no/such-model is on no provider's list"),
        (":".join(FIRST), "stands in the order already"),
    ],
)
def test_a_model_that_cannot_be_added_is_refused_with_what_is_wrong(show, typed, fault):
    show("run.py")
    runtime().portal.call(runtime().router.refresh_catalogue)
    with pytest.raises(ValueError, match=fault):
        longer_draft(runtime(), fresh_draft(runtime(), TaskType.REAL_TIME_CHAT), typed)


def test_a_model_that_is_typed_by_its_id_alone_is_added_where_a_list_has_it(show):
    show("run.py")
    runtime().portal.call(runtime().router.refresh_catalogue)
    draft = fresh_draft(runtime(), TaskType.REAL_TIME_CHAT)
    longer = longer_draft(runtime(), draft, " COHERE/north-mini-code:free ")
    assert longer.chain == (*draft.chain, Target("openrouter", "cohere/north-mini-code:free"))


def test_limits_that_cannot_hold_are_said_and_not_kept(show):
    app = show("routing.py", task="real-time-chat")
    app.number_input(key="limit-real-time-chat-deadline").set_value(0.5).run()
    assert "The limits have to grow" in app.error[0].value
    assert app.button(key="keep").disabled
    app.button(key="drop").click().run()
    assert not app.error
    assert app.number_input(key="limit-real-time-chat-deadline").value == 30


def test_the_last_target_of_a_chain_cannot_be_removed(show):
    app = show("routing.py", task="real-time-chat")
    while not app.button(key="out-0").disabled:
        app.button(key="out-0").click().run()
    assert len([button for button in app.button if button.key.startswith("out-")]) == 1


def test_all_edits_are_taken_off_at_once_after_one_question_and_that_can_be_undone(show):
    app = show("routing.py", task="real-time-chat")
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
    app = show("routing.py", task="real-time-chat")
    assert "are not used" in app.error[0].value
    assert app.button(key="undo")


@pytest.mark.parametrize("name", ["output_tokens", "first_token", "deadline"])
@pytest.mark.parametrize("value", [1e9, 1e16, 1e300])
def test_a_limit_beyond_all_measure_is_refused_in_words_and_never_crashes_the_page(show, name, value):
    app = show("routing.py", task="real-time-chat")
    app.number_input(key=f"limit-real-time-chat-{name}").set_value(value).run()
    assert not app.exception
    if not app.button(key="keep").disabled:
        app.button(key="keep").click().run()
    assert not app.exception
    assert not show("routing.py", task="real-time-chat").exception
    assert not show("run.py").exception


@pytest.mark.parametrize("task", TaskType)
def test_what_serves_now_stands_in_the_order_in_which_it_is_tried(show, task):
    app = show("routing.py", task=task.value)
    (origin,) = [element.proto.body for element in app.get("html") if "Serving now" in element.proto.body]
    plan = [line for line in runtime().router.plan(config=TaskConfig(task)) if line.kept]
    order = list(dict.fromkeys(line.provider for line in plan))
    cell = origin.split("Serving now")[1]
    names = {"groq": ">Groq<", "openrouter": ">OpenRouter<"}
    assert sorted(order, key=lambda name: cell.index(names[name])) == order


def test_a_row_shows_the_route_in_the_order_of_trial_with_what_is_out_and_the_next_in_bold(show, simulator):
    show("run.py")
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask()
    app = show("routing.py")
    route = next(element.proto.body for element in app.get("html") if "(cooling down)" in element.proto.body)
    assert route.index("gpt-oss-120b") < route.index("(cooling down)") < route.index("<b>") < route.index("Nemotron")
    assert "keep" not in {button.key for button in app.button}


@pytest.mark.parametrize("ready", range(10))
def test_the_next_to_be_asked_is_shown_however_many_ahead_of_it_are_out(ready):
    table = load_routes(SHIPPED_ROUTES)
    plan = [
        PlannedTarget(Target("groq", f"m{place}"), place == ready, TargetState.SERVING if place == ready else "no key")
        for place in range(10)
    ]
    html = route_html(plan, table)
    assert re.search(rf"<b>.*?groq:m{ready}", html)
    assert html.count("<b>") == 1
    shown = len(re.findall(r'title="groq:', html)) + sum(int(count) for count in re.findall(r">\+(\d) more<", html))
    assert shown == 10


def test_a_provider_is_named_where_it_is_another_than_before():
    plan = [
        PlannedTarget(Target(provider, f"m{place}"), place == 0, TargetState.SERVING)
        for place, provider in enumerate(("groq", "groq", "openrouter", "groq"))
    ]
    html = route_html(plan, load_routes(SHIPPED_ROUTES))
    assert re.findall(r">(Groq|OpenRouter|m\d)<", html) == ["Groq", "m0", "m1", "OpenRouter", "m2", "Groq", "m3"]


def test_a_model_that_two_providers_have_is_named_with_its_provider_each_time():
    targets = [Target("openrouter", "a"), Target("openrouter", "same"), Target("groq", "same")]
    html = route_html(
        [PlannedTarget(target, True, TargetState.SERVING) for target in targets], load_routes(SHIPPED_ROUTES)
    )
    assert re.findall(r">(Groq|OpenRouter|a|same)<", html) == ["OpenRouter", "a", "OpenRouter", "same", "Groq", "same"]


def test_a_model_that_is_up_for_a_retry_is_called_so_as_on_health():
    plan = [PlannedTarget(Target("groq", "m"), True, TargetState.HALF_OPEN, last_resort=True)]
    assert f"({looks.state_word(TargetState.HALF_OPEN)})" in route_html(plan, load_routes(SHIPPED_ROUTES))
    assert looks.state_word(TargetState.HALF_OPEN) != str(TargetState.HALF_OPEN)


# --- two who edit at once ------------------------------------------------------------------------------------------


def another_tab_applies(show, task, press):
    app = show("routing.py", task=task)
    app.button(key=press).click().run()
    app.button(key="keep").click().run()
    assert runtime().router.routes.edits.tasks


def test_what_another_tab_has_applied_to_another_task_stays(show):
    mine = show("routing.py", task="real-time-chat")
    mine.button(key="down-0").click().run()
    another_tab_applies(show, "vision", "down-0")
    mine.button(key="keep").click().run()
    assert set(runtime().router.routes.edits.tasks) == {TaskType.REAL_TIME_CHAT, TaskType.VISION}


def test_what_another_tab_has_changed_in_the_same_task_is_merged_where_it_is_something_else(show):
    mine = show("routing.py", task="real-time-chat")
    mine.number_input(key="limit-real-time-chat-deadline").set_value(25.0).run()
    another_tab_applies(show, "real-time-chat", "down-0")
    mine.button(key="keep").click().run()
    assert runtime().router.table.tasks[TaskType.REAL_TIME_CHAT].deadline == 25
    assert kept()[0] == ":".join(SECOND)


def test_what_two_tabs_change_alike_is_refused_with_the_difference_and_applied_when_it_is_meant(show):
    mine = show("routing.py", task="real-time-chat")
    mine.button(key="out-1").click().run()
    another_tab_applies(show, "real-time-chat", "down-0")
    theirs = runtime().router.routes.edits
    mine.button(key="keep").click().run()
    assert runtime().router.routes.edits == theirs
    assert "somebody else changed the same meanwhile" in mine.warning[0].value
    assert "Nemotron 3 Super → gpt\\-oss" in mine.warning[0].value.replace("-", "\\-")
    mine.button(key="keep").click().run()
    assert ":".join(SECOND) not in kept()


def test_an_undo_takes_back_the_edit_that_it_names_and_no_later_one(show):
    another_tab_applies(show, "real-time-chat", "down-0")
    mine = show("routing.py")
    another_tab_applies(show, "vision", "down-0")
    mine.button(key="undo").click().run()
    assert set(runtime().router.routes.edits.tasks) == {TaskType.REAL_TIME_CHAT, TaskType.VISION}


def test_a_model_is_moved_to_the_head_at_one_press_and_says_where_it_was(show):
    app = show("routing.py", task="real-time-chat")
    last = len([button for button in app.button if button.key.startswith("top-")]) - 1
    chain = [str(line.target) for line in runtime().router.plan(config=CHAT) if line.kept]
    app.button(key=f"top-{last}").click().run()
    assert f"was {last + 1}" in words(app)
    app.button(key="keep").click().run()
    assert kept() == [chain[-1], *chain[:-1]]


def test_each_limit_says_what_it_is_for_and_what_it_is_as_shipped(show):
    app = show("routing.py", task="real-time-chat")
    shipped = runtime().router.routes.shipped.tasks[TaskType.REAL_TIME_CHAT]
    for name in LIMITS:
        words_of_it = app.number_input(key=f"limit-real-time-chat-{name}").help
        assert words_of_it.endswith(f"As shipped: {getattr(shipped, name):g}.")


def test_a_draft_stays_while_another_row_is_open(show):
    app = show("routing.py", task="real-time-chat")
    app.button(key="down-0").click().run()
    app.button(key="edit-vision").click().run()
    assert "not applied" in words(app)
    app.button(key="edit-real-time-chat").click().run()
    assert not app.button(key="keep").disabled
