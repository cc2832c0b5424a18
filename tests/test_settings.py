"""The environment read into settings, and what cannot be read."""

import pytest

from router.errors import ConfigurationError
from router.providers.accounts import configured_accounts
from router.settings import PROJECT, SHIPPED_ROUTES, Mode, Settings
from router.table.routes import load_routes

KEY = "gsk_0123456789abcdefghij"


def test_the_environment_wins_over_the_env_file(tmp_path, monkeypatch):
    env_file = tmp_path / ".env"
    env_file.write_text("APP_URL=https://from.file\nROUTER_MODE=live\n")
    monkeypatch.setenv("APP_URL", "https://from.environment")
    monkeypatch.delenv("ROUTER_MODE", raising=False)
    settings = Settings.from_env(env_file=env_file)
    assert (settings.app_url, settings.mode) == ("https://from.environment", Mode.LIVE)


def test_a_mapping_is_read_instead_of_the_environment(monkeypatch):
    monkeypatch.setenv("ROUTER_MODE", "live")
    assert Settings.from_env({}).mode is Mode.AUTO


def test_next_public_app_url_is_read_when_app_url_is_unset():
    assert Settings.from_env({"NEXT_PUBLIC_APP_URL": "https://a"}).app_url == "https://a"
    assert Settings.from_env({"NEXT_PUBLIC_APP_URL": "https://a", "APP_URL": "https://b"}).app_url == "https://b"


def test_a_relative_table_starts_at_the_project():
    assert Settings.from_env({"ROUTER_ROUTES": "own/routes.toml"}).routes == PROJECT / "own/routes.toml"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"ROUTER_MODE": "offline"}, "ROUTER_MODE='offline'"),
        ({"ROUTER_LOG_CONTENT": "maybe"}, "ROUTER_LOG_CONTENT='maybe'"),
        ({"ROUTER_SIMULATOR_PORT": "http"}, "ROUTER_SIMULATOR_PORT='http'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value(values, named):
    with pytest.raises(ConfigurationError, match=named):
        Settings.from_env(values)


def test_a_base_url_that_is_none_is_named():
    settings = Settings.from_env({"GROQ_API_KEY": KEY, "GROQ_BASE_URL": "api.groq.com"})
    with pytest.raises(ConfigurationError, match=r"GROQ_BASE_URL='api\.groq\.com'"):
        configured_accounts(load_routes(SHIPPED_ROUTES), settings)


def test_no_key_at_all_names_both_variables():
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY or OPENROUTER_API_KEY"):
        configured_accounts(load_routes(SHIPPED_ROUTES), Settings.from_env({}))


def test_a_blank_key_is_no_key():
    settings = Settings.from_env({"GROQ_API_KEY": "  ", "OPENROUTER_API_KEY": "sk-or-v1-1234567890abcdef"})
    assert list(configured_accounts(load_routes(SHIPPED_ROUTES), settings)) == ["openrouter"]


def test_a_key_that_no_header_can_carry_is_refused_without_being_shown():
    settings = Settings.from_env({"GROQ_API_KEY": "gsk_secret secret"})
    with pytest.raises(ConfigurationError) as caught:
        settings.secret("GROQ_API_KEY")
    assert "GROQ_API_KEY" in str(caught.value)
    assert "secret secret" not in str(caught.value)


def test_no_repr_shows_a_key():
    settings = Settings.from_env({"GROQ_API_KEY": KEY})
    accounts = configured_accounts(load_routes(SHIPPED_ROUTES), settings)
    assert KEY not in repr((settings, settings.secret("GROQ_API_KEY"), accounts, accounts["groq"].chat))
