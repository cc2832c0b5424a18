"""A router with its database on the simulated providers, over real sockets, with a clock that a test can turn."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field

from router import Completion, DualModelRouter, RouterError, TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES
from tests.databases import DatabaseForTest

MODES = ("complete", "stream")
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]
FIRST = ("groq", "openai/gpt-oss-120b")
PLAIN_FIRST = ("openai", "openai/gpt-oss-120b")
"""The first target where the speed provider is a plain OpenAI server."""
SECOND = ("openrouter", "nvidia/nemotron-3-super-120b-a12b:free")
DAY = 86_400.0
SECONDS_SCALE = 0.15
"""A task's time limits in these tests, to those of the shipped table."""


def name_of(target):
    """A target as tables and callers write it."""
    return ":".join(target)


class TurnableClock:
    """The machine's clock, plus what a test has turned it on by."""

    def __init__(self) -> None:
        self._turned = 0.0

    def time(self) -> float:
        return time.time() + self._turned

    def turn(self, seconds: float) -> None:
        self._turned += seconds

    def turn_to(self, epoch: float) -> None:
        self._turned = epoch - time.time()


def plain_table(text):
    """A routing table with a plain OpenAI server in Groq's place."""
    text = text.replace("[providers.groq]", "[providers.openai]").replace('dialect = "groq"', 'dialect = "openai"')
    return text.replace("groq:", "openai:")


def scaled_routes(folder, scale=SECONDS_SCALE, *, plain=False, deadline=None):
    """The shipped table with its tasks' time limits and paces (not its cooldowns) multiplied; gives the file.

    A total outage is waited out until the deadline: a test of one names a short `deadline`, for all tasks.
    """
    text = SHIPPED_ROUTES.read_text()
    if deadline is not None:
        text = re.sub(r"^deadline = .*$", f"deadline = {deadline}", text, flags=re.MULTILINE)
    text = re.sub(
        r"^(first_token|idle|attempt) = ([\d.]+)$",
        lambda found: f"{found[1]} = {float(found[2]) * scale:.3f}",
        plain_table(text) if plain else text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        r"^least_pace = ([\d.]+)$",
        lambda found: f"least_pace = {float(found[1]) / scale:.3f}",
        text,
        flags=re.MULTILINE,
    )
    path = folder / "routes.toml"
    path.write_text(text)
    return path


@dataclass
class Answer:
    """What a request came to."""

    completion: Completion | None = None
    error: RouterError | None = None
    events: list = field(default_factory=list)
    text: str = ""
    seconds: float = 0.0

    @property
    def kinds(self):
        return [event.kind for event in self.events]


class World:
    """A router and the providers it talks to.

    Args:
        scale: the tasks' time limits, to those of the shipped table.
        real: whether `wait` waits, rather than turning the router's clock.
        plain: whether a plain OpenAI server stands in Groq's place.
        deadline: seconds after which every task gives up; each as shipped where it is left out.
        database: where the log is; a file in the folder where none is named.

    Attributes:
        first: the target that is first in the task of these tests.
        answers: all that was asked and what it came to.
        notes: figures that a scenario wants told.
    """

    def __init__(
        self,
        simulator,
        folder,
        *,
        scale=SECONDS_SCALE,
        real=False,
        plain=False,
        deadline=None,
        database=None,
        **environment,
    ):
        self.simulator = simulator
        self.first = PLAIN_FIRST if plain else FIRST
        self.answers = []
        self.notes = {}
        self._real = real
        self.database = folder / "log.db"
        self._kept = database or DatabaseForTest("sqlite", f"sqlite:///{self.database}", folder)
        self.clock = TurnableClock()
        # A key of its own: the providers count each key's requests, and another test's are not this one's.
        token = secrets.token_hex(8)
        self.environment = {
            "GROQ_API_KEY": f"gsk_test_{token}",
            "OPENROUTER_API_KEY": f"sk-or-v1-test-{token}",
            "GROQ_BASE_URL": simulator.url_of("openai" if plain else "groq"),
            "OPENROUTER_BASE_URL": simulator.openrouter_url,
            "ROUTER_ROUTES": str(scaled_routes(folder, scale, plain=plain, deadline=deadline)),
            "ROUTER_DATABASE_URL": self._kept.url,
        } | environment
        self._mark = len(simulator.requests)
        self.router = self.new_router()
        self._beat = self.clock.time()

    def new_router(self):
        """Another router on the same database and providers."""
        wanted = {name: value for name, value in self.environment.items() if value is not None}
        return DualModelRouter.from_env(wanted, clock=self.clock)

    async def aclose(self):
        await self.router.aclose()

    async def wait(self, seconds):
        """Let time pass for the router."""
        if self._real:
            await asyncio.sleep(seconds)
        else:
            self.clock.turn(seconds)

    async def next_beat(self, seconds):
        """Until so long after the last beat (or the beginning)."""
        self._beat += seconds
        await self.wait(max(0.0, self._beat - self.clock.time()))

    async def ask(self, mode="complete", *, config=CHAT, messages=HELLO, **options) -> Answer:
        """One request by either door; an error is part of the answer."""
        answer = Answer()
        began = time.perf_counter()
        try:
            if mode == "complete":
                answer.completion = await self.router.complete(config=config, messages=messages, **options)
                answer.text = answer.completion.text
            else:
                await self._stream(answer, config, messages, options)
        except RouterError as error:
            answer.error = error
        answer.seconds = time.perf_counter() - began
        self.answers.append(answer)
        return answer

    async def _stream(self, answer, config, messages, options):
        async with self.router.stream(config=config, messages=messages, **options) as stream:
            async for event in stream:
                answer.events.append(event)
            answer.text, answer.completion = stream.text, stream.completion

    @property
    def seen(self):
        """The requests that the providers have seen since this world began."""
        return self.simulator.requests[self._mark :]

    def calls_to(self, provider, model):
        """How many of these were to one target."""
        return sum((request.provider, request.model) == (provider, model) for request in self.seen)

    async def given_up(self, index):
        """Until the provider has noticed that its reply to a request is not waited for any more."""
        request = self.seen[index]
        while request.disconnected_at is None:  # noqa: ASYNC110 – it is noticed in another thread
            await asyncio.sleep(0.001)
        (attempt,) = self.rows(f"SELECT latency_ms FROM attempts ORDER BY id LIMIT 1 OFFSET {index}")
        # By the provider's clock alone: the attempt's time runs from when its request left, not from its row's, which
        # a connection to the log's server, or the first call's libraries, may put a quarter of a second earlier.
        ended = request.at + attempt["latency_ms"] / 1000
        self.notes["seconds until the provider noticed"] = round(request.disconnected_at - ended, 3)
        if self._real:  # the scaled times are played on machines that are busy
            assert request.disconnected_at - ended <= 0.3

    def check_log(self):
        """Every request that a provider saw has a row, and no other has; nothing is left open."""
        sent = self.rows("SELECT provider, model FROM attempts WHERE outcome != 'not_sent'")
        until = time.monotonic() + 5.0
        while len(self.seen) < len(sent) and time.monotonic() < until:
            time.sleep(0.001)  # one that was sent and given up at once is read by another thread, in its turn
        seen = Counter((request.provider, request.model) for request in self.seen)
        assert Counter((row["provider"], row["model"]) for row in sent) == seen
        assert self.rows("SELECT id FROM attempts WHERE outcome = 'pending'") == []
        assert self.rows("SELECT id FROM requests WHERE status = 'running'") == []

    def check_answers(self):
        """What the callers were told of their attempts is what the log says."""
        told = Counter(
            (attempt.provider, attempt.model, attempt.outcome, attempt.http_status)
            for answer in self.answers
            for attempt in (answer.completion or answer.error).attempts
            if attempt.outcome != "skipped"
        )
        rows = self.rows("SELECT provider, model, outcome, http_status FROM attempts")
        assert Counter(tuple(row.values()) for row in rows) == told
        served = {answer.completion.request_id: answer.completion for answer in self.answers if answer.completion}
        for row in self.rows("SELECT id, provider, model FROM requests WHERE status = 'succeeded'"):
            completion = served.pop(row["id"])
            assert (row["provider"], row["model"]) == (completion.provider, completion.model)
        assert not served

    def rows(self, query, *values):
        """Rows of the log, by column name."""
        self.router.store.flush()
        return self._kept.named_rows(query, *values)
