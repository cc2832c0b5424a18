"""The environment read into settings, and what cannot be read."""

import copy
import json
import pickle
import socket
import traceback
from dataclasses import asdict

import pytest

from router import DualModelRouter
from router.errors import ConfigurationError
from router.providers.accounts import configured_accounts
from router.settings import PROJECT, SHIPPED_ROUTES, Mode, Settings
from router.table.route_file import load_routes

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
        ({"ROUTER_INSECURE": "maybe"}, "ROUTER_INSECURE='maybe'"),
        ({"ROUTER_CACHE_SECONDS": "an hour"}, "ROUTER_CACHE_SECONDS='an hour'"),
        ({"ROUTER_CACHE_SECONDS": "-1"}, "ROUTER_CACHE_SECONDS='-1'"),
        ({"ROUTER_CACHE_SECONDS": "2592001"}, "ROUTER_CACHE_SECONDS='2592001'"),
        ({"ROUTER_CACHE_SECONDS": "9" * 5000}, "ROUTER_CACHE_SECONDS='999"),
        ({"ROUTER_OPERATORS": "ada@example.com, *"}, r"ROUTER_OPERATORS cannot be used: '\*' is no e-mail address"),
        ({"ROUTER_OPERATORS": "*@example.com"}, "@example.com' is no e-mail address"),
        ({"ROUTER_OPERATORS": "ada"}, "'ada' is no e-mail address"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value(values, named):
    with pytest.raises(ConfigurationError, match=named):
        Settings.from_env(values)


def test_operators_are_listed_with_commas_or_blanks_and_whatever_their_letters_case():
    settings = Settings.from_env({"ROUTER_OPERATORS": "Ada@Example.com,ben@example.com;\n  eve@example.com "})
    assert settings.operators == {"ada@example.com", "ben@example.com", "eve@example.com"}
    assert Settings.from_env({}).operators == frozenset()


def test_no_key_at_all_names_both_variables():
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY or OPENROUTER_API_KEY"):
        configured_accounts(load_routes(SHIPPED_ROUTES), Settings.from_env({}))


def test_a_blank_key_is_no_key():
    settings = Settings.from_env({"GROQ_API_KEY": "  ", "OPENROUTER_API_KEY": "sk-or-v1-1234567890abcdef"})
    assert list(configured_accounts(load_routes(SHIPPED_ROUTES), settings)) == ["openrouter"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"GROQ_BASE_URL": "api.groq.com"}, r"GROQ_BASE_URL='api\.groq\.com' is no http"),
        ({"GROQ_BASE_URL": "http://host:99999/v1"}, "GROQ_BASE_URL='http://host:99999/v1' has a port"),
        ({"GROQ_BASE_URL": "http://user:hunter2@host/v1"}, "GROQ_BASE_URL='http://•••@host/v1' holds a user name"),
        ({"APP_URL": "my app"}, "APP_URL='my app' holds a blank"),
        ({"NEXT_PUBLIC_APP_URL": "localhost:3000"}, "NEXT_PUBLIC_APP_URL='localhost:3000' is no http"),
        ({"GROQ_API_KEY": "gsk_secret hunter2"}, "GROQ_API_KEY holds characters"),
        ({"GROQ_API_KEY": "sk-or-v1-hunter2hunter2"}, "begins like those of OPENROUTER_API_KEY"),
        ({"OPENROUTER_API_KEY": "gsk_hunter2hunter2"}, "begins like those of GROQ_API_KEY"),
        ({"ROUTER_DATABASE_URL": "postgresql://user:hunter2@host/db"}, "ROUTER_DATABASE_URL=.*•••@host"),
        ({"ROUTER_ROUTES": "~nobody-of-that-name/routes.toml"}, "ROUTER_ROUTES=.* who has no home folder"),
        ({"ROUTER_ROUTES": "a\0b"}, "ROUTER_ROUTES=.* is no path"),
        ({"ROUTER_ROUTES": "half a \ud800"}, "ROUTER_ROUTES=.* is no path"),
        ({"ROUTER_ROUTES": "/dev/zero"}, "/dev/zero is a folder or a device; ROUTER_ROUTES"),
        ({"ROUTER_DATABASE_URL": "sqlite:///~nobody-of-that-name/x.db"}, "ROUTER_DATABASE_URL=.* no home folder"),
        ({"ROUTER_DATABASE_URL": "sqlite:///a\0b.db"}, "ROUTER_DATABASE_URL=.* is no path"),
        ({"ROUTER_DATABASE_URL": "sqlite:///a\nb.db"}, "ROUTER_DATABASE_URL=.* is no path"),
        ({"ROUTER_DATABASE_URL": "sqlite:///\udc80.db"}, "ROUTER_DATABASE_URL=.* is no path"),
        ({"ROUTER_DATABASE_URL": "sqlite:////dev/null"}, "ROUTER_DATABASE_URL=.* is a folder or a device"),
        ({"ROUTER_DATABASE_URL": "sqlite:////tmp"}, "ROUTER_DATABASE_URL=.* is a folder or a device"),
        ({"ROUTER_DATABASE_URL": "sqlite:///x.db?password=hunter2"}, "ROUTER_DATABASE_URL=.* has options"),
        ({"ROUTER_ALLOWED_HOSTS": "https://console.example.com"}, "ROUTER_ALLOWED_HOSTS cannot be used"),
        ({"ROUTER_SIMULATOR_PORT": "9" * 5_000}, "ROUTER_SIMULATOR_PORT=.* is no port"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_before_anything_is_sent(tmp_path, values, words):
    environment = {"GROQ_API_KEY": KEY, "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db"} | values
    with pytest.raises(ConfigurationError, match=words) as refused:
        DualModelRouter.from_env(environment)
    assert "hunter2" not in str(refused.value)


def test_a_path_that_leads_to_itself_is_said(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    for values in ({"ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/loop"}, {"ROUTER_ROUTES": f"{tmp_path}/loop"}):
        with pytest.raises(ConfigurationError, match=r"(?i)too many levels"):
            DualModelRouter.from_env({"GROQ_API_KEY": KEY} | values)


def test_a_port_that_is_taken_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"ROUTER_SIMULATOR_PORT={port} cannot be listened on"):
            DualModelRouter.from_env({"ROUTER_MODE": "simulated", "ROUTER_SIMULATOR_PORT": str(port)})


def test_quotes_that_an_environment_file_keeps_are_taken_off_every_setting(tmp_path):
    settings = Settings.from_env(
        {
            "GROQ_API_KEY": f'"{KEY}"',
            "GROQ_BASE_URL": "'http://host/v1'",
            "APP_URL": '"https://müsli.example"',
            "ROUTER_MODE": "'live'",
            "ROUTER_ROUTES": f'"{tmp_path}/routes.toml"',
            "ROUTER_DATABASE_URL": '"sqlite:///x.db"',
            "ROUTER_LOG_CONTENT": "'0'",
            "ROUTER_ALLOWED_HOSTS": '"console.example.com"',
            "ROUTER_SIMULATOR_PORT": "'8600'",
        }
    )
    assert settings.secret("GROQ_API_KEY").reveal() == KEY
    assert settings.url("GROQ_BASE_URL", "https://a") == "http://host/v1"
    assert settings.app_url == "https://xn--msli-0ra.example"
    assert (settings.mode, settings.log_content, settings.simulator_port) == (Mode.LIVE, False, 8600)
    assert (str(settings.routes), settings.database_url) == (f"{tmp_path}/routes.toml", "sqlite:///x.db")
    assert "console.example.com" in settings.allowed_hosts


def test_a_name_in_other_letters_reaches_openrouter_as_ascii():
    settings = Settings.from_env({"OPENROUTER_API_KEY": "sk-or-v1-1", "APP_URL": "https://müsli.example"})
    account = configured_accounts(load_routes(SHIPPED_ROUTES), settings)["openrouter"]
    assert account.chat.headers["HTTP-Referer"] == "https://xn--msli-0ra.example"


def test_a_settings_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / ".env").write_bytes("APP_URL=https://müsli.example".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="is no UTF-8 text: line 1"):
        Settings.from_env(env_file=tmp_path / ".env")


# --- secrets -------------------------------------------------------------------------------------------------------


def written_json(settings):
    return json.dumps([settings, settings.secret("GROQ_API_KEY"), settings.values], default=str)


def locals_in_a_traceback(settings):
    key = settings.secret("GROQ_API_KEY")
    try:
        raise ValueError(f"{key} {settings}")
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize(
    "show", [repr, str, format, vars, asdict, copy.copy, copy.deepcopy, written_json, locals_in_a_traceback]
)
def test_settings_show_neither_a_key_nor_a_password(show):
    settings = Settings.from_env({"GROQ_API_KEY": KEY, "ROUTER_DATABASE_URL": "postgresql://user:hunter2@host/db"})
    secret = settings.secret("GROQ_API_KEY")
    shown = f"{show(settings)!r} {secret!r} {secret} {settings.values!r} {copy.deepcopy(secret)!r}"
    assert KEY not in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_neither_settings_nor_a_key_are_pickled(protocol):
    settings = Settings.from_env({"GROQ_API_KEY": KEY})
    for value in (settings, settings.values, settings.secret("GROQ_API_KEY")):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(value, protocol)


def test_no_repr_shows_a_key():
    settings = Settings.from_env({"GROQ_API_KEY": KEY})
    accounts = configured_accounts(load_routes(SHIPPED_ROUTES), settings)
    assert KEY not in repr((settings, settings.secret("GROQ_API_KEY"), accounts, accounts["groq"].chat))
