"""Cases played over real sockets, several lanes side by side, each with a router and a database of its own."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass

from PIL import Image

from router import Completion, DualModelRouter, RequestRejected, RouterError, TaskConfig, TaskType
from router.settings import SHIPPED_ROUTES
from tests.fuzz.cases import make_case
from tests.fuzz.odd_json import ACCOUNT_IDS, SECRET_KEYS
from tests.fuzz.server import GeneratedProvider, WireReply

LANES = 12
CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
DEADLINE = 8.0
SLACK = 2.0
"""Seconds past the deadline that a busy machine may take."""
HEALTHY = "The other target's answer."
SCALE, PATIENT_SCALE = 0.15, 1.0
"""The attempts' time limits to those of the shipped table, at first and where time itself was the trouble."""

PATIENT_DEADLINE = 60.0
_WARMING_UP = [{"role": "user", "content": "Hello"}]
_PERHAPS_SEEN = ("connection_lost", "stale_connection")
_UNREADABLE = re.compile("\ufffd+")
_TIMES = ("timed_out", "no_first_token", "stalled", "deadline")
"""Outcomes that a busy machine may bring about by itself."""


@dataclass(frozen=True)
class Fault:
    """What was wrong with a case."""

    seed: int
    family: str
    words: str

    def __str__(self):
        return f"seed {self.seed} ({self.family}): {self.words}"


async def play_all(seeds, folder):
    """Play the cases of all seeds; gives the faults, by seed."""
    queue = iter(seeds)
    async with GeneratedProvider() as provider:
        lanes = [Lane(number, provider, folder) for number in range(LANES)]
        found = await asyncio.gather(*(lane.play_from(queue) for lane in lanes))
    return sorted((fault for faults in found for fault in faults), key=lambda fault: fault.seed)


class Lane:
    """One router, and cases one after the other."""

    def __init__(self, number, provider, folder):
        self._name = f"lane{number}"
        self._provider = provider
        self._database = folder / f"{self._name}.db"
        self._faults = []
        self._folder = folder
        self._router = self._new_router(SCALE)

    def _new_router(self, scale):
        base = f"{self._provider.url}/{self._name}"
        return DualModelRouter.from_env(
            {
                "GROQ_API_KEY": SECRET_KEYS[0],
                "OPENROUTER_API_KEY": SECRET_KEYS[1],
                "GROQ_BASE_URL": f"{base}/groq/v1",
                "OPENROUTER_BASE_URL": f"{base}/openrouter/v1",
                "ROUTER_ROUTES": str(_routes(self._folder, scale)),
                "ROUTER_DATABASE_URL": f"sqlite:///{self._database}",
            }
        )

    async def play_from(self, queue):
        """Play what the queue holds until it is empty; gives the faults."""
        async with self._router:
            # The first call loads libraries and opens connections, which a busy machine may need seconds for.
            self._provider.play[self._name] = lambda provider, document: _healthy_reply(HEALTHY, document)
            await self._router.complete(config=CHAT, messages=_WARMING_UP)
            for seed in queue:
                self._router.reset_failures()
                await self._play(make_case(seed))
        self._check_log()
        return self._faults

    async def _play(self, case):
        faults, was_late = await self._faults_of(case, self._router, DEADLINE)
        if faults and was_late:
            # A busy machine does that by itself: what only time has spoiled is right with enough of it.
            async with self._new_router(PATIENT_SCALE) as patient:
                patient.reset_failures()
                faults, _ = await self._faults_of(make_case(case.seed), patient, PATIENT_DEADLINE, take=2)
        self._faults += [Fault(case.seed, case.family, words) for words in faults]

    async def _faults_of(self, case, router, deadline, *, take=1):
        """What is wrong with a case, and whether any of it may be for want of time."""
        self._provider.play[self._name] = lambda provider, document: _reply(case, provider, document)
        began = time.perf_counter()
        result = await self._ask(case, router, deadline, take)
        seconds = time.perf_counter() - began
        faults = list(check(case, result, self._calls_for(case, take), seconds, deadline))
        outcomes = [attempt.came_to or attempt.outcome for attempt in getattr(result, "attempts", ())]
        return faults, seconds > deadline / 2 or any(outcome in _TIMES for outcome in outcomes)

    def _calls_for(self, case, take):
        """The case's own calls: on a busy machine one of the case before may be read only now."""
        seen, bodies = self._provider.seen[self._name], self._provider.bodies[self._name]
        calls = [target for target, body in zip(seen, bodies, strict=True) if _title(case, take).encode() in body]
        bodies[:] = [b""] * len(bodies)  # pictures are large, and thousands of cases follow
        return calls

    async def _ask(self, case, router, deadline, take):
        options = {"config": CHAT, "messages": _messages(case, take), "targets": case.targets, "deadline": deadline}
        if case.wants_json:
            options["config"] = TaskConfig(type=TaskType.REAL_TIME_CHAT, requires_json=True)
        if case.limit is not None:
            options["max_tokens"] = case.limit
        try:
            async with asyncio.timeout(deadline + SLACK):
                if case.mode == "complete":
                    return await router.complete(**options)
                return await self._stream(router, options)
        except Exception as error:  # noqa: BLE001 – whatever it is, the oracle judges it
            return error

    @staticmethod
    async def _stream(router, options):
        shown = ""
        async with router.stream(**options) as stream:
            async for event in stream:
                if event.kind == "restart":
                    shown = ""
                shown += event.text if event.kind == "delta" else ""
        if shown != stream.completion.text:
            return AssertionError(f"shown {shown!r}, completed {stream.completion.text!r}")
        return stream.completion

    def _check_log(self):
        """Every call has its row and no row is left open; no secret stands in the whole file."""
        with sqlite3.connect(self._database) as connection:
            rows = connection.execute("SELECT provider || ':' || model, outcome FROM attempts").fetchall()
            running = connection.execute("SELECT count(*) FROM requests WHERE status = 'running'").fetchone()[0]
            dump = "\n".join(connection.iterdump())
        connection.close()
        seen, logged = Counter(self._provider.seen[self._name]), Counter(rows)
        for words, wrong in {
            f"calls {dict(seen)}, rows {dict(logged)}": _unlike(seen, logged),
            f"{running} requests are left running": running > 0,
            "attempts are left pending": any(outcome == "pending" for _, outcome in rows),
            f"the database holds {secrets_in(dump)}": secrets_in(dump),
        }.items():
            if wrong:
                self._faults.append(Fault(-1, self._name, words))


def _routes(folder, scale):
    """The shipped table with shorter times, without OpenRouter's calls a minute."""
    text = re.sub(r"(?m)^requests_per_minute.*$", "", SHIPPED_ROUTES.read_text())
    times = r"(?m)^(first_token|idle|attempt) = ([\d.]+)$"
    path = folder / f"routes-{scale}.toml"
    path.write_text(re.sub(times, lambda found: f"{found[1]} = {float(found[2]) * scale:.3f}", text))
    return path


def _title(case, take):
    return f"Case {case.seed}, take {take},"


def _messages(case, take):
    text = f"{_title(case, take)} as JSON or not"
    if case.picture is None:
        return [{"role": "user", "content": text}]
    url = "data:image/png;base64," + base64.b64encode(case.picture).decode()
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def _reply(case, provider, document):
    if provider == case.provider:
        return case.reply(document)
    return _healthy_reply(_healthy_text(case), document)


def _healthy_reply(text, document):
    said = json.dumps(text)
    if document.get("stream"):
        event = f'{{"choices": [{{"delta": {{"content": {said}}}, "finish_reason": "stop"}}]}}'
        body, kind = f"data: {event}\n\ndata: [DONE]\n\n", "text/event-stream"
    else:
        body, kind = (
            f'{{"choices": [{{"message": {{"content": {said}}}, "finish_reason": "stop"}}]}}',
            "application/json",
        )
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return WireReply(((head + body).encode(),))


def _healthy_text(case):
    return json.dumps({"said": HEALTHY}) if case.wants_json else HEALTHY


# --- the oracle --------------------------------------------------------------------------------------------------


def check(case, result, calls, seconds, deadline):
    """What is wrong with a result, in words."""
    if seconds > deadline + SLACK:
        yield f"took {seconds:.1f} s"
    if case.picture is not None and isinstance(result, ValueError):
        return  # it is no picture, and was said to be none
    if not isinstance(result, Completion | RouterError):
        yield f"raised {type(result).__name__}: {str(result)[:200]}"
        return
    words = f"{result}" if isinstance(result, RouterError) else result.model
    attempts = [attempt for attempt in result.attempts if attempt.outcome != "skipped"]
    if found := secrets_in("\n".join([words, *(f"{attempt}" for attempt in attempts)])):
        yield f"shows {found}"
    sent = [(f"{attempt.provider}:{attempt.model}", attempt.outcome) for attempt in attempts]
    if _unlike(Counter(calls), Counter(sent)):
        yield f"attempts {sent}, calls {calls}"
    yield from _check_meaning(case, result, attempts)
    yield from _check_picture(case)


def _check_picture(case):
    """What goes out is a JPEG that can be read, and without what its maker wrote into it."""
    for document in case.requests if case.picture is not None else ():
        url = document["messages"][-1]["content"][-1]["image_url"]["url"]
        with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])), formats=["JPEG"]) as picture:
            picture.load()
            if picture.getexif():
                yield f"metadata went out: {dict(picture.getexif())}"


def _unlike(calls, attempts):
    """Whether calls and attempts (each with its outcome) do not agree.

    What left on a connection that the provider was closing may have been seen by nobody, and so may what was given up
    before a busy machine had read it.
    """
    most, least = Counter(), Counter()
    for (target, outcome), count in attempts.items():
        most[target] += count if outcome != "not_sent" else 0
        least[target] += count if outcome not in ("not_sent", *_PERHAPS_SEEN, *_TIMES) else 0
    return bool(calls - most or least - calls)


def _first_on_new_connection(attempts):
    """The first call's outcome, or the second's where the first went over a connection that was kept.

    A reply that ends in a reset may be lost there before it is read; it is asked for again.
    """
    is_lost = len(attempts) > 1 and attempts[0].outcome == "stale_connection"
    return attempts[1 if is_lost else 0].outcome


def _check_meaning(case, result, attempts):
    meaning, first = case.meaning, _first_on_new_connection(attempts)
    if meaning is None:
        if first not in (*_PERHAPS_SEEN, "not_sent"):
            yield f"the first target was not called: {result}"
        return
    if isinstance(result, RouterError):
        if not (meaning.refusal and isinstance(result, RequestRejected)):
            yield f"{type(result).__name__} although another target answers: {str(result)[:300]}"
    elif result.provider == case.provider:
        if not any(_is_same(case, result.text, text) for text in meaning.texts):
            yield f"said {result.text!r}, meant {meaning.texts or 'no whole answer'!r}"
    elif not _is_same(case, result.text, _healthy_text(case)):
        yield f"the other target said {result.text!r}"
    elif meaning.must and first not in _TIMES:
        yield f"{case.text!r} was to be had, but: {first}: {[attempt.error for attempt in attempts]}"
    if meaning.outcome and first != meaning.outcome and first not in _TIMES:
        yield f"outcome {first} ({[attempt.error for attempt in attempts]}), right: {meaning.outcome}"


def _is_same(case, text, meant):
    if case.wants_json:
        return json.loads(text) == json.loads(meant)
    # How many signs stand for what cannot be read is each reader's own affair.
    return _UNREADABLE.sub("\ufffd", text) == _UNREADABLE.sub("\ufffd", meant)


def secrets_in(text):
    """Keys and account ids that stand in a text."""
    return [secret for secret in (*SECRET_KEYS, *ACCOUNT_IDS) if secret in text]
