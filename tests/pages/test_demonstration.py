"""The demonstration: what each trouble does to both sides, and that nothing of it is left behind."""

import random
import re
import threading
import time

import pytest

from pages.components.console.looks import short_time
from pages.components.console.problems import time_of_return
from pages.components.console.runtime import runtime
from pages.components.demonstration.act_view import what_happened
from pages.components.demonstration.chaos import LEGEND, Chaos, meter_html, result_words
from pages.components.demonstration.scenery import verdict_html
from pages.components.demonstration.scores import (
    ActResult,
    Ending,
    SideResult,
    attempts_of,
    cost_of,
    result_of,
    result_of_many,
)
from pages.components.demonstration.stage import FIRST_WORD_LIMIT, TROUBLES, Stages
from router.simulator import Fault
from router.store import Filters
from router.types import WORK, TaskType
from tests.pages.test_pages import CHAT, words

PROMPT = "Train or rest?"
LIMITS = ("idle", "attempt", "deadline")
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


def test_with_everything_down_the_router_says_within_seconds_when_to_try_again(stage):
    act, without, routed = played(stage, "down")
    assert (without.status, routed.status) == ("failed", "failed")
    assert routed.elapsed_ms < 12_000, "a room does not wait for half a minute"
    assert time_of_return(routed.error) is not None
    moment = short_time(time_of_return(routed.error).timestamp(), time.time())
    assert f"and when to try again: at {moment}. Without it," in said(act, without, routed, "down")
    assert f"try again at {moment}" in verdict_html(routed, returns=moment)
    result = result_of("All down", without, routed)
    assert (result.without.answered, result.routed.answered) == (0, 0)
    assert "try again" not in result.without.words
    assert result.routed.words.endswith("; says when to try again")


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
    assert "Press **Play all** to see six acts" in words(app)
    app.button(key="trouble-gone").click().run()
    assert "was taken off the market. The router lost" in words(app)
    assert "Now showing:** Model retired" in words(app)
    assert "1 request so far: 0 answered without the router, 1 with it." in words(app)
    app.button(key="normal").click().run()
    assert "Everything works. The router gave Groq's answer." in words(app)
    assert not app.exception


def test_where_there_is_no_answer_the_providers_words_stand_in_its_place_and_only_without_the_router(show):
    app = show("demonstration.py")
    app.button(key="trouble-quota").click().run()
    assert "What your app gets instead:" in words(app)
    (error,) = app.code
    assert error.value.startswith("Rate limit reached")
    app.button(key="trouble-down").click().run()
    assert len(app.code) == 1, "of the router's side the sentence says when to try again"


def test_a_show_ends_with_one_sentence_two_figures_and_a_table_that_say_the_same(show):
    app = show("demonstration.py")
    failed, answered = SideResult(1, 0, "No answer after 0.10 s"), SideResult(1, 1, "Answered after 1.0 s")
    chaos = result_of_many("Chaos", [Ending.FAILED] * 11 + [Ending.ANSWERED] * 9, [Ending.ANSWERED] * 20)
    app.session_state["scores"] = {name: ActResult(name, failed, answered) for name in TROUBLES} | {"chaos": chaos}
    app.session_state["finale"] = True
    app.run()
    assert "25 of 25 requests were answered with the router, and 9 of 25 without it." in words(app)
    rows = app.table[0].value.to_dict("records")
    assert [row["What went wrong"] for row in rows] == [*TROUBLES, "Chaos"]
    assert (rows[-1]["Without the router"], rows[-1]["With the router"]) == (
        ":red[:material/cancel:] 9 of 20 answered",
        ":green[:material/check_circle:] 20 of 20 answered",
    )
    tally = next(html.proto.body for html in app.get("html") if 'class="tally"' in html.proto.body)
    assert re.findall(r"<b>(\d+)</b> of (\d+) answered", tally) == [("9", "25"), ("25", "25")]
    assert "Now showing" not in words(app), "the last act has left the stage"


def test_asked_again_the_client_without_the_router_fails_as_it_did_before(stage):
    played(stage, "quota")
    act, without, routed = asked(stage)
    assert act.again
    assert (without.status, len(attempts_of(without)), cost_of(without).calls) == ("failed", 1, 1)
    assert (routed.status, cost_of(routed).calls) == ("succeeded", 0)


def test_the_slow_act_has_no_dead_time_beyond_its_five_seconds(stage):
    _, without, routed = played(stage, "slow")
    assert 4_500 < without.first_token_ms < 9_000
    assert routed.first_token_ms < without.first_token_ms
    assert max(without.elapsed_ms, routed.elapsed_ms) < 12_000


def ended(chaos):
    while not chaos.is_over:
        chaos.advance()
        for act in chaos.acts:
            act.without.view(), act.routed.view()  # looking at a run keeps it alive
        threading.Event().wait(0.02)
    return chaos


def test_chaos_fails_many_without_the_router_and_none_with_it(stage):
    chaos = ended(Chaos(stage, PROMPT, random.Random(7)))
    without, routed = (chaos.endings(side).count(Ending.ANSWERED) for side in ("without", "routed"))
    assert 2 <= without <= 17
    assert routed == 20
    assert "with it 20." in result_words(chaos)
    for ending, reason in zip(chaos.endings("without"), chaos.reasons("without"), strict=True):
        assert bool(reason) is (ending is not Ending.ANSWERED)


class Weather(random.Random):
    """Dice of which every throw is the same number, so that all providers fail or none."""

    throw = 0.0

    def random(self):
        return self.throw


def first_calls(chaos):
    chaos.acts.clear()
    chaos._next_at = 0.0
    chaos.advance()
    (act,) = chaos.acts
    assert act.without.done.wait(30)
    return act


def test_in_chaos_both_sides_meet_the_same_weather_and_not_a_fault_drawn_for_each_call(stage):
    dice = Weather(1)
    chaos = Chaos(stage, PROMPT, dice)
    for _ in range(4):
        act = first_calls(chaos)
        assert act.without.view().status == "failed"
    stage.set(None)
    dice.throw = 0.99
    for _ in range(4):
        act = first_calls(chaos)
        assert act.routed.done.wait(30)
        assert (act.without.view().status, act.routed.view().status) == ("succeeded", "succeeded")
        assert cost_of(act.routed.view()).calls == 0


def test_in_chaos_the_side_without_the_router_remembers_nothing_of_what_failed_before(stage):
    dice = Weather(1)
    chaos = Chaos(stage, PROMPT, dice)
    assert first_calls(chaos).without.view().status == "failed"
    assert stage._portals[0].router.failures()
    dice.throw = 0.99
    assert first_calls(chaos).without.view().status == "succeeded"
    assert len(attempts_of(chaos.acts[0].without.view())) == 1, "it has not waited for a cooldown's end"


def test_where_everything_is_slow_as_on_a_busy_machine_no_provider_counts_as_failed(stage):
    slow = Fault("slow_start", seconds=FIRST_WORD_LIMIT + 1.0)
    stage.set_weather(dict.fromkeys(("groq", "openrouter"), slow))
    act = stage.send(PROMPT, tokens=40)
    assert act.routed.done.wait(30)
    assert act.without.done.wait(30)
    assert act.routed.view().status == "succeeded"
    assert cost_of(act.routed.view()).calls == 0


@pytest.mark.parametrize("trouble", [None, *TROUBLES])
def test_both_sides_have_the_same_patience_but_for_the_provider_that_is_staged_as_slow(stage, trouble):
    stage.set(trouble)
    without, routed = (portal.router for portal in stage._portals)
    task = TaskType.REAL_TIME_CHAT
    plain, other = without.table.tasks[task], routed.table.tasks[task]
    assert [getattr(plain, name) for name in LIMITS] == [getattr(other, name) for name in LIMITS]
    given = {name: account.entry.first_token or other.first_token for name, account in routed.accounts.items()}
    assert given["groq"] == plain.first_token
    assert given["openrouter"] == (FIRST_WORD_LIMIT if trouble == "slow" else plain.first_token)


def test_twenty_requests_that_all_go_to_one_provider_are_not_stopped_by_its_minute(stage):
    stage.set_weather({"groq": Fault("gone")})
    acts = [stage.send(PROMPT, tokens=10) for _ in range(24)]
    for act in acts:
        assert act.routed.done.wait(30)
    assert {act.routed.view().status for act in acts} == {"succeeded"}


def test_the_meter_has_words_for_each_kind_of_square_and_for_why_some_were_not_answered():
    html = meter_html("A", [Ending.ANSWERED, Ending.FAILED, Ending.BROKEN, Ending.FAILED],
                      ["", "server error", "broke off", "server error"])  # fmt: skip
    assert "Not answered: server error ×2, broke off" in html
    assert 'title="no answer: server error"' in html
    assert all(f'class="{ending}"' in LEGEND for ending in Ending)
    assert "Not answered" not in meter_html("A", [Ending.ANSWERED, Ending.RUNNING], ["", ""])


def test_the_meter_says_how_many_were_answered_and_has_a_square_for_each():
    html = meter_html("With the router", [Ending.ANSWERED] * 3 + [Ending.FAILED] * 17)
    assert '<p class="count">3 of 20 answered</p>' in html
    assert html.count("<i ") == 20


def test_while_chaos_goes_on_the_meter_counts_among_those_whose_ending_is_known():
    html = meter_html("With the router", [Ending.ANSWERED, Ending.FAILED, Ending.RUNNING])
    assert '<p class="count">1 of 2 answered so far</p>' in html
    assert html.count("<i ") == 20
    assert "0 of" not in meter_html("With the router", [Ending.RUNNING])


def test_a_sample_month_fills_the_log_and_leaves_it_as_it_was_when_it_is_removed(show):
    app = show("demonstration.py")
    store = runtime().store
    runtime().portal.complete(config=CHAT, messages=[{"role": "user", "content": PROMPT}])
    store.flush()
    month = Filters(start=time.time() - 31 * 86_400, purpose=WORK, simulated=None)
    before = store.statistics.totals(month)
    app.button(key="sample-add").click().run()
    filled = store.statistics.totals(month)
    assert filled.requests > 1_000
    assert filled.saved > 20
    assert filled.requests - before.requests == store.sample_month_size()
    assert store.statistics.totals(Filters(start=month.start, purpose=WORK)).requests == 0  # no invented one is live
    assert store.speed_runs.runs()[0].complete
    assert store.speed_runs.runs()[0].simulated
    app.button(key="sample-remove").click().run()
    assert store.statistics.totals(month) == before
    assert store.sample_month_size() == 0
    assert store.speed_runs.runs() == []
    assert not app.exception
