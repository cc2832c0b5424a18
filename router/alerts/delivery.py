"""One message to a webhook: JSON, with Slack's `text` beside the fields. Its address may hold a token: it is masked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import httpx

from router.redaction import redact

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class DeliveryFault(Exception):
    """A message was not taken; the text says why and holds nothing of the address."""


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What a webhook is told.

    Attributes:
        kind, subject: which condition.
        state: `firing`, `resolved` or `test`.
        message: the sentence.
        at: when, in ISO 8601 and UTC.
    """

    kind: str
    subject: str
    state: str
    message: str
    at: str

    @property
    def text(self) -> str:
        """The sentence as a channel shows it."""
        mark = {"firing": "🔴", "resolved": "🟢", "test": "🔵"}[self.state]
        return f"{mark} {'Over: ' if self.state == 'resolved' else ''}{self.message}"

    def document(self) -> dict[str, str]:
        """The body."""
        return {**asdict(self), "text": self.text, "source": "dual-router"}


def message_at(kind: str, subject: str, state: str, message: str, *, now: float) -> AlertMessage:
    """A message of a moment, with whatever looks like a key masked."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    return AlertMessage(kind, subject, state, redact(message), moment)


def send_alert(url: str, message: AlertMessage) -> None:
    """Post a message.

    Raises:
        DeliveryFault: it was not taken.
    """
    try:
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client:
            reply = client.post(url, json=message.document())
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise DeliveryFault(f"the webhook cannot be reached ({type(error).__name__})") from None
    if not reply.is_success:
        raise DeliveryFault(f"the webhook answers {reply.status_code}")
