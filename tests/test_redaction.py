"""What must not be seen is masked wherever it stands, and wherever a text is cut."""

import pytest

from router.providers.replies import ProviderFailure, error_signal, read_reply
from router.redaction import MASK, place_of, redact

KEY = "Zq7-plain-key-of-some-gateway"
"""Of no provider's form, so that it is known by itself alone."""
PLACES = [*range(60, 330, 3), *range(16 * 1024 - 40, 16 * 1024 + 4)]


@pytest.mark.parametrize("filler", ["a word ", "\n"])
def test_no_part_of_a_key_is_left_wherever_an_error_text_is_cut(filler):
    for place in PLACES:
        body = (filler * place)[:place].encode() + KEY.encode() + b" and more" * 3_000
        assert KEY[:6] not in error_signal(500, {}, body, secrets=[KEY]).message, place
        with pytest.raises(ProviderFailure) as caught:
            read_reply(200, {}, body, [KEY])
        assert KEY[:6] not in caught.value.signal.message, place


def test_the_beginning_of_a_key_at_the_end_of_a_text_that_goes_on_is_masked():
    assert redact(f"key: {KEY[:9]}", [KEY], broken_off=True) == f"key: {MASK}"
    assert redact(f"key: {KEY}", [KEY], broken_off=True) == f"key: {MASK}"
    assert redact("nothing of it", [KEY], broken_off=True) == "nothing of it"


def test_the_place_of_a_fault_quotes_nothing():
    with pytest.raises(LookupError) as caught:
        raise LookupError(KEY)
    place = place_of(caught.value)
    assert place.startswith("LookupError at test_redaction.py:")
    assert KEY not in place


@pytest.mark.parametrize(
    "address", ["http://user:hunter2@host/v1", "postgresql://user:hun@ter2/x@host:5432/db", "https://:hunter2@host"]
)
def test_the_password_in_an_address_is_masked(address):
    masked = redact(f"cannot reach {address} now")
    assert "ter2" not in masked
    assert masked.startswith(f"cannot reach {address.partition('://')[0]}://•••@host")


def test_an_address_without_a_password_stays():
    text = "see https://host:8080/a?b=c, or mailto:me@host"
    assert redact(text) == text
