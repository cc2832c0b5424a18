"""What is shown of an answer is what is stored of it, on every page that streams, however its chunks are cut.

ANSWER_RUNS runs each test so many times, each with a text and cuts of its own (one where it is not set: the whole
suite is to stay short; 20 before a release).
"""

import json
import os
import random
import re
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from pages.components.answer.markup import answer_pieces, html_of
from router.simulator import Fault
from tests.browser import console
from tests.browser.markdown import document

pytestmark = pytest.mark.timeout(120)
RUNS = int(os.environ.get("ANSWER_RUNS", "1"))
SEEDS = range(RUNS)


FREE_REQUESTS = 40
"""OpenRouter requests of one console: its free tier has 50 a day, and then a restart has nowhere to go."""


class Consoles:
    """Consoles one after the other, each with free quota left."""

    def __init__(self, factory, stack):
        self._factory, self._stack = factory, stack
        self._stage = None

    def with_quota(self):
        if self._stage is None or self._used() >= FREE_REQUESTS:
            self._stack.close()
            self._stage = self._stack.enter_context(console.staged_console(self._factory.mktemp("stage")))
        return self._stage

    def _used(self):
        return sum(request.provider == "openrouter" for request in self._stage.simulator.requests)


@pytest.fixture(scope="module")
def consoles(tmp_path_factory):
    with ExitStack() as stack:
        yield Consoles(tmp_path_factory, stack)


@pytest.fixture
def stage(consoles):
    stage = consoles.with_quota()
    yield stage
    stage.simulator.clear_faults()


def reply_of(text, chance, *, broken=False, pause=0.004):
    """A streamed reply in chunks of chance lengths, also within a mark of Markdown; broken off where that is wanted."""
    steps, position = [{"status": 200, "headers": {"content-type": "text/event-stream"}}], 0
    while position < len(text):
        length = chance.choice((1, 2, 3, 7, 19, 60))
        steps += [{"bytes": event({"content": text[position : position + length]})}, {"pause": pause}]
        position += length
    end = {"reset": True} if broken else {"bytes": event({}, "stop") + "data: [DONE]\n\n"}
    return Fault("script", steps=[*steps, end])


def event(delta, finish=None):
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"


def words_of(html):
    """The words of a text as a reader sees them, in order."""
    text = re.sub(r"<[^>]+>", " ", html)
    for entity, mark in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, mark)
    return "".join(text.split())


def stored_words(text):
    """What a stored answer says once it is drawn whole."""
    parts = answer_pieces(text)
    return "".join("".join(part.text.split()) if part.code else words_of(html_of(part.text)) for part in parts)


def shown_words(place):
    return "".join(place.inner_text().split())


def expect_as_stored(page, place, stage, purpose, provider=None):
    """The page says what the log holds, and goes on saying so."""
    console.ready(page)
    query = (
        "SELECT answer FROM contents JOIN requests ON requests.id = request_id WHERE purpose = ? AND status = "
        "'succeeded' AND (? IS NULL OR provider = ?) ORDER BY requests.id DESC LIMIT 1"
    )
    end = time.monotonic() + 10
    shown = stored = None
    while time.monotonic() < end:
        rows = stage.rows(query, purpose, provider, provider)
        stored, shown = stored_words(rows[0][0]) if rows else None, shown_words(place)
        if stored == shown:
            return
        page.wait_for_timeout(100)
    assert shown == stored


def stage_text(stage, seed, *, restart):
    """A text for both providers; where a restart is wanted, the first breaks off another text in the middle."""
    chance = random.Random(seed)
    text = document(chance)
    stage.simulator.set_fault("openrouter", "*", reply_of(text, chance))
    if restart:
        stage.simulator.set_fault("groq", "*", reply_of(document(chance)[:-20], chance, broken=True))
    else:
        stage.simulator.set_fault("groq", "*", reply_of(text, chance))
    return text


@pytest.mark.parametrize("restart", [False, True], ids=["whole", "restarted"])
@pytest.mark.parametrize("seed", SEEDS)
def test_run_shows_what_is_stored_live_and_after_a_reload(page, stage, seed, restart):
    stage_text(stage, seed, restart=restart)
    console.opened(page, stage.url)
    console.write(page, f"text {seed}").press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url("**run=**")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
    expect_as_stored(page, console.answer(page), stage, "prompt")
    page.reload()
    expect_as_stored(page, console.answer(page), stage, "prompt")


@pytest.mark.parametrize("seed", SEEDS)
def test_both_lanes_of_compare_show_what_is_stored(page, stage, seed):
    stage_text(stage, seed, restart=False)
    console.opened(page, f"{stage.url}/compare")
    console.write(page, f"lanes {seed}").press("Tab")
    console.ready(page)
    console.press(page, "run_both")
    page.wait_for_url("**left=**")
    expect(page.get_by_text("faster to")).to_be_visible(timeout=60_000)
    for side, provider in (("left", "groq"), ("right", "openrouter")):
        expect_as_stored(page, console.key(page, f"lane_{side}"), stage, "compare", provider)


@pytest.mark.parametrize("restart", [False, True], ids=["whole", "restarted"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_conversation_shows_what_is_stored(page, stage, seed, restart):
    console.opened(page, stage.url)
    page.get_by_role("radio", name="Conversation").click()
    console.ready(page)
    for turn in range(2):
        stage_text(stage, 2 * seed + turn, restart=restart)
        page.get_by_test_id("stChatInputTextArea").fill(f"turn {turn}")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stChatMessage")).to_have_count(2 * turn + 2)
        expect(page.get_by_role("table", name="Routing trace").last).to_contain_text("answered", timeout=60_000)
        expect(console.answer(page)).to_have_count(1)  # the turn before gives its place up with the next drawing
        expect_as_stored(page, console.answer(page), stage, "prompt")


@pytest.mark.parametrize("restart", [False, True], ids=["whole", "restarted"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_coach_shows_what_is_stored_and_offers_its_questions_again(page, stage, seed, restart):
    stage_text(stage, seed, restart=restart)
    console.opened(page, f"{stage.url}/coach")
    for turn in (1, 3):
        console.press(page, "ask-0")
        reply = console.key(page, f"reply-{turn}").locator(".answer, [data-testid=stCode]")
        expect(page.get_by_test_id("stChatMessage").last.get_by_text("Routing trace")).to_be_visible(timeout=60_000)
        console.ready(page)
        answers = console.key(page, f"answer-{turn}")
        expect(reply.first).to_be_visible()
        expect_as_stored(page, answers, stage, "service")
        expect(console.key(page, "ask-0").get_by_role("button")).to_be_enabled()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_demonstration_shows_what_is_stored_on_the_side_that_was_restarted(page, stage, seed):
    console.opened(page, f"{stage.url}/demonstration")
    prompt = page.get_by_role("textbox", name="Prompt from the audience")
    prompt.fill(f"Write a {('four', 'six', 'eight')[seed % 3]}-week strength program for lifter {seed}")
    prompt.press("Tab")
    console.ready(page)
    console.press(page, "trouble-cut")
    routed = console.key(page, "side-routed")
    expect(routed.locator(".verdict")).to_contain_text("Answered", timeout=60_000)
    console.ready(page)
    expect_as_stored(page, routed.locator(".st-key-answer-routed"), stage, "demonstration")


TEXT = r"a :free: b :smile: -> c >= 3 -- d 8~12 3~4 $5 $6 \$x$ \:red[x] :red[y] <b>z</b> [q](https://e.org) *i* `j`"


def test_a_prompt_is_text_wherever_it_stands(page, stage):
    stage_text(stage, 1, restart=False)
    console.opened(page, stage.url)
    console.write(page, TEXT).press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url("**run=**")
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
    console.opened(page, f"{stage.url}/history?rows=Simulated")
    expect(console.key(page, "history-list")).to_contain_text(TEXT)


def test_a_stored_answer_that_only_looks_like_json_is_text(page, stage):
    text = "[Note] the reps are 8~12."
    for provider in ("groq", "openrouter"):
        stage.simulator.set_fault(provider, "*", reply_of(text, random.Random(1)))
    console.opened(page, stage.url)
    console.write(page, "like json").press("Tab")
    console.ready(page)
    console.press(page, "run")
    page.wait_for_url("**run=**")
    expect(console.answer(page)).to_contain_text(text)
    run_id = page.url.partition("run=")[2]
    console.opened(page, f"{stage.url}/history?rows=Simulated&request={run_id}")
    expect(page.get_by_test_id("stMain").locator(".answer").first).to_contain_text(text)
    expect(page.get_by_test_id("stMain").get_by_test_id("stCode").locator("visible=true")).to_have_count(0)
