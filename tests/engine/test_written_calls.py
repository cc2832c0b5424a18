"""Calls that come as text, and Groq's refusals of its own model's calls: at once and in mid-stream, on real sockets."""

import pytest

from router import AllTargetsFailed
from router.simulator import Fault
from router.simulator.faults.tool_refusals import _SHAPES as KINDS
from tests.scenarios.published import made
from tests.tools import ASKED, TOOLS, by_name
from tests.world import FIRST, MODES, SECOND, name_of

pytestmark = pytest.mark.anyio

EACH_MODE = pytest.mark.parametrize("mode", MODES)
FORMS = ["hermes", "glm", "qwen_coder", "minimax", "kimi", "function", "bare", "fenced"]


@pytest.fixture
def scale():
    return 1.0


async def called(world, mode, *targets, **options):
    return await world.ask(
        mode, messages=ASKED, tools=TOOLS, targets=[name_of(target) for target in targets], **options
    )


def days(answer):
    (call,) = answer.completion.tool_calls
    return call.name, call.arguments["city"], call.arguments["days"]


@EACH_MODE
@pytest.mark.parametrize("form", FORMS)
async def test_a_call_that_is_written_out_is_given_as_a_call_and_its_text_to_nobody(world, mode, form):
    world.simulator.set_fault(*SECOND, Fault("tool_in_text", variant=form))
    answer = await called(world, mode, SECOND)
    assert days(answer) == ("get_weather", "Oslo", 3)
    assert (answer.text, answer.completion.text, answer.completion.finish_reason) == ("", "", "tool_calls")
    assert "delta" not in answer.kinds


@EACH_MODE
@pytest.mark.parametrize("form", FORMS)
async def test_words_ahead_of_it_leave_all_of_it_text(world, mode, form):
    world.simulator.set_fault(*SECOND, Fault("tool_in_text", variant=form, before="I would call this: "))
    answer = await called(world, mode, SECOND)
    assert answer.completion.tool_calls == ()
    assert answer.text.startswith("I would call this: ")
    assert "get_weather" in answer.text


@EACH_MODE
@pytest.mark.parametrize(
    "text",
    [
        '{"city": "Oslo"}',
        "<b>Cold</b> in Oslo",
        "```python\nprint(1)\n```",
        "`x` it is",
        '{"name": "nobody", "arguments": {}}',
        "<tool_call>what is it?</tool_call> A mark.",
    ],
)
async def test_a_text_that_only_begins_like_one_is_shown_whole(world, mode, text):
    world.simulator.set_fault(*SECOND, Fault("no_tool_call", text=text))
    answer = await called(world, mode, SECOND)
    assert answer.text == answer.completion.text == text
    assert "".join(event.text for event in answer.events if event.kind == "delta") == (text if mode == "stream" else "")


async def test_a_text_that_is_none_comes_piece_by_piece(world):
    world.simulator.set_fault(*SECOND, Fault("no_tool_call", text="It is cold in Oslo, and it will stay cold."))
    assert (await called(world, "stream", SECOND)).kinds.count("delta") > 5
    world.simulator.set_fault(
        *SECOND, Fault("no_tool_call", text='{"city": "Oslo", "words": "it will stay cold there"}')
    )
    assert (await called(world, "stream", SECOND)).kinds.count("delta") > 5


# --- refusals of calls ------------------------------------------------------------------------------------------------

PLACES = [("complete", {}), ("stream", {}), ("stream", {"where": "stream"}),
          ("stream", {"where": "stream", "after": "reasoning"}),
          ("stream", {"where": "stream", "after": "text"})]  # fmt: skip
EACH_PLACE = pytest.mark.parametrize(("mode", "place"), PLACES, ids=lambda value: str(value))


@EACH_PLACE
@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_refusal_leads_to_a_call_here_or_at_the_next_target(world, mode, place, kind):
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", variant=kind, **place))
    answer = await called(world, mode, FIRST, SECOND)
    assert days(answer) == ("get_weather", "Oslo", 3)
    is_usable = kind in ("schema", "failed_call", "expected_schema")
    assert made(answer) == (["succeeded"] if is_usable else ["tool_use_failed", "succeeded"])
    assert answer.kinds.count("tool_call") == (mode == "stream")
    assert answer.text == ("Let me see." if is_usable and place.get("after") == "text" else "")


@EACH_PLACE
@pytest.mark.parametrize("form", ["hermes", "glm", "function_open", "function_dashes", "function_close", "fenced_list",
                                  "kimi"])  # fmt: skip
async def test_every_form_in_a_refusal_is_read(world, mode, place, form):
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", form=form, **place))
    answer = await called(world, mode, FIRST)
    assert days(answer) == ("get_weather", "Oslo", 3)


@EACH_MODE
async def test_prose_in_a_refusal_is_an_answer_unless_a_call_was_demanded(world, mode):
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", generation="It is cold in Oslo."))
    answer = await called(world, mode, FIRST, SECOND)
    assert (answer.text, answer.completion.finish_reason) == ("It is cold in Oslo.", "stop")
    demanded = await called(world, mode, FIRST, SECOND, tool_choice=by_name("get_weather"))
    assert made(demanded) == ["tool_use_failed", "succeeded"]


@pytest.mark.parametrize(("said", "is_the_beginning"), [("It is", True), ("Let me see.", False)])
async def test_prose_in_a_refusal_goes_on_from_what_was_shown_or_another_target_begins_anew(
    world, said, is_the_beginning
):
    prose = {"generation": "It is cold in Oslo.", "where": "stream", "after": "text", "said": said}
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", **prose))
    answer = await called(world, "stream", FIRST, SECOND)
    assert made(answer) == (["succeeded"] if is_the_beginning else ["tool_use_failed", "succeeded"])
    assert answer.text == ("It is cold in Oslo." if is_the_beginning else "")
    assert (answer.completion.tool_calls == ()) is is_the_beginning


@EACH_MODE
async def test_a_call_in_a_refusal_whose_arguments_do_not_fit_is_asked_for_once_more(world, mode):
    wrong = '{"name": "get_weather", "arguments": {"foo": 1}}'
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", variant="schema", generation=wrong, times=1))
    answer = await called(world, mode, FIRST)
    assert made(answer) == ["unfit_tool_call", "succeeded"]


@EACH_MODE
async def test_arguments_in_a_refusal_are_mended_where_that_loses_nothing(world, mode):
    text = '{"name": "get_weather", "arguments": {"city": "Oslo", "days": "3"}}'
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", variant="schema", generation=text))
    assert days(await called(world, mode, FIRST)) == ("get_weather", "Oslo", 3)


@EACH_MODE
@pytest.mark.parametrize("text", ["", '<function=get_weather>{"city": "Os'])
async def test_a_refusal_with_nothing_of_use_is_the_models_failure_and_cools_nothing_down(world, mode, text):
    world.simulator.set_fault(*FIRST, Fault("tool_use_failed", generation=text))
    answer = await called(world, mode, FIRST)
    assert isinstance(answer.error, AllTargetsFailed)
    assert made(answer) == ["tool_use_failed"]
    assert world.router.failures() == []
