"""A recording on the wire: the form that it is sent in, and the words that come back.

Which fields the form has, and where the words stand in the answer, is the dialect's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import httpx

from router.failures import durations
from router.providers.accounts import Account
from router.providers.attempt import AttemptRequest, whole_body
from router.providers.decoding.headers import read_statements
from router.providers.http.transport import Endpoint, Exchange
from router.providers.replies import (
    HeardFacts,
    ProviderFailure,
    Reply,
    error_signal,
    holds_error,
    is_success,
    malformed_signal,
    read_json,
)
from router.request import Recording
from router.table.dialects import Dialect, TranscriptionForm
from router.table.document_places import value_at

_LONGEST_LANGUAGE = 40
"""Characters of a language's name; what is longer is none."""


def recording_exchange(recording: Recording, language: str | None, *, model: str, account: Account) -> Exchange:
    """A recording as it goes to one model of an account.

    Args:
        language: the language that is spoken; None leaves it to the model.

    Raises:
        ValueError: the account's wire knows no recordings; no plan gives one to it.
    """
    form, endpoint = account.dialect.transcription, account.transcription
    if form is None or endpoint is None:
        raise ValueError(f"the wire of {account.name} has no form for recordings")
    fields = {**form.fields, form.model_field: model}
    if language is not None and form.language_field:
        fields[form.language_field] = language
    file = (recording.file_name, recording.data, recording.media_type)
    message = httpx.Request("POST", endpoint.url, data=fields, files={form.file_field: file})
    headers = endpoint.headers.copy()
    headers["Content-Type"] = message.headers["Content-Type"]  # which holds the mark between the form's parts
    return Exchange(Endpoint(endpoint.url, headers), message.read())


async def transcription_attempt(attempt_request: AttemptRequest) -> Reply:
    """Send a recording, and read what was said in it.

    Raises:
        ProviderFailure: anything but a transcription.
    """
    reading, body = await whole_body(attempt_request)
    reply = read_transcription(
        reading.status, reading.headers, body, secrets=attempt_request.secrets, dialect=attempt_request.dialect
    )
    reply.simulated = reading.simulated
    return reply


def read_transcription(
    status: int, headers: Mapping[str, str], body: bytes, *, secrets: Iterable[str], dialect: Dialect
) -> Reply:
    """The transcription in a reply; no words at all are one too: nobody need have spoken.

    Raises:
        ProviderFailure: an error status, an error inside a 200, or no transcription.
    """
    data, form = read_json(body), dialect.transcription or _PLAIN_FORM
    if not is_success(status) or holds_error(data, dialect):
        raise ProviderFailure(error_signal(status, headers, body, data, secrets, dialect))
    text = value_at(data, form.text)
    if not isinstance(text, str):
        raise ProviderFailure(malformed_signal(status, headers, body, secrets))
    language, seconds = value_at(data, form.language), durations.number(value_at(data, form.seconds))
    is_named = isinstance(language, str) and 0 < len(language) <= _LONGEST_LANGUAGE
    return Reply(
        answer=[" ".join(text.split())],
        finish_reason="stop",
        http_status=status,
        stated=read_statements(headers, dialect=dialect),
        heard=HeardFacts(language if is_named else None, seconds),
    )


_PLAIN_FORM = TranscriptionForm.model_construct(at="/audio/transcriptions")
