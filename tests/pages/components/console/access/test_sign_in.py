"""Settings of sign-in that are missing or unsafe are refused, and a cookie counts for its own console alone."""

import json
import time

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from pages.components.console.access.sign_in import SignIn, parse_sign_in, person_of
from router.errors import ConfigurationError

SECRET = "0123456789abcdef0123456789abcdef"
PROVIDER = {"client_id": "a", "client_secret": "b", "server_metadata_url": "https://id.example/x"}
AUTH = {"redirect_uri": "https://console.example/oauth2callback", "cookie_secret": SECRET, **PROVIDER}
ORIGIN = "https://console.example"
CLAIMS = {"is_logged_in": True, "origin": ORIGIN, "email": "ada@example.com"}


def without(*names):
    return {name: value for name, value in AUTH.items() if name not in names}


def test_the_consoles_own_address_is_what_stands_before_the_callback():
    assert parse_sign_in(AUTH).root == "https://console.example"
    below = parse_sign_in(AUTH | {"redirect_uri": "https://example.com/console/oauth2callback"})
    assert (below.root, below.origin) == ("https://example.com/console", "https://example.com")


def test_providers_stand_in_the_section_itself_or_each_in_a_section_of_its_own():
    assert parse_sign_in(AUTH).providers == ("default",)
    nested = without(*PROVIDER) | {"google": PROVIDER, "our-own": PROVIDER}
    assert parse_sign_in(nested).providers == ("google", "our-own")
    assert parse_sign_in(AUTH | {"google": PROVIDER}).providers == ("default", "google")


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ("yes", "no section"),
        (without("cookie_secret"), "cookie_secret"),
        (AUTH | {"cookie_secret": "short"}, "cookie_secret"),
        (AUTH | {"cookie_secret": "a" * 40}, "cookie_secret"),
        (without("redirect_uri"), "redirect_uri"),
        (AUTH | {"redirect_uri": "https://console.example/"}, "redirect_uri"),
        (AUTH | {"redirect_uri": "ftp://console.example/oauth2callback"}, "redirect_uri"),
        (AUTH | {"redirect_uri": "http://console.example/oauth2callback"}, "needs https"),
        (AUTH | {"redirect_uri": "https://[::1/oauth2callback"}, "redirect_uri"),
        (without("client_secret"), "lacks client_secret"),
        (without(*PROVIDER), "lacks client_id, client_secret, server_metadata_url"),
        (without(*PROVIDER) | {"google": {"client_id": "a"}}, "of the provider 'google'"),
        (without(*PROVIDER) | {"my_own": PROVIDER}, "'my_own'.*letters, digits and hyphens"),
    ],
)
def test_a_setting_that_is_missing_or_unsafe_is_named(section, named):
    with pytest.raises(ConfigurationError, match=named) as caught:
        parse_sign_in(section)
    assert SECRET not in str(caught.value)


def test_the_secret_is_in_no_repr():
    assert SECRET not in repr(parse_sign_in(AUTH))


def signed(claims, secret=SECRET, name="_streamlit_user"):
    return create_signed_value(secret, name, json.dumps(claims)).decode()


def claims_in(**cookies):
    return SignIn(ORIGIN, ("default",), SECRET).claims_in(cookies)


def test_a_cookie_that_streamlit_has_signed_for_this_console_counts():
    assert claims_in(_streamlit_user=signed(CLAIMS))["email"] == "ada@example.com"


@pytest.mark.parametrize(
    "cookie",
    [
        signed(CLAIMS, secret="another" * 8),
        signed(CLAIMS, name="_streamlit_user_tokens"),
        signed(CLAIMS | {"origin": "https://another.example"}),
        signed(CLAIMS | {"is_logged_in": False}),
        signed(CLAIMS | {"is_logged_in": "yes"}),
        signed({"email": "ada@example.com"}),
        signed([CLAIMS]),
        signed("chunks-3"),
        "chunks-3",
        "",
        "\xe9\x00",
        "half a character \ud800",
    ],
    ids=[
        "another_secret", "another_name", "another_origin", "not_signed_in", "signed_in_as_text", "without_origin",
        "a_list", "signed_chunks", "chunks", "empty", "control_characters", "half_a_character",
    ],
)  # fmt: skip
def test_any_other_cookie_is_nobodys(cookie):
    assert claims_in(_streamlit_user=cookie) is None
    assert claims_in() is None


def test_a_cookie_counts_for_a_month(monkeypatch):
    cookie = signed(CLAIMS)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 40 * 86_400)
    assert claims_in(_streamlit_user=cookie) is None


@pytest.mark.parametrize(
    ("claims", "address", "may_change"),
    [
        ({"email": "ada@example.com"}, "ada@example.com", True),
        ({"email": "Ada@Example.com", "email_verified": True}, "Ada@Example.com", True),
        ({"email": "ben@example.com"}, "ben@example.com", False),
        ({"email": "ada@example.com", "email_verified": False, "sub": "7"}, "7", False),
        ({"email": "ada@example.com", "email_verified": "false", "sub": "7"}, "7", False),
        ({"preferred_username": "ada@example.com"}, "ada@example.com", False),
        ({"email": ["ada@example.com"], "sub": "7"}, "7", False),
        ({}, "unknown", False),
    ],
)
def test_who_is_listed_under_a_verified_address_may_change_things(claims, address, may_change):
    person = person_of(claims, frozenset({"ada@example.com"}))
    assert (person.address, person.may_change) == (address, may_change)
