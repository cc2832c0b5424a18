"""A recording on the wire: the form as its dialect has it, and the words in whatever comes back."""

import json

import pytest
from starlette.requests import Request

from router.failures.outcomes import classify
from router.providers.accounts import Account
from router.providers.replies import ProviderFailure
from router.providers.transcription import read_transcription, recording_exchange
from router.request import read_recording
from router.settings import SHIPPED_ROUTES, Secret
from router.table.dialects import PLAIN, Dialect, TranscriptionForm
from router.table.route_file import load_routes
from tests.sounds import tone

TABLE = load_routes(SHIPPED_ROUTES)
ENTRY = TABLE.providers["groq"]
RECORDING = read_recording(tone())
ACCOUNT = Account("groq", ENTRY, "https://example.com/v1/", Secret("gsk_secret_0123456789"))


async def form_of(exchange):
    """The form in a call, as a server reads it."""

    async def receive():
        return {"type": "http.request", "body": exchange.body, "more_body": False}

    headers = [(name.lower(), value) for name, value in exchange.endpoint.headers.raw]
    async with Request({"type": "http", "method": "POST", "headers": headers}, receive).form() as form:
        file = form["file"]
        fields = {name: value for name, value in form.items() if name != "file"}
        return fields, (file.filename, file.content_type, await file.read())


@pytest.mark.anyio
async def test_a_recording_goes_out_as_the_form_that_the_table_describes():
    exchange = recording_exchange(RECORDING, "en", model="a-model", account=ACCOUNT)
    fields, file = await form_of(exchange)
    assert str(exchange.endpoint.url) == "https://example.com/v1/audio/transcriptions"
    assert exchange.endpoint.headers["authorization"] == "Bearer gsk_secret_0123456789"
    assert fields == {"model": "a-model", "response_format": "verbose_json", "temperature": "0", "language": "en"}
    assert file == ("recording.wav", "audio/wav", RECORDING.data)


@pytest.mark.anyio
async def test_two_calls_share_no_header():
    first = recording_exchange(RECORDING, None, model="a", account=ACCOUNT)
    fields, _ = await form_of(first)
    assert "language" not in fields
    assert ACCOUNT.transcription.headers["content-type"] == "application/json"


def test_a_wire_without_a_form_is_given_no_recording():
    account = Account("openrouter", TABLE.providers["openrouter"], "https://example.com", None)
    with pytest.raises(ValueError, match="no form for recordings"):
        recording_exchange(RECORDING, None, model="a", account=account)


def read(body, status=200, headers=None, dialect=ENTRY.wire):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_transcription(status, headers or {}, data, secrets=["gsk_secret"], dialect=dialect)


def test_the_words_are_read_with_language_and_length():
    reply = read({"text": "  two eggs \n and toast ", "language": "English", "duration": 2.5, "segments": []})
    assert reply.text == "two eggs and toast"
    assert (reply.heard.language, reply.heard.seconds) == ("English", 2.5)


def test_no_words_are_a_transcription_too():
    assert read({"text": ""}).text == ""


@pytest.mark.parametrize("odd", [{"duration": "long", "language": 7}, {"duration": None, "language": "x" * 99}, {}])
def test_what_is_said_oddly_beside_the_words_is_unknown(odd):
    heard = read({"text": "hello", **odd}).heard
    assert (heard.language, heard.seconds) == (None, None)


@pytest.mark.parametrize("body", [b"", b"<html>", {"text": 7}, {"words": "hello"}, ["hello"], {"choices": []}])
def test_what_holds_no_words_is_malformed(body):
    with pytest.raises(ProviderFailure) as caught:
        read(body)
    assert classify(caught.value.signal).name == "malformed"


def test_words_at_another_place_are_found_where_the_dialect_says():
    form = TranscriptionForm(at="/hear", text="heard.words", language="", seconds="heard.length")
    reply = read({"heard": {"words": "hello", "length": "3"}}, dialect=Dialect(transcription=form))
    assert (reply.text, reply.heard.language, reply.heard.seconds) == ("hello", None, 3.0)


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (413, {"message": "Request Entity Too Large", "code": "request_too_large"}, "too_large"),
        (400, {"message": "could not process file - is it a valid media file?"}, "bad_request"),
        (401, {"message": "Invalid API Key", "code": "invalid_api_key"}, "unauthorized"),
        (404, {"message": "The model `x` does not exist or you do not have access to it."}, "gone"),
        (503, {"message": "over capacity"}, "server_error"),
        (200, {"message": "Internal error", "code": 500}, "server_error"),
    ],
)
def test_refusals_are_those_of_every_other_request(status, error, outcome):
    with pytest.raises(ProviderFailure) as caught:
        read({"error": error}, status)
    assert classify(caught.value.signal).name == outcome


@pytest.mark.parametrize(("kind", "words", "says"), [
    ("ASPH", "seconds of audio per hour", "for now"), ("ASPD", "seconds of audio per day", "daily"),
])  # fmt: skip
def test_an_allowance_of_seconds_that_is_used_up_names_its_span_and_its_end(kind, words, says):
    message = (
        "Rate limit reached for model `whisper-large-v3` in organization `org_0123456789abcdef` service tier "
        f"`on_demand` on {words} ({kind}): Limit 7200, Used 7194, Requested 26. Please try again in 10s."
    )
    with pytest.raises(ProviderFailure) as caught:
        read({"error": {"message": message, "code": "rate_limit_exceeded"}}, 429)
    signal, row = caught.value.signal, classify(caught.value.signal)
    assert row.name == "rate_limited"
    assert says in row.says
    assert signal.stated.wait_seconds(0.0) == 10
    assert "org_0123" not in signal.message


def test_the_seconds_that_are_left_are_read_with_their_hour():
    headers = {
        "x-ratelimit-limit-audio-seconds": "7200", "x-ratelimit-remaining-audio-seconds": "7190",
        "x-ratelimit-reset-audio-seconds": "5s",
    }  # fmt: skip
    (allowance,) = read({"text": "hi"}, headers=headers).stated.allowances
    assert (allowance.unit, allowance.span, allowance.limit, allowance.remaining) == (
        "audio seconds",
        3_600,
        7200,
        7190,
    )
    assert allowance.refill_seconds == 5


def test_a_plain_wire_has_openais_names():
    assert read({"text": "hi"}, dialect=PLAIN).text == "hi"
