"""Settings as people paste them: taken where they can be, refused in words where they cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.environment.setting_values import parse_base_url, parse_key, parse_page_address, shown_value
from router.errors import ConfigurationError

KEY = "gsk_0123456789abcdefghij"
FOREIGN = {"sk-or-": "OPENROUTER_API_KEY"}


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"  {KEY}\r\n",
        f'"{KEY}"',
        f"' {KEY} '",
        f"“{KEY}”",
        f"\ufeff{KEY[:9]}\u200b{KEY[9:]}\u2060",
        f"Bearer {KEY}",
        f"Authorization: bearer  {KEY}",
        f"GROQ_API_KEY={KEY}",
        f"export GROQ_API_KEY='{KEY}'",
        f'GROQ_API_KEY: "Bearer {KEY}",',
        f'"GROQ_API_KEY={KEY}"',
    ],
)
def test_what_came_along_with_a_key_is_taken_off(text):
    assert parse_key("GROQ_API_KEY", text, FOREIGN) == KEY


@pytest.mark.parametrize("text", ["", "  ", "''", "\u200b", "Bearer", "GROQ_API_KEY="])
def test_nothing_in_whatever_dress_is_no_key(text):
    assert parse_key("GROQ_API_KEY", text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{KEY} {KEY}", "characters that no key has"),
        (f"{KEY}\n{KEY}", "characters that no key has"),
        ("gsk_schlüssel", "characters that no key has"),
        ("gsk_\ud800", "characters that no key has"),
        ("gsk_" + "x" * 2_000, "characters that no key has"),
        (f'"{KEY}', "a quote that has no partner"),
        (f"OPENROUTER_API_KEY={KEY}", "a line that sets OPENROUTER_API_KEY"),
        ("sk-or-v1-0123456789", "belongs there"),
    ],
)
def test_what_is_no_key_is_refused_by_its_settings_name_and_not_shown(text, words):
    with pytest.raises(ConfigurationError, match=words) as refused:
        parse_key("GROQ_API_KEY", text, FOREIGN)
    assert str(refused.value).startswith("GROQ_API_KEY holds")
    assert "012345" not in str(refused.value)


@given(st.text(max_size=40))
def test_whatever_is_pasted_gives_a_key_that_a_header_can_carry_or_an_error_in_words(text):
    try:
        key = parse_key("GROQ_API_KEY", text, FOREIGN)
    except ConfigurationError:
        return
    assert all("!" <= character <= "~" for character in key)


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://api.example.com/openai/v1/", "https://api.example.com/openai/v1"),
        ("HTTPS://API.example.com/v1", "https://api.example.com/v1"),
        ('"https://a/v1"\n', "https://a/v1"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
        ("http://[::1]:8600/v1", "http://[::1]:8600/v1"),
        ("http://127.0.0.1:65535", "http://127.0.0.1:65535"),
    ],
)
def test_a_base_url_is_taken_as_the_wire_needs_it(text, address):
    assert parse_base_url("GROQ_BASE_URL", text, "https://a/v1") == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("api.groq.com/v1", "is no http.s. address"),
        ("ftp://host/v1", "is no http.s. address"),
        ("https:/host/v1", "is no http.s. address"),
        ("http://[::1/v1", "is no http.s. address"),
        ("http://ho st/v1", "holds a blank"),
        ("http://host/v1\n/models", "holds a blank"),
        ("http://host\\@evil/v1", "a backslash"),
        ("http://host:99999/v1", "has a port"),
        ("http://host:0/v1", "has a port"),
        ("http://host:80x/v1", "has a port"),
        ("http://host/v1?key=hunter2", "a query"),
        ("http://host/v1#part", "a query or a fragment"),
        ("http://host/v1/chat/completions", "/chat/completions at its end"),
        ("http://a..b/v1", "no host name"),
        ("http://\ud800/v1", "no host name"),
        ("http://user:hunter2@host/v1", "a user name or a password"),
        ("http://user:hunter2@ho@st/v1", "a user name or a password"),
        ("user:hunter2@host/v1", "is no http.s. address"),
        ("gsk_hunter2hunter2", "is no http.s. address"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_named_and_its_secrets_are_not_shown(text, words):
    with pytest.raises(ConfigurationError, match=words) as refused:
        parse_base_url("GROQ_BASE_URL", text, "https://a/v1")
    assert str(refused.value).startswith("GROQ_BASE_URL=")
    assert "hunter2" not in str(refused.value)


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://h", "http://h:1/"]))
def test_whatever_stands_in_an_address_gives_ascii_or_an_error_in_words(text, beginning):
    for parse in (lambda: parse_base_url("GROQ_BASE_URL", beginning + text, "https://a"),
                  lambda: parse_page_address("APP_URL", beginning + text) or ""):  # fmt: skip
        try:
            address = parse()
        except ConfigurationError:
            continue
        assert address.isascii()
        assert address.isprintable()


def test_a_pages_address_goes_into_a_header_without_user_and_fragment():
    assert parse_page_address("APP_URL", "https://user:pw@müsli.example/a?x=ü#f") == (
        "https://xn--msli-0ra.example/a?x=%C3%BC"
    )
    assert parse_page_address("APP_URL", "http://localhost:3000") == "http://localhost:3000"
    assert parse_page_address("APP_URL", " '' ") is None


def test_a_pages_address_that_is_none_is_refused_by_its_settings_name():
    with pytest.raises(ConfigurationError, match=r"APP_URL='localhost:3000' is no http\(s\) address"):
        parse_page_address("APP_URL", "localhost:3000")


def test_a_shown_value_holds_neither_password_nor_query():
    assert shown_value("postgresql://me:hun@ter2@host/db?sslkey=hunter2") == "'postgresql://•••@host/db?•••'"
