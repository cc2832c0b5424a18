"""A reply's calls held against what was offered and how it was asked."""

import re

import pytest

from router.failures.outcomes import Kind
from router.providers.decoding.call_parts import RawCall
from router.providers.replies import ProviderFailure, Reply
from router.providers.tools.tool_calls import checked_calls, new_call_id, reask_for_call
from router.request import make_call
from tests.tools import ASKED, TOOLS, WEATHER, by_name, strict
from tests.world import CHAT

pytestmark = pytest.mark.anyio

GOOD = RawCall("get_weather", '{"city": "Oslo", "days": 3}', "call_1")
UNFIT = RawCall("get_weather", '{"days": "many", "city": "secret"}', "call_1")
WRITTEN = '{"name": "get_weather", "arguments": {"city": "Oslo", "days": 3}}'


async def checked(*calls, text="", finish="tool_calls", tools=TOOLS, unfit=False, in_text=True, **options):
    reply = Reply(answer=[text] if text else [], finish_reason=finish, calls=list(calls))
    call = make_call(CHAT, ASKED, tools=tools, **options)
    return await checked_calls(reply, call, takes_unfit=unfit, may_be_in_text=in_text)


async def failure(*calls, **options):
    with pytest.raises(ProviderFailure) as caught:
        await checked(*calls, **options)
    return caught.value.signal


async def test_a_call_is_given_under_an_id_of_ours_with_its_arguments_read():
    result = await checked(GOOD, text="Look.")
    (call,) = result.calls
    assert (call.name, call.arguments, result.text) == ("get_weather", {"city": "Oslo", "days": 3}, "Look.")
    assert re.fullmatch("[A-Za-z0-9]{9}", call.id)


async def test_blanks_beside_a_call_are_no_text():
    assert (await checked(GOOD, text="\n\n")).text == ""


def test_no_two_ids_are_the_same():
    assert len({new_call_id() for _ in range(10_000)}) == 10_000


async def test_a_call_that_the_callers_own_limit_cut_is_never_given_though_it_can_be_read():
    signal = await failure(GOOD, finish="length")
    assert (signal.kind, "cut" in signal.message) == (Kind.BAD_CALL, True)


@pytest.mark.parametrize("text", ["Words.", "{odd", '{"name": 5}', "```\ncode\n```"])
async def test_an_end_as_of_calls_without_any_is_a_failure_whatever_the_text(text):
    assert (await failure(text=text)).kind is Kind.BAD_CALL
    assert (await checked(text=text, finish="stop")).text == text


@pytest.mark.parametrize("text", ["Words.", '{"name": 5}'])
@pytest.mark.parametrize("choice", ["required", by_name("get_weather")])
async def test_words_are_no_answer_where_a_call_had_to_come(text, choice):
    assert (await failure(text=text, finish="stop", tool_choice=choice)).kind is Kind.BAD_CALL


async def test_calls_where_none_was_to_be_made_leave_the_words_beside_them_or_are_a_failure():
    for options in ({"tools": None}, {"tool_choice": "none"}):
        assert (await checked(GOOD, text="Words.", **options)).calls == ()
        assert (await failure(GOOD, **options)).kind is Kind.BAD_CALL


@pytest.mark.parametrize("name", ["nobody", "Get_weather", "functions.get_weather"])
async def test_a_name_that_was_not_offered_is_a_failure_and_never_guessed_at(name):
    assert (await failure(RawCall(name, "{}"))).kind is Kind.BAD_CALL


async def test_one_bad_call_among_several_spoils_the_answer():
    assert (await failure(GOOD, RawCall("get_weather", '{"city": "Os'))).kind is Kind.BAD_CALL


async def test_arguments_that_miss_the_schema_are_named_to_the_model_alone():
    signal = await failure(UNFIT)
    assert signal.kind is Kind.UNFIT_CALL
    assert "many" in reask_for_call(signal.faults)
    assert "get_weather" in signal.message
    assert not any(word in signal.message for word in ("many", "secret"))


async def test_where_nobody_would_do_better_they_are_given_unless_the_tool_is_strict():
    (call,) = (await checked(UNFIT, unfit=True)).calls
    assert call.arguments == {"days": "many", "city": "secret"}
    assert (await failure(UNFIT, unfit=True, tools=[strict(WEATHER)])).kind is Kind.UNFIT_CALL


async def test_a_written_call_is_one_where_none_of_the_text_was_shown():
    result = await checked(text=WRITTEN, finish="stop")
    assert ([call.name for call in result.calls], result.text) == (["get_weather"], "")
    assert (await checked(text=WRITTEN, finish="stop", in_text=False)).text == WRITTEN
    both = await checked(GOOD, text=WRITTEN)
    assert (len(both.calls), both.text) == (1, WRITTEN)
