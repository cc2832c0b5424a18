"""The endpoint for recordings as its callers meet it: both official SDKs, every refusal, the limits in seconds."""

import groq
import httpx
import openai
import pytest

from router.simulator import Fault
from tests.simulator.calls import HELLO, KEY, LARGE, ask
from tests.sounds import ENTRY_WORDS, MP3, SPOKEN_ENTRY, tone

TURBO = "whisper-large-v3-turbo"


def send(simulator, data=SPOKEN_ENTRY, name="line.wav", key=KEY, **fields):
    """A recording as a form."""
    url = f"{simulator.groq_url}/audio/transcriptions"
    files = {"file": (name, data)} if name else None
    return httpx.post(url, data={"model": TURBO, **fields}, files=files, headers=key, timeout=10)


@pytest.fixture(params=["groq", "openai"])
def sdk(request, simulator):
    if request.param == "groq":
        base = simulator.groq_url.removesuffix("/openai/v1")
        client = groq.Groq(api_key="key", base_url=base, max_retries=0)
    else:
        client = openai.OpenAI(api_key="key", base_url=simulator.url_of("openai"), max_retries=0)
    with client:
        yield client, groq if request.param == "groq" else openai


def test_the_official_sdks_read_the_words(sdk):
    client, _ = sdk
    reply = client.audio.transcriptions.create(model=TURBO, file=("line.wav", SPOKEN_ENTRY))
    assert reply.text == ENTRY_WORDS


def test_the_official_sdks_read_length_and_language(sdk):
    client, _ = sdk
    reply = client.audio.transcriptions.create(
        model=TURBO, file=("line.wav", SPOKEN_ENTRY), response_format="verbose_json"
    )
    assert (reply.text.strip(), round(float(reply.duration))) == (ENTRY_WORDS, 3)


def test_a_429_reaches_the_official_sdks_as_their_own_error(sdk, simulator):
    client, module = sdk
    simulator.set_fault("groq" if module is groq else "openai", TURBO, Fault("rate_limited", kind="ASPH"))
    with pytest.raises(module.RateLimitError, match="seconds of audio per hour"):
        client.audio.transcriptions.create(model=TURBO, file=("line.wav", SPOKEN_ENTRY))


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"key": {}}, 401, "Invalid API Key"),
        ({"model": ""}, 400, "'model'"),
        ({"model": "nobody"}, 404, "nobody"),
        ({"model": LARGE}, 400, "does not support audio transcriptions"),
        ({"name": None}, 400, "`file` or `url`"),
        ({"name": "line.txt"}, 400, "one of the following types"),
        ({"data": b""}, 400, "empty"),
        ({"data": b"words"}, 400, "valid media file"),
        ({"data": tone(0.001)}, 400, "too short"),
        ({"response_format": "srt"}, 400, "response_format"),
        ({"data": MP3 + bytes(27_000_000), "name": "a.mp3"}, 413, "Too Large"),
    ],
)
def test_what_cannot_be_written_down_is_refused_as_on_the_wire(simulator, values, status, words):
    reply = send(simulator, **values)
    assert reply.status_code == status
    assert words in reply.json()["error"]["message"]
    assert reply.headers["x-simulated-provider"] == "true"


def test_a_body_that_is_no_form_is_refused(simulator):
    reply = httpx.post(f"{simulator.groq_url}/audio/transcriptions", json={"model": TURBO}, headers=KEY)
    assert reply.status_code == 400


def test_words_alone_come_as_plain_text(simulator):
    reply = send(simulator, response_format="text")
    assert (reply.text, reply.headers["content-type"]) == (ENTRY_WORDS, "text/plain")


def test_a_model_for_recordings_answers_no_prompts(simulator):
    reply = ask(simulator, model=TURBO, messages=HELLO)
    assert (reply.status_code, "chat completions" in reply.text) == (400, True)


def test_each_reply_says_how_many_seconds_are_left_and_a_short_one_counts_ten(simulator):
    headers = [send(simulator, key={"Authorization": "Bearer seconds"}).headers for _ in range(2)]
    left = [int(header["x-ratelimit-remaining-audio-seconds"]) for header in headers]
    assert headers[0]["x-ratelimit-limit-audio-seconds"] == "7200"
    assert left[0] - left[1] == pytest.approx(10, abs=1)
    assert "x-ratelimit-limit-tokens" not in headers[0]


def test_the_list_names_them_as_models_that_take_sound(simulator):
    listed = httpx.get(f"{simulator.groq_url}/models", headers=KEY).json()["data"]
    assert [entry["input_modalities"] for entry in listed if entry["id"] == TURBO] == [["audio"]]
