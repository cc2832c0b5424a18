"""Alerts against a real HTTP receiver: told once in all, once again when it is over, and never in a storm."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from router.alerts import AlertKind, AlertWatch
from router.alerts.watch import CALM_SECONDS, STANDS_SECONDS
from router.simulator import Fault
from tests.serving import served

pytestmark = pytest.mark.anyio
KEYS = (AlertKind.KEY_REFUSED,)


class Receiver:
    """A webhook; `refuses` is how many messages it refuses first."""

    def __init__(self, refuses=0):
        self.messages = []
        self.refuses = refuses
        self.url = ""

    async def take(self, request: Request):
        if self.refuses:
            self.refuses -= 1
            return Response(status_code=503)
        self.messages.append(await request.json())
        return Response(status_code=204)

    def told(self):
        return [(message["state"], message["subject"]) for message in self.messages]


@asynccontextmanager
async def receiving(refuses=0):
    receiver = Receiver(refuses)
    async with served(Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])) as address:
        receiver.url = f"{address}/hook?token=secret"
        yield receiver


async def look(*watches):
    """All of them look, each in a thread as it does in life."""
    await asyncio.gather(*(asyncio.to_thread(watch.look) for watch in watches))


async def refuse_key(world):
    world.simulator.set_fault("groq", "*", Fault("unauthorized"))
    await world.ask()


def accept_key(world):
    world.simulator.clear_faults()
    world.router.reset_failures()


async def test_through_flapping_there_is_one_message_and_one_all_clear(world):
    async with receiving() as receiver:
        watch = AlertWatch(world.router, kinds=KEYS, url=receiver.url)
        for _ in range(6):
            await refuse_key(world)
            await look(watch)
            world.clock.turn(STANDS_SECONDS)
            await look(watch)
            accept_key(world)
            await look(watch)
            world.clock.turn(CALM_SECONDS / 2)
            await look(watch)
        assert receiver.told() == [("firing", "groq")]
        world.clock.turn(CALM_SECONDS)
        await look(watch)
        await look(watch)
        assert receiver.told() == [("firing", "groq"), ("resolved", "groq")]
        (firing, resolved) = receiver.messages
        assert "Groq refuses its key." in firing["text"]
        assert "Over: " in resolved["text"]
        assert firing.keys() >= {"kind", "subject", "state", "message", "at", "text"}


async def test_of_several_processes_on_one_database_one_tells(world):
    others = [world.new_router() for _ in range(3)]
    async with receiving() as receiver:
        watches = [AlertWatch(router, kinds=KEYS, url=receiver.url) for router in (world.router, *others)]
        await refuse_key(world)
        await look(*watches)
        world.clock.turn(STANDS_SECONDS)
        for _ in range(3):
            await look(*watches)
        assert receiver.told() == [("firing", "groq")]
        accept_key(world)
        world.clock.turn(CALM_SECONDS)
        for _ in range(3):
            await look(*watches)
        assert receiver.told() == [("firing", "groq"), ("resolved", "groq")]
    for router in others:
        await router.aclose()


async def test_a_hiccup_is_told_to_nobody(world):
    async with receiving() as receiver:
        watch = AlertWatch(world.router, kinds=KEYS, url=receiver.url)
        await refuse_key(world)
        await look(watch)
        accept_key(world)
        world.clock.turn(CALM_SECONDS)
        await look(watch)
        assert receiver.messages == []
        assert world.router.store.alerts.all() == []


async def test_a_message_that_was_not_taken_is_sent_again_until_it_is(world):
    async with receiving(refuses=2) as receiver:
        watch = AlertWatch(world.router, kinds=KEYS, url=receiver.url)
        await refuse_key(world)
        await look(watch)
        world.clock.turn(STANDS_SECONDS)
        for _ in range(5):
            await look(watch)
        assert receiver.told() == [("firing", "groq")]


async def test_a_telling_that_died_with_its_process_is_anothers(world):
    async with receiving() as receiver:
        watch = AlertWatch(world.router, kinds=KEYS, url=receiver.url)
        await refuse_key(world)
        await look(watch)
        assert world.router.store.alerts.claim("key-refused|groq", now=world.clock.time())
        world.clock.turn(STANDS_SECONDS)
        await look(watch)
        assert receiver.messages == []
        world.clock.turn(120.0)
        await look(watch)
        assert receiver.told() == [("firing", "groq")]


async def test_what_nobody_wants_to_be_told_is_not_told(world):
    async with receiving() as receiver:
        watch = AlertWatch(world.router, kinds=(AlertKind.BILLED,), url=receiver.url)
        await refuse_key(world)
        await look(watch)
        world.clock.turn(STANDS_SECONDS)
        await look(watch)
        assert receiver.messages == []


async def test_the_thread_looks_by_itself_and_ends(world):
    watch = AlertWatch(world.router)
    watch.start()
    watch.stop()
    assert not watch._thread.is_alive()
