"""Which host names are a server's own, and how a setting lists them."""

import pytest

from router.errors import ConfigurationError
from router.hosts.allowed_hosts import LOOPBACK_ONLY, Authority, canonical_host, parse_allowed_hosts, parse_authority
from router.settings import Settings


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_this_machines_names_are_allowed_unasked(host):
    assert host in LOOPBACK_ONLY


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "127.1", "2130706433", "127.0.0.1.evil.com", "localhost.evil.com", "evil.localhost", "10.0.0.1",
     "::ffff:127.0.0.1", "::ffff:7f00:1", "fe80::1", ""],
)  # fmt: skip
def test_what_only_looks_like_this_machine_is_not_allowed(host):
    assert host not in LOOPBACK_ONLY


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("localhost", Authority("localhost", None)),
        ("LocalHost:8501", Authority("localhost", 8501)),
        ("localhost.:8501", Authority("localhost", 8501)),
        ("[::1]:8501", Authority("::1", 8501)),
        ("[0:0:0:0:0:0:0:1]", Authority("::1", None)),
        ("[FD00::A]", Authority("fd00::a", None)),
    ],
)
def test_a_host_has_one_form_however_it_is_written(text, authority):
    assert parse_authority(text) == authority


@pytest.mark.parametrize(
    "text",
    ["", " ", ":8501", "::1", "[::1", "[::1]x", "[localhost]", "[127.0.0.1]", "[fe80::1%eth0]", "localhost:",
     "localhost:x", "localhost:65536", "localhost:-1", "localhost:٣", "localhost:80:80", "user@localhost",
     "user:word@localhost:80", "localhost/", "localhost?x", "localhost#x", "localhost,evil.com", "localhost evil.com",
     "localhost\n", "localhost..", ".", "-a", "a..b", "ſ", "<script>", "x" * 64, ".".join(["x" * 60] * 5)],
)  # fmt: skip
def test_a_malformed_host_is_none(text):
    assert parse_authority(text) is None


def test_a_setting_lists_hosts_by_commas_or_blanks_in_any_spelling():
    hosts = parse_allowed_hosts(" Console.Example.com., nas\n192.168.1.5,[FD00:0::5] ,fd00::6,")
    assert hosts.names == {"console.example.com", "nas", "192.168.1.5", "fd00::5", "fd00::6"}


def test_listed_hosts_come_beside_loopback_and_bring_no_host_below_them():
    hosts = Settings.from_env({"ROUTER_ALLOWED_HOSTS": "example.com"}).allowed_hosts
    assert "example.com" in hosts
    assert "localhost" in hosts
    assert "www.example.com" not in hosts
    assert "evil-example.com" not in hosts


@pytest.mark.parametrize("text", [None, "", "  "])
def test_without_the_setting_only_loopback_is_allowed(text):
    values = {} if text is None else {"ROUTER_ALLOWED_HOSTS": text}
    assert Settings.from_env(values).allowed_hosts == LOOPBACK_ONLY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*", r"'\*' would let a foreign page in"),
        ("nas,*.example.com", r"'\*\.example\.com' would let"),
        ("https://console.example.com", "'https://console.example.com' is no host name"),
        ("console.example.com:8501", "'console.example.com:8501' is no host name"),
        ("console.example.com/x", "is no host name"),
        ("user@nas", "is no host name"),
        ("bücher.example", "xn-- form"),
        ("[::1", "is no host name"),
        ("0.0.0.0", "says where a server listens"),
        ("::", "says where a server listens"),
    ],
)
def test_an_entry_that_is_no_host_name_is_named_with_what_to_write(text, words):
    with pytest.raises(ConfigurationError, match=f"ROUTER_ALLOWED_HOSTS cannot be used: .*{words}"):
        Settings.from_env({"ROUTER_ALLOWED_HOSTS": text})


def test_the_canonical_form_of_a_host_is_its_own():
    for text in ("localhost", "a.b", "::1", "127.0.0.1", "xn--bcher-kva.example"):
        assert canonical_host(text) == text
