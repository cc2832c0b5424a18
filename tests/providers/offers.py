"""What each shipped offer's provider answers with, as documentation and public recordings have it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.failures.durations import DAY, MINUTE

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
