"""Each shipped entry against its own wire, as documentation and public recordings have it: called, read, refused."""

import json
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from router import AllTargetsFailed, DualModelRouter, RequestRejected, TaskConfig, TaskType
from router.failures.durations import DAY
from router.providers.key_check import try_key
from router.settings import SHIPPED_ROUTES, Settings
from router.table.route_file import load_routes
from tests.providers.offers import (
    OFFERS,
)
from tests.serving import served

pytestmark = pytest.mark.anyio
HELLO = [{"role": "user", "content": "Train or rest?"}]
PICTURE = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/plate.jpg"}},
        ],
    }
]
EACH = pytest.mark.parametrize("name", OFFERS)
REFUSALS = [
    pytest.param(name, *refusal, id=f"{name}-{refusal[0]}-{refusal[3]}")
    for name, offer in OFFERS.items()
    for refusal in offer.refusals
]


class Wire:
    """A server that answers as an offer's provider does; `refusal` is what it says to every completion, if anything."""

    def __init__(self, offer):
        self.offer = offer
        self.refusal = None
        self.bodies = []
        self.keys = []
        self.app = Starlette(
            routes=[Route(offer.chat_at, self._chat, methods=["POST"]), Route(offer.list_at, self._list)]
        )

    async def _list(self, request: Request):
        return JSONResponse(self.offer.listing)

    async def _chat(self, request: Request):
        body = json.loads(await request.body())
        self.bodies.append(body)
        self.keys.append(request.headers.get("authorization"))
        if self.refusal is not None:
            status, headers, document = self.refusal
            return JSONResponse(document, status, headers)
        return StreamingResponse(self._events(body), media_type="text/event-stream", headers=self.offer.headers)

    async def _events(self, body):
        for delta, finish in (({"role": "assistant", "content": "Rest "}, None), ({"content": "today."}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            yield f"data: {json.dumps({'id': '1', 'model': body['model'], 'choices': [choice]})}\n\n"
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        yield f"data: {json.dumps({'id': '1', 'model': body['model'], 'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"


@asynccontextmanager
async def running(name):
    """An offer's wire, and a router whose only key is that of the offer."""
    offer = OFFERS[name]
    wire, variable = Wire(offer), load_routes(SHIPPED_ROUTES).offers[name].base_url_env
    with TemporaryDirectory() as folder:
        async with served(wire.app) as address:
            values = {**offer.environment, variable: address + offer.below}
            values["ROUTER_DATABASE_URL"] = f"sqlite:///{folder}/log.db"
            async with DualModelRouter.from_env(values) as router:
                yield wire, router, Settings.from_env(values)


async def streamed(router, **options):
    async with router.stream(config=options.pop("config", TaskConfig(TaskType.REAL_TIME_CHAT)), **options) as stream:
        async for _ in stream:
            pass
        return stream.completion


@EACH
async def test_it_is_called_its_tokens_counted_and_its_allowances_read(name):
    async with running(name) as (wire, router, _):
        await router.refresh_catalogue()
        completion = await streamed(router, messages=HELLO, seed=7)
        assert (completion.provider, completion.text) == (name, "Rest today.")
        assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (9, 3)
        if wire.offer.environment:
            assert wire.keys[-1] == f"Bearer {next(iter(wire.offer.environment.values()))}"
        pools = {(one.unit, one.span): (one.limit, one.remaining) for one in router.quotas() if one.model}
        assert wire.offer.pools.items() <= pools.items()


@EACH
async def test_its_list_is_read_in_its_own_form(name):
    async with running(name) as (wire, router, _):
        await router.refresh_catalogue()
        assert set(router.listings()[name].models) == wire.offer.listed


@pytest.mark.parametrize(("name", "status", "headers", "document", "outcome"), REFUSALS)
async def test_its_refusals_mean_what_they_say(name, status, headers, document, outcome):
    async with running(name) as (wire, router, _):
        await router.refresh_catalogue()
        wire.refusal = status, headers, document
        first = next(line.target for line in router.plan(config=TaskConfig(TaskType.REAL_TIME_CHAT)) if line.kept)
        now = router.clock.time()
        with pytest.raises((AllTargetsFailed, RequestRejected)) as caught:
            await streamed(router, messages=HELLO, targets=[first], fallback=False, deadline=1.0)
        (attempt, *_) = caught.value.attempts
        if (isinstance(outcome, str) and "_" in outcome and "/" not in outcome) or outcome in ("gone", "unauthorized"):
            assert attempt.outcome == outcome
            return
        (capped,) = router.failures()
        assert capped.until == pytest.approx(outcome.after(now), abs=5)


@EACH
async def test_its_key_or_its_server_is_tested_on_setup(name):
    async with running(name) as (wire, _, settings):
        entry = load_routes(SHIPPED_ROUTES).offers[name]
        assert (await try_key(name, entry, settings)).accepted
        if entry.key_env and entry.wire.key_test == "chat":
            wire.refusal = next(refusal[:3] for refusal in wire.offer.refusals if refusal[3] == "unauthorized")
            assert not (await try_key(name, entry, settings)).accepted


@pytest.mark.parametrize("name", ["gemini", "mistral", "github", "nvidia", "cloudflare"])
@pytest.mark.parametrize("task", list(TaskType))
async def test_with_no_key_but_its_own_all_tasks_are_answered(name, task):
    async with running(name) as (_, router, _settings):
        messages = PICTURE if task is TaskType.VISION else HELLO
        config = TaskConfig(task, requires_json=False)
        assert (await streamed(router, config=config, messages=messages)).provider == name


async def test_it_stands_behind_what_the_table_has_and_its_fields_have_its_own_names():
    async with running("mistral") as (wire, router, _):
        chain = router.table.tasks[TaskType.VERIFICATION].chain
        assert [target.provider for target in chain[-2:]] == ["mistral", "mistral"]
        await streamed(router, messages=HELLO, seed=7)
        assert wire.bodies[-1]["random_seed"] == 7
        assert "seed" not in wire.bodies[-1]
        assert "stream_options" not in wire.bodies[-1]


async def test_a_day_that_only_the_table_knows_is_counted_here():
    async with running("github") as (_, router, _settings):
        await streamed(router, messages=HELLO)
        day = {one.span: one for one in router.quotas() if one.model == "openai/gpt-4.1-mini"}[DAY]
        assert (day.limit, day.remaining) == (150, 149)


@EACH
def test_every_entry_says_what_it_allows_and_how_sure_that_is(name):
    entry = load_routes(SHIPPED_ROUTES).offers[name]
    assert all((entry.limits_note, entry.terms, entry.source, entry.untried, entry.checked))
    assert bool(entry.key_page) == bool(entry.key_env)
