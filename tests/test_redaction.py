"""What must not be seen is masked wherever it stands, and wherever a text is cut."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key gsk_abcdEFGH1234!", f"key gsk_{MASK}!"),
        ("GSK_ABCD1234", f"gsk_{MASK}"),
        ("sk-or-v1-0123abcd", f"sk-or-{MASK}"),
        ("sk-proj-0123abcd", f"sk-{MASK}"),
        ("drk_0123abcd", f"drk_{MASK}"),
        ("?key=%3Dsk-or-v1-0123abcd", f"?key=%3Dsk-or-{MASK}"),
        (r'{"a": "\nsk-or-v1-0123"}', rf'{{"a": "\nsk-or-{MASK}"}}'),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: Bearer {MASK}"),
        ("bearer%20abcdefgh", f"Bearer {MASK}"),
        ("Authorization: Basic dXNlcjpwYXNz", f"Authorization: Basic {MASK}"),
        ("x-api-key: 0123abcd", f"x-api-key: {MASK}"),
        ('{"api_key": "0123abcd"}', f'{{"api_key": "{MASK}"}}'),
        ("http://user:pa@ss/word@host:80/v1", f"http://{MASK}@host:80/v1"),
        ("postgresql://me:secret@db/log", f"postgresql://{MASK}@db/log"),
        ("https://token@host/", f"https://{MASK}@host/"),
        ("organization org_01abc", f"organization org_{MASK}"),
        ("organization org-AbCdEf123456", f"organization org-{MASK}"),
        ("user_2abcdefg", f"user_{MASK}"),
        ('{"user_id": "xyz"}', f'{{"user_id": "{MASK}"}}'),
    ],
)
def test_keys_and_ids_are_masked_by_their_form_and_by_what_they_stand_behind(text, masked):
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "a basic understanding of disk-encryption and risk-or-reward",
        "org-mode, user_ids and a@b.org at https://host/a@b",
        "the task_name, a desk-or-chair question",
    ],
)
def test_plain_words_are_left_alone(text):
    assert redact(text) == text


def test_of_two_keys_of_which_one_begins_the_other_nothing_is_left():
    assert redact("abcdefgh", ["abcd", "abcdefgh"]) == MASK


_pieces = st.sampled_from(
    [
        "gsk_abcd1",
        "sk-or-v1-abcd",
        "Bearer ",
        "abcdef",
        "://",
        "u:p@",
        "org_1",
        "user_id",
        ":",
        "=",
        '"',
        " ",
        MASK,
        "…",
        KEY,
    ]
)


@given(st.lists(_pieces, max_size=30), st.integers(8, 80))
@example(["://", "://", '"', "u:p@"], 10)
def test_masking_what_is_masked_changes_nothing(pieces, limit):
    masked = redact("".join(pieces), [KEY], limit=limit)
    assert redact(masked, [KEY], limit=limit) == masked
    assert len(masked) <= limit


@pytest.mark.parametrize(
    "piece", ["x", "a.", "bearer ", "://", "user_id ", "basic ", "gsk_", "api_key", " ", "sk-", "•"]
)
def test_a_text_of_thirty_megabytes_takes_no_longer_than_its_beginning(piece):
    text = piece * (30_000_000 // len(piece))

    def seconds(size):
        began = time.process_time()
        redact(text[:size], [KEY])
        return time.process_time() - began

    assert min(seconds(30_000_000) for _ in range(3)) < 3 * min(seconds(50_000) for _ in range(3)) + 0.05


@pytest.mark.parametrize("key", [KEY, "gsk_" + "k" * 40, "sk-or-v1-" + "k" * 40])
def test_no_part_of_a_key_is_left_where_a_text_is_looked_at_no_further(key):
    for place in range(17_480, 17_600):
        # What stands ahead is masked to a few characters, so that the end of what is looked at shows.
        masked = redact(f"Bearer {'b' * (place - 8)} {key}, and more" + " words" * 20_000, [KEY], limit=600)
        assert masked.startswith(f"Bearer {MASK}")
        assert key[:9] not in masked, place


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
