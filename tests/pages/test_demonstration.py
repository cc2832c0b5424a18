"""The demonstration: what each trouble does to both sides, and that nothing of it is left behind."""

import time

import pytest

from pages.components.console.runtime import runtime
from pages.components.demonstration.act_view import what_happened
from pages.components.demonstration.scores import attempts_of, cost_of
from pages.components.demonstration.stage import TROUBLES, Stages
from router.store import Filters
from router.types import WORK
from tests.pages.test_pages import words

PROMPT = "Train or rest?"
QUICK = [name for name in TROUBLES if name != "slow"]


@pytest.fixture
def stage(show):
    show("run.py")
    stages = Stages()
    stage = stages.new(runtime().router.table, runtime().store.log)
    stage._simulator._providers.pace = 0.0
    yield stage
    stages.close()


def played(stage, trouble):
    stage.set(trouble)
    return asked(stage)


def asked(stage):
    act = stage.ask(PROMPT)
    for run in (act.without, act.routed):
        assert run.done.wait(30)
    return act, act.without.view(), act.routed.view()


def said(act, without, routed, trouble):
    return what_happened(without, routed, trouble, runtime().router.table, again=act.again)


@pytest.mark.parametrize("trouble", [name for name in QUICK if name != "down"])
def test_with_the_router_the_prompt_is_answered_and_without_it_is_not(stage, trouble):
    act, without, routed = played(stage, trouble)
    assert without.status == "failed"
    assert len(attempts_of(without)) == 1
    assert routed.status == "succeeded"
    assert cost_of(routed).calls == 1
    words_of_it = said(act, without, routed, trouble)
    assert words_of_it.startswith(TROUBLES[trouble].says)
    assert "gave the whole answer. Without it," in words_of_it


def test_a_stream_that_breaks_leaves_half_an_answer_without_the_router_and_a_whole_one_with_it(stage):
    act, without, routed = played(stage, "cut")
    assert without.text
    assert routed.completion.finish_reason == "stop"
    assert "half an answer" in said(act, without, routed, "cut")


def test_with_everything_down_the_router_says_so_and_when_to_try_again(stage):
    act, without, routed = played(stage, "down")
    assert (without.status, routed.status) == ("failed", "failed")
    assert routed.error.retry_at is not None
    assert "No model is available" in said(act, without, routed, "down")


def test_the_second_time_the_router_remembers_and_wastes_nothing(stage):
    played(stage, "quota")
    act, without, routed = asked(stage)
    assert cost_of(routed).calls == 0
    assert "The router remembers" in said(act, without, routed, "quota")


def test_back_to_normal_both_sides_are_answered_and_nothing_is_remembered(stage):
    played(stage, "quota")
    _, without, routed = played(stage, None)
    assert (without.status, routed.status) == ("succeeded", "succeeded")
    assert routed.completion.provider == "groq"


def test_nothing_staged_touches_real_routing_or_the_figures_of_work(stage, simulator):
    before = len(simulator.requests)
    for trouble in QUICK:
        played(stage, trouble)
    runtime().store.flush()
    assert len(simulator.requests) == before
    assert runtime().router.failures() == []
    assert runtime().router.get_usage_stats()["groq"] == 0
    statistics = runtime().store.statistics
    assert statistics.totals(Filters(purpose=WORK, simulated=None)).requests == 0
    staged = statistics.totals(Filters(purpose="demonstration", simulated=None))
    assert staged.requests == 2 * len(QUICK)
    assert statistics.totals(Filters(simulated=False)).requests == 0
    own = {account.id for account in runtime().router.accounts.values()}
    assert not [key for key in runtime().store.paces.read(time.time()) if key[0] in own]


def test_the_page_plays_a_trouble_and_goes_back_to_normal(show):
    app = show("demonstration.py")
    assert "Press **Play all**, or break something" in words(app)
    app.button(key="trouble-gone").click().run()
    assert "was taken off the market. The router lost" in words(app)
    assert "Now showing:** Model retired" in words(app)
    assert "Without the router: 0 of 1 answered. With it: 1 of 1." in words(app)
    app.button(key="normal").click().run()
    assert "Everything works. The router gave Groq's answer." in words(app)
    assert not app.exception


def test_asked_again_the_client_without_the_router_fails_as_it_did_before(stage):
    played(stage, "quota")
    act, without, routed = asked(stage)
    assert act.again
    assert (without.status, len(attempts_of(without)), cost_of(without).calls) == ("failed", 1, 1)
    assert (routed.status, cost_of(routed).calls) == ("succeeded", 0)


def test_with_everything_down_the_room_does_not_wait_for_half_a_minute(stage):
    _, _, routed = played(stage, "down")
    assert routed.elapsed_ms < 12_000
