"""The endpoints as their callers meet them: every official SDK reads every reply."""

import json
import shutil
import subprocess
from pathlib import Path

import groq
import httpx
import openai
import openrouter
import pytest
from openrouter import errors

from router.simulator import Fault
from router.simulator.models.catalogue import shipped
from tests.simulator.calls import FREE, HELLO, KEY, LARGE, ask

NODE = Path(__file__).parents[2] / "clients/node"
AUTHOR, SLUG = FREE.split("/")


@pytest.fixture(params=["groq", "openai"])
def sdk(request, simulator):
    """Each official SDK on the wire that it is made for; gives client, model and module."""
    if request.param == "groq":
        # This SDK's base URL is the host: it adds the path itself.
        base = simulator.groq_url.removesuffix("/openai/v1")
        client, model, module = groq.Groq(api_key="key", base_url=base, max_retries=0), LARGE, groq
    else:
        client = openai.OpenAI(api_key="key", base_url=simulator.openrouter_url, max_retries=0)
        model, module = FREE, openai
    yield client, model, module
    client.close()


def test_a_plain_call_of_an_official_sdk_is_answered(sdk):
    client, model, _ = sdk
    reply = client.chat.completions.create(model=model, messages=HELLO)
    assert reply.choices[0].message.content.startswith("Simulated reply")
    assert reply.usage.completion_tokens > 0


def test_a_stream_of_an_official_sdk_is_answered(sdk):
    client, model, _ = sdk
    chunks = list(client.chat.completions.create(model=model, messages=HELLO, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("Simulated reply")
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


def test_a_429_reaches_an_official_sdk_as_its_own_error(sdk, simulator):
    client, model, module = sdk
    simulator.set_fault("groq" if module is groq else "openrouter", model, Fault("rate_limited", retry_after=7))
    with pytest.raises(module.RateLimitError) as caught:
        client.chat.completions.create(model=model, messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "7"


# --- OpenRouter's own SDKs, which refuse a reply that lacks a field --------------------------------------------------


@pytest.fixture
def strict(simulator):
    """A client of OpenRouter's Python SDK by the key's name."""
    return lambda key="any-key": openrouter.OpenRouter(api_key=key, server_url=simulator.openrouter_url)


@pytest.mark.parametrize("model", [name for name, model in shipped()["openrouter"].items() if model.fault is None])
def test_openrouters_sdk_reads_the_replies_of_every_model(strict, model):
    reply = strict().chat.send(model=model, messages=HELLO)
    assert "Simulated reply" in reply.choices[0].message.content
    assert reply.usage.cost_details.upstream_inference_prompt_cost == 0
    chunks = list(strict().chat.send(model=model, messages=HELLO, stream=True))
    assert "Simulated reply" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].usage.completion_tokens > 0


def test_openrouters_sdk_reads_the_lists(strict):
    listed = [model.id for model in strict().models.list().result.data]
    assert listed == list(shipped()["openrouter"])
    assert strict().models.count().data.count == len(listed)
    own = strict().models.list_for_user(security={"bearer": "any-key"}).result.data
    assert [model.id for model in own] == listed
    assert strict().models.get(author=AUTHOR, slug=SLUG).data.id == FREE
    assert strict().endpoints.list(author=AUTHOR, slug=SLUG).data.endpoints[0].model_id == FREE


@pytest.mark.filterwarnings("ignore:.*DEPRECATED")  # the SDK itself reads a field that its makers have given up
def test_openrouters_sdk_reads_what_is_said_of_a_key(strict, simulator):
    key = strict("a-key-of-its-own").api_keys.get_current_key_metadata().data
    assert key.free_model_daily_requests.used == 0
    strict("a-key-of-its-own").chat.send(model=FREE, messages=HELLO)
    assert strict("a-key-of-its-own").api_keys.get_current_key_metadata().data.free_model_daily_requests.used == 1


def test_credits_are_told_to_management_keys_alone(strict):
    with pytest.raises(errors.ForbiddenResponseError, match="Only management keys"):
        strict().credits.get_credits()
    assert strict("a-management-key").credits.get_credits().data.total_credits == 0


def test_a_generation_is_told_to_its_own_key_alone(strict):
    reply = strict().chat.send(model=FREE, messages=HELLO)
    told = strict().generations.get_generation(id=reply.id).data
    assert (told.model, told.tokens_completion) == (FREE, reply.usage.completion_tokens)
    for key, id in (("another-key", reply.id), ("any-key", "gen-none")):
        with pytest.raises(errors.NotFoundResponseError):
            strict(key).generations.get_generation(id=id)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("unauthorized"), errors.UnauthorizedResponseError),
        (Fault("payment_required"), errors.PaymentRequiredResponseError),
        (Fault("gone", variant="no_endpoints"), errors.NotFoundResponseError),
        (Fault("rate_limited", retry_after=None), errors.TooManyRequestsResponseError),
        (Fault("free_cap"), errors.TooManyRequestsResponseError),
        (Fault("server_error", status=500), errors.InternalServerResponseError),
        (Fault("server_error", status=503), errors.ServiceUnavailableResponseError),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_openrouters_sdk_reads_refusals(strict, simulator, fault, error):
    simulator.set_fault("openrouter", "*", fault)
    with pytest.raises(error):
        strict().chat.send(model=FREE, messages=HELLO, retries=None)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.skipif(
    not (NODE / "node_modules").exists(),
    reason="the SDK is brought by: make clients",
)
def test_openrouters_sdk_for_node_reads_every_reply(simulator):
    line = ["node", "openrouter_replies.mjs", simulator.openrouter_url, FREE]
    result = subprocess.run(line, cwd=NODE, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    read = json.loads(result.stdout)
    assert read["listed"] == list(shipped()["openrouter"])
    assert read["counted"] == len(read["listed"])
    assert read["model"] == FREE
    assert read["endpoints"] == 1
    assert isinstance(read["left"], int)
    assert read["credits"] == 0
    assert read["text"].startswith("Simulated reply")
    assert read["streamed"].startswith("Simulated reply")
    assert read["tokens"] > 0


# --- plain HTTP ------------------------------------------------------------------------------------------------------


def test_every_reply_is_marked_as_simulated(simulator):
    for provider, model in (("groq", LARGE), ("openrouter", FREE), ("groq", "nobody")):
        assert ask(simulator, provider, model).headers["x-simulated-provider"] == "true"


def test_the_models_are_listed_as_each_provider_lists_them(simulator):
    listed = httpx.get(f"{simulator.openrouter_url}/models").json()["data"]
    assert all(model["pricing"]["prompt"] == "0" for model in listed)
    assert httpx.get(f"{simulator.groq_url}/models").status_code == 401
    assert LARGE in {model["id"] for model in httpx.get(f"{simulator.groq_url}/models", headers=KEY).json()["data"]}
    assert httpx.get(f"{simulator.groq_url}/models/{LARGE}", headers=KEY).json()["id"] == LARGE


def test_a_body_that_is_no_object_is_refused_as_the_provider_would(simulator):
    for body in (b"", b"{", b"[1]", b"[" * 60_000, b'{"a": "\\ud83d"}'):
        reply = httpx.post(f"{simulator.groq_url}/chat/completions", content=body, headers=KEY)
        assert reply.status_code == 400
        assert reply.json()["error"]["type"] == "invalid_request_error"


def test_there_is_nothing_elsewhere(simulator):
    for path in ("/nowhere", "/groq/openai/v1/key", "/openrouter/api/v1/model/none/such"):
        reply = httpx.get(simulator.control_url.removesuffix("/_simulator") + path, headers=KEY)
        assert reply.status_code == 404
        assert reply.json()["error"]["code"] == "unknown_url"
