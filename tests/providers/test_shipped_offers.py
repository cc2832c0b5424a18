"""Each shipped entry against its own wire, as documentation and public recordings have it: called, read, refused."""

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from router import AllTargetsFailed, DualModelRouter, RequestRejected, TaskConfig, TaskType
from router.failures.durations import DAY, MINUTE
from router.providers.key_check import try_key
from router.settings import SHIPPED_ROUTES, Settings
from router.table.route_file import load_routes
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
GEMINI_DAY = [
    {
        "error": {
            "code": 429,
            "message": "You exceeded your current quota. Please retry in 38.2s.",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [
                        {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "20"}
                    ],
                },
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"},
            ],
        }
    }
]
GEMINI_KEY = [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}]
EXTRA_FIELD = {
    "object": "error",
    "message": {
        "detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    },
    "type": "invalid_request_error",
}
CHATS = {"completion_chat": True}
GITHUB_DAY = "Rate limit of 150 per 86400s exceeded for UserByModelByDay. Please wait 52220 seconds before retrying."
CLOUDFLARE_DAY = "You have used up your daily free allocation of 10,000 neurons."


def models(*ids, **fields):
    return {"object": "list", "data": [{"id": id, "object": "model", **fields} for id in ids]}


@dataclass(frozen=True)
class Midnight:
    """A refusal that holds until the next 00:00 of a zone."""

    zone: str

    def after(self, now):
        day = datetime.fromtimestamp(now, ZoneInfo(self.zone)).date() + timedelta(days=1)
        return datetime.combine(day, datetime.min.time(), ZoneInfo(self.zone)).timestamp()


@dataclass(frozen=True)
class Wait:
    """A refusal that holds for as long as it says."""

    seconds: float

    def after(self, now):
        return now + self.seconds


@dataclass(frozen=True)
class Offer:
    """One entry's wire.

    Attributes:
        environment: what switches it on, beside its address.
        below: the path of its base URL.
        list_at, listing, listed: where and how it lists its models, and which ids come of it.
        headers, pools: those of a reply, and the allowances in them: limit and what is left, by unit and span.
        refusals: a status, headers and a body, and what they come to; for a day's cap with the zone of its midnight.
    """

    environment: dict
    below: str
    chat_at: str
    list_at: str
    listing: object
    listed: set
    headers: dict = field(default_factory=dict)
    pools: dict = field(default_factory=dict)
    refusals: tuple = ()


OFFERS = {
    "cerebras": Offer(
        {"CEREBRAS_API_KEY": "csk-0123456789abcdef"},
        "/v1",
        "/v1/chat/completions",
        "/v1/models",
        models("gpt-oss-120b", "zai-glm-4.7"),
        {"gpt-oss-120b", "zai-glm-4.7"},
        {
            "x-ratelimit-limit-requests-day": "14400",
            "x-ratelimit-limit-tokens-minute": "60000",
            "x-ratelimit-remaining-requests-day": "14399",
            "x-ratelimit-remaining-tokens-minute": "59000",
            "x-ratelimit-reset-requests-day": "33011.382867097855",
            "x-ratelimit-reset-tokens-minute": "11.382867097854614",
        },
        {("requests", DAY): (14_400, 14_399), ("tokens", MINUTE): (60_000, 59_000)},
        (
            (401, {}, {"message": "Wrong API Key", "type": "invalid_request_error"}, "unauthorized"),
            (429, {}, {"message": "Requests per day limit exceeded", "type": "requests"}, Midnight("UTC")),
            (429, {}, {"message": "Tokens per minute limit exceeded", "type": "too_many_tokens_error"}, "rate_limited"),
        ),
    ),
    "gemini": Offer(
        {"GEMINI_API_KEY": "AIza0123456789abcdef"},
        "/v1beta/openai",
        "/v1beta/openai/chat/completions",
        "/v1beta/openai/models",
        models("models/gemini-3.1-flash-lite", "models/gemini-2.5-flash", owned_by="google"),
        {"gemini-3.1-flash-lite", "gemini-2.5-flash"},
        refusals=(
            (429, {}, GEMINI_DAY, Midnight("America/Los_Angeles")),
            (400, {}, GEMINI_KEY, "unauthorized"),
            (503, {}, [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}],
             "server_error"),
            (404, {}, [{"error": {"code": 404, "message": "models/x is not found for API version v1main"}}], "gone"),
        ),
    ),
    "mistral": Offer(
        {"MISTRAL_API_KEY": "0123456789abcdef"},
        "/v1",
        "/v1/chat/completions",
        "/v1/models",
        {
            "object": "list",
            "data": [
                {"id": "ministral-14b-latest", "max_context_length": 262_144, "capabilities": CHATS},
                {"id": "ministral-8b-latest", "capabilities": CHATS},
                {"id": "mistral-embed", "capabilities": {"completion_chat": False}},
            ],
        },
        {"ministral-14b-latest", "ministral-8b-latest"},
        {
            "x-ratelimit-limit-req-minute": "60",
            "x-ratelimit-remaining-req-minute": "59",
            "x-ratelimit-limit-tokens-minute": "50000",
            "x-ratelimit-remaining-tokens-minute": "47196",
            "x-ratelimit-limit-tokens-month": "4000000",
            "x-ratelimit-remaining-tokens-month": "3950246",
        },
        {
            ("requests", MINUTE): (60, 59),
            ("tokens", MINUTE): (50_000, 47_196),
            ("tokens", 31 * DAY): (4_000_000, 3_950_246),
        },
        (
            (401, {}, {"detail": "Unauthorized"}, "unauthorized"),
            (422, {}, EXTRA_FIELD, "bad_request"),
            (429, {"x-ratelimit-limit-req-minute": "0", "x-ratelimit-remaining-req-minute": "0"},
             {"message": "Rate limit exceeded", "type": "rate_limited", "code": "1300"}, "no_allowance"),
            (429, {}, {"message": "Rate limit exceeded", "type": "rate_limited", "code": "1300"}, "rate_limited"),
        ),
    ),
    "github": Offer(
        {"GITHUB_MODELS_TOKEN": "github_pat_0123456789"},
        "",
        "/inference/chat/completions",
        "/catalog/models",
        [
            {
                "id": "openai/gpt-4.1-mini",
                "limits": {"max_input_tokens": 1_048_576, "max_output_tokens": 32_768},
                "supported_input_modalities": ["text", "image"],
                "supported_output_modalities": ["text"],
            }
        ],
        {"openai/gpt-4.1-mini"},
        refusals=(
            (429, {}, {"error": {"code": "RateLimitReached", "message": GITHUB_DAY, "details": ""}}, Wait(52_220.0)),
            (401, {}, {"error": {"code": "unauthorized", "message": "Bad credentials"}}, "unauthorized"),
            (413, {}, {"error": {"code": "tokens_limit_reached", "message": "Request body too large."}},
             "too_large"),
        ),
    ),
    "nvidia": Offer(
        {"NVIDIA_API_KEY": "nvapi-0123456789abcdef"},
        "/v1",
        "/v1/chat/completions",
        "/v1/models",
        models("openai/gpt-oss-120b", "meta/llama-4-maverick-17b-128e-instruct"),
        {"openai/gpt-oss-120b", "meta/llama-4-maverick-17b-128e-instruct"},
        refusals=(
            (401, {}, {"status": 401, "title": "Unauthorized", "detail": "Authentication failed"}, "unauthorized"),
            (429, {}, {"status": 429, "title": "Too Many Requests"}, "rate_limited"),
            (402, {}, {"detail": "Account is out of credits"}, "payment_required"),
        ),
    ),
    "cloudflare": Offer(
        {"CLOUDFLARE_API_TOKEN": "cf-0123456789abcdef", "CLOUDFLARE_ACCOUNT_ID": "abc123"},
        "/client/v4/accounts/abc123/ai",
        "/client/v4/accounts/abc123/ai/v1/chat/completions",
        "/client/v4/accounts/abc123/ai/models/search",
        {
            "success": True,
            "result": [
                {"id": "f8703a00", "name": "@cf/openai/gpt-oss-120b", "task": {"name": "Text Generation"}},
                {"id": "a7", "name": "@cf/meta/llama-4-scout-17b-16e-instruct", "task": {"name": "Text Generation"}},
            ],
        },
        {"@cf/openai/gpt-oss-120b", "@cf/meta/llama-4-scout-17b-16e-instruct"},
        refusals=(
            (429, {}, {"success": False, "errors": [{"code": 3036, "message": CLOUDFLARE_DAY}]}, Midnight("UTC")),
            (400, {}, {"success": False, "errors": [{"code": 5007, "message": "No such model @cf/x or task"}]}, "gone"),
            (401, {}, {"errors": [{"code": 10000, "message": "Authentication error"}]}, "unauthorized"),
            (429, {}, {"errors": [{"code": 3040, "message": "No more data centers to forward the request to"}]},
             "server_error"),
        ),
    ),
    "ollama": Offer(
        {},
        "/v1",
        "/v1/chat/completions",
        "/v1/models",
        models("qwen3:8b", "gemma3:4b", owned_by="library"),
        {"qwen3:8b", "gemma3:4b"},
        refusals=((404, {}, {"error": {"message": "model 'qwen3:8b' not found", "type": "api_error"}}, "gone"),),
    ),
    "vllm": Offer(
        {},
        "/v1",
        "/v1/chat/completions",
        "/v1/models",
        models("Qwen/Qwen3-8B", owned_by="vllm", max_model_len=32_768),
        {"Qwen/Qwen3-8B"},
        refusals=(
            (400, {}, {"object": "error", "message": "This model's maximum context length is 32768 tokens.",
                       "type": "BadRequestError", "code": 400}, "context_length"),
        ),
    ),
}  # fmt: skip
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
