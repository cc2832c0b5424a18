"""One account from the environment, whoever asks for it, and its key in no place where it could be read."""

import copy
import dataclasses
import pickle

import pytest

from router.errors import ConfigurationError
from router.providers.accounts import configured_account, configured_accounts, endpoint_url
from router.providers.attempt import AttemptRequest, TimeLimits
from router.providers.http.sent_mark import SentMark
from router.providers.http.transport import Exchange
from router.settings import SHIPPED_ROUTES, Settings
from router.table.route_file import load_routes

TABLE = load_routes(SHIPPED_ROUTES)
KEY = "gsk_0123456789abcdefghij"


def account_at(base_url, name="groq"):
    entry = TABLE.providers[name]
    settings = Settings.from_env({entry.key_env: KEY, entry.base_url_env: base_url})
    return configured_account(name, entry, settings)


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://host/v1", "http://host/v1/models"),
        ("http://host/v1/", "http://host/v1/models"),
        ("http://host/v1//", "http://host/v1/models"),
        ("http://host", "http://host/models"),
        ("http://host/", "http://host/models"),
        ("https://host:8443/a/b%20c/v1", "https://host:8443/a/b%20c/v1/models"),
        ("http://host/v1?api-version=7", "http://host/v1/models?api-version=7"),
        ("http://host/v1/?a=b/c&d=%2F", "http://host/v1/models?a=b/c&d=%2F"),
        ("http://host?a=b", "http://host/models?a=b"),
    ],
)
def test_an_endpoint_stands_below_its_base_url_with_a_slash_and_without(base_url, url):
    assert str(endpoint_url(base_url, "/models")) == url
    if "?" not in base_url:  # which settings refuse, and tables may hold
        assert str(account_at(base_url).models.url) == url


def test_a_slash_at_the_end_makes_no_other_account():
    assert account_at("http://host/v1/").id == account_at("http://host/v1").id


def test_the_key_check_and_the_router_have_the_same_account():
    environment = {"GROQ_API_KEY": KEY, "GROQ_BASE_URL": "http://host/v1/"}
    settings = Settings.from_env(environment)
    account = configured_account("groq", TABLE.providers["groq"], settings)
    assert configured_accounts(TABLE, settings)["groq"] == account


def test_a_provider_without_its_key_is_no_account_and_none_at_all_is_an_error():
    settings = Settings.from_env({})
    assert configured_account("groq", TABLE.providers["groq"], settings) is None
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY or OPENROUTER_API_KEY"):
        configured_accounts(TABLE, settings)


def test_headers_of_an_account_hold_the_key_and_the_apps_title_where_the_dialect_asks():
    groq, openrouter = account_at("http://host"), account_at("http://host", "openrouter")
    assert groq.chat.headers["authorization"] == f"Bearer {KEY}"
    assert groq.chat.headers["accept-encoding"] == "identity"
    assert "x-openrouter-title" not in groq.chat.headers
    assert openrouter.chat.headers["x-openrouter-title"]
    assert (groq.key_info, str(openrouter.key_info.url)) == (None, "http://host/key")


def holders():
    account = account_at("http://host")
    exchange = Exchange(account.chat, b"{}")
    attempt_request = AttemptRequest(
        transport=None,
        endpoint=account.chat,
        body=b"{}",
        limits=TimeLimits(0.0, 0.0, 0.0),
        secrets=account.secrets,
        own_limit=False,
        sent_mark=SentMark(),
        exchange=exchange,
    )
    return [account, account.chat, exchange, attempt_request]


@pytest.mark.parametrize("index", range(4), ids=["account", "endpoint", "exchange", "attempt request"])
def test_no_key_is_in_what_prints_or_packs_whoever_holds_one(index):
    holder = holders()[index]
    assert KEY not in repr(holder)
    assert KEY not in str(vars(holder) if hasattr(holder, "__dict__") else "")
    fields = {field.name: repr(getattr(holder, field.name)) for field in dataclasses.fields(holder) if field.repr}
    assert KEY not in str(fields)
    for pack in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="holds a key"):
            pack(holder)
