"""Each thing that keeps the router from working is named in one line, with what to do; one fault hides no other."""

import asyncio
from contextlib import asynccontextmanager
from email.utils import formatdate
from time import time

import pytest

from router.doctor import Verdict, examine, has_fault
from router.simulator import Fault

pytestmark = pytest.mark.anyio


@pytest.fixture
def environment(world):
    """The settings of a router in health."""
    return dict(world.environment)


async def found(environment, subject):
    """The finding on that subject."""
    findings = {finding.subject: finding for finding in await examine(environment)}
    assert subject in findings, findings
    return findings[subject]


@asynccontextmanager
async def answering(reply):
    """A provider that answers every request with these bytes; gives its base URL."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def listing(**headers):
    """A provider's reply with an empty list of models and these headers."""
    lines = [f"{name.capitalize()}: {value}" for name, value in headers.items()]
    head = ["HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 11", *lines, "Connection: close"]
    return "\r\n".join([*head, "", '{"data":[]}']).encode()


async def test_in_health_there_is_no_fault_and_no_call_that_costs(world, environment):
    findings = await examine(environment)
    assert not has_fault(findings), findings
    subjects = [finding.subject for finding in findings if finding.verdict is Verdict.GOOD]
    for subject in ("settings", "routing table", "key of groq", "address of openrouter", "clock", "database", "disk"):
        assert subjects.count(subject) == 1
    assert "task vision" in subjects
    assert world.seen == []


async def test_no_finding_holds_a_key(world, environment):
    world.simulator.set_fault("groq", "*", Fault("unauthorized"))
    shown = str(await examine(environment | {"OPENROUTER_API_KEY": environment["GROQ_API_KEY"]}))
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        assert environment[name] not in shown


async def test_a_key_that_is_refused_says_where_to_make_another(environment):
    reply = b'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n{"error": {"message": "Invalid API Key"}}'
    async with answering(reply) as address:
        finding = await found(environment | {"GROQ_BASE_URL": address}, "key of groq")
    assert finding.verdict is Verdict.FAULT
    assert "https://console.groq.com/keys" in finding.advice
    assert "GROQ_API_KEY" in finding.advice


async def test_a_key_in_anothers_place_is_named_and_the_other_provider_is_looked_at_all_the_same(environment):
    environment |= {"GROQ_API_KEY": environment["OPENROUTER_API_KEY"]}
    findings = {finding.subject: finding for finding in await examine(environment)}
    assert findings["key of groq"].verdict is Verdict.FAULT
    assert "OPENROUTER_API_KEY" in findings["key of groq"].words
    assert findings["key of openrouter"].verdict is Verdict.GOOD


async def test_without_any_key_it_says_what_works_and_what_does_not(environment):
    finding = await found(environment | {"GROQ_API_KEY": "", "OPENROUTER_API_KEY": ""}, "keys")
    assert finding.verdict is Verdict.FAULT
    assert "library and gateway refuse to start" in finding.words


async def test_one_provider_alone_is_no_fault(environment):
    findings = await examine(environment | {"OPENROUTER_API_KEY": ""})
    assert not has_fault(findings)
    assert "key of openrouter" in {finding.subject for finding in findings if finding.verdict is Verdict.NOTE}


async def test_an_address_where_nobody_is_fails_and_its_targets_serve_nothing(environment):
    environment |= {"GROQ_BASE_URL": "http://127.0.0.1:9/v1", "OPENROUTER_API_KEY": ""}
    findings = {finding.subject: finding for finding in await examine(environment)}
    assert findings["address of groq"].verdict is findings["task real-time-chat"].verdict is Verdict.FAULT
    assert "GROQ_BASE_URL" in findings["address of groq"].advice
    assert "groq cannot be used" in findings["task real-time-chat"].words


async def test_an_address_without_its_end_is_named_with_the_setting(environment):
    base = environment["GROQ_BASE_URL"]
    finding = await found(environment | {"GROQ_BASE_URL": base.rpartition("/")[0] + "/nowhere"}, "address of groq")
    assert (finding.verdict, "GROQ_BASE_URL" in finding.advice) == (Verdict.FAULT, True)


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0, Verdict.GOOD), (60, Verdict.WARNING), (-60, Verdict.WARNING), (7_200, Verdict.FAULT)]
)
async def test_a_clock_that_differs_from_the_providers_is_told_by_how_much(environment, seconds, verdict):
    async with answering(listing(date=formatdate(time() + seconds, usegmt=True))) as address:
        environment |= {"GROQ_BASE_URL": address, "OPENROUTER_API_KEY": ""}
        finding = await found(environment, "clock")
    assert finding.verdict is verdict
    assert ("behind" in finding.words, "ahead" in finding.words) == (seconds > 0, seconds < 0)


async def test_a_provider_without_a_readable_date_says_nothing_of_the_clock(environment):
    async with answering(listing(date="yesterday")) as address:
        findings = await examine(environment | {"GROQ_BASE_URL": address, "OPENROUTER_API_KEY": ""})
    assert "clock" not in {finding.subject for finding in findings}


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 100, None])
async def test_a_database_that_cannot_be_opened_is_named(environment, tmp_path, content):
    place = tmp_path / "other.db"
    place.mkdir() if content is None else place.write_bytes(content)
    finding = await found(environment | {"ROUTER_DATABASE_URL": f"sqlite:///{place}"}, "database")
    assert finding.verdict is Verdict.FAULT
    assert "ROUTER_DATABASE_URL" in finding.advice


async def test_a_table_that_cannot_be_read_leaves_the_rest_to_be_looked_at(environment, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[tasks\n")
    findings = {finding.subject: finding for finding in await examine(environment | {"ROUTER_ROUTES": str(broken)})}
    assert findings["routing table"].verdict is Verdict.FAULT
    assert findings["database"].verdict is Verdict.GOOD


async def test_a_setting_that_cannot_be_read_is_named(environment):
    finding = await found(environment | {"ROUTER_MODE": "sometimes"}, "settings")
    assert (finding.verdict, "ROUTER_MODE" in finding.words) == (Verdict.FAULT, True)


async def test_simulated_providers_are_no_fault_and_are_called_what_they_are(environment):
    findings = await examine(environment | {"ROUTER_MODE": "simulated"})
    assert not has_fault(findings)
    assert "invented" in next(finding.words for finding in findings if finding.subject == "keys")
