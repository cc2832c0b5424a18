"""Recordings through the router, over real sockets: answered, passed on, remembered, written down, never kept."""

import asyncio
from dataclasses import replace

import pytest

from router import AllTargetsFailed, DeadlineExceeded, RequestRejected, RouterClosed, Target, Transcription
from router.simulator import Fault
from router.types import TargetState
from tests.sounds import ENTRY_WORDS, MP3, SPOKEN_ENTRY, tone
from tests.world import World

pytestmark = pytest.mark.anyio
TURBO = Target("groq", "whisper-large-v3-turbo")
LARGE = Target("groq", "whisper-large-v3")


def states(world, **options):
    return {str(line.target): line.state for line in world.router.plan_transcription(**options)}


async def test_a_sample_is_written_down_by_the_first_model_of_the_chain(world):
    said = await world.router.transcribe(SPOKEN_ENTRY)
    assert isinstance(said, Transcription)
    assert (said.text, Target(said.provider, said.model), said.simulated) == (ENTRY_WORDS, TURBO, True)
    assert (said.language, round(said.seconds)) == ("English", 3)
    assert world.router.get_usage_stats()["breakdown"] == {str(TURBO): 1}


async def test_a_recording_without_known_words_is_answered_in_a_sentence_that_says_it_is_simulated(world):
    assert (await world.router.transcribe(tone(2.0))).text == "Simulated transcription of a recording of 2 seconds"


@pytest.mark.parametrize(
    "fault",
    [Fault("server_error"), Fault("rate_limited", retry_after=30), Fault("gone"), Fault("reset"), Fault("html_error")],
)
async def test_where_the_first_model_fails_the_second_answers_and_the_failure_is_remembered(world, simulator, fault):
    simulator.set_fault(*_pair(TURBO), fault)
    said = await world.router.transcribe(SPOKEN_ENTRY)
    assert (said.text, said.requested_model) == (ENTRY_WORDS, LARGE.model)
    assert [attempt.failed for attempt in said.attempts] == [True, False]
    assert states(world)[str(TURBO)] is not TargetState.SERVING
    await world.router.transcribe(SPOKEN_ENTRY)
    assert world.calls_to(*_pair(TURBO)) == 1  # it cools down


async def test_a_named_wait_is_kept_and_a_reset_frees_the_model(world, simulator):
    simulator.set_fault(*_pair(TURBO), Fault("rate_limited", kind="ASPH", retry_after=120))
    await world.router.transcribe(SPOKEN_ENTRY)
    (cooldown,) = world.router.failures()
    assert (cooldown.model, cooldown.outcome) == (TURBO.model, "rate_limited")
    assert cooldown.until - cooldown.since == pytest.approx(120, abs=2)
    simulator.clear_faults()
    assert world.router.reset_failures("groq", TURBO.model) == 1
    assert (await world.router.transcribe(SPOKEN_ENTRY)).model == TURBO.model


async def test_a_refused_key_costs_one_call_and_stops_chat_and_speech_alike(world, simulator):
    simulator.set_fault("groq", "*", Fault("unauthorized"))
    with pytest.raises(AllTargetsFailed) as caught:
        await world.router.transcribe(SPOKEN_ENTRY)
    assert len(world.seen) == 1
    assert "refuses the key" in str(caught.value)
    assert world.environment["GROQ_API_KEY"] not in str(caught.value)
    answer = await world.ask()
    assert answer.completion.provider == "openrouter"


async def test_what_no_model_can_read_is_refused_after_two_have_said_so_and_cools_nobody_down(world):
    with pytest.raises(RequestRejected, match="valid media file"):
        await world.router.transcribe(b"RIFF\x24\0\0\0WAVEfmt nonsense")
    assert [request.model for request in world.seen] == [TURBO.model, LARGE.model]
    assert world.router.failures() == []


@pytest.mark.parametrize("data", [b"", b"no sound at all", tone(1.0, loudness=0)])
async def test_what_holds_no_sound_is_said_before_anything_is_sent(world, data):
    with pytest.raises(ValueError, match="recording is"):
        await world.router.transcribe(data)
    assert list(world.seen) == []


async def test_a_recording_that_is_too_large_is_sent_nowhere_and_the_plan_says_why(world):
    large = MP3 + bytes(27_000_000)
    with pytest.raises(AllTargetsFailed):
        await world.router.transcribe(large)
    assert list(world.seen) == []
    lines = world.router.plan_transcription(large)
    assert {line.state for line in lines} == {TargetState.UNFIT}
    assert "takes 25.0 MiB at most" in lines[0].reason


async def test_with_no_provider_that_can_the_plan_names_the_key_that_is_missing(simulator, tmp_path):
    world = World(simulator, tmp_path, GROQ_API_KEY=None)
    with pytest.raises(AllTargetsFailed):
        await world.router.transcribe(SPOKEN_ENTRY)
    assert {line.reason for line in world.router.plan_transcription()} == {"GROQ_API_KEY is not set"}
    await world.aclose()


async def test_a_table_of_an_older_version_knows_no_speech_and_serves_all_else(simulator, tmp_path):
    world = World(simulator, tmp_path)
    path = tmp_path / "routes.toml"
    head, _, rest = path.read_text().partition("[transcription]")
    path.write_text(head + rest[rest.index("# --- models that are gone") :])
    assert world.router.plan_transcription() == []
    with pytest.raises(AllTargetsFailed):
        await world.router.transcribe(SPOKEN_ENTRY)
    assert (await world.ask()).completion is not None
    await world.aclose()


async def test_the_log_tells_of_a_recording_what_it_was_who_was_tried_and_what_was_said(world, simulator):
    simulator.set_fault(*_pair(TURBO), Fault("server_error"))
    said = await world.router.transcribe(SPOKEN_ENTRY, source="console", purpose="service")
    (row,) = world.rows("SELECT task_type, source, purpose, status, model, simulated FROM requests")
    assert row == {
        "task_type": "transcription", "source": "console", "purpose": "service", "status": "succeeded",
        "model": LARGE.model, "simulated": 1,
    }  # fmt: skip
    attempts = world.rows("SELECT model, outcome, sent FROM attempts ORDER BY ordinal")
    assert [tuple(attempt.values()) for attempt in attempts] == [
        (TURBO.model, "server_error", 1),
        (LARGE.model, "succeeded", 1),
    ]
    stored = world.router.store.statistics.request(said.request_id)
    assert (stored.answer, stored.request["recording"]["bytes"]) == (ENTRY_WORDS, len(SPOKEN_ENTRY))
    assert SPOKEN_ENTRY[1000:1100].hex() not in str(stored)


async def test_with_content_off_no_word_of_a_recording_is_kept(simulator, tmp_path):
    world = World(simulator, tmp_path, ROUTER_LOG_CONTENT="0")
    said = await world.router.transcribe(SPOKEN_ENTRY)
    stored = world.router.store.statistics.request(said.request_id)
    assert (stored.request, stored.answer) == (None, None)
    await world.aclose()


async def test_the_seconds_of_sound_that_are_left_are_known(world):
    await world.router.transcribe(SPOKEN_ENTRY)
    left = {(allowance.model, allowance.unit): allowance.remaining for allowance in world.router.quotas()}
    assert left[TURBO.model, "audio seconds"] == pytest.approx(7_190, abs=2)


async def test_a_recording_that_needs_more_seconds_than_are_left_goes_to_the_next_model(world):
    await world.router.transcribe(SPOKEN_ENTRY)
    (stated,) = [allowance for allowance in world.router.quotas() if allowance.unit == "audio seconds"]
    now = world.clock.time()
    little = replace(stated, remaining=20, resets_at=now + 3_000, seen_at=now)
    world.router.store.allowances.put_allowance(little)
    world.router.store.flush()
    world.clock.turn(6)  # by when what another process has been told is read
    long = MP3 + bytes(800_000)  # by its size some fifty seconds
    assert states(world, recording=long)[str(TURBO)] is TargetState.NO_ALLOWANCE
    assert states(world)[str(TURBO)] is TargetState.SERVING
    assert (await world.router.transcribe(long)).model == LARGE.model


async def test_a_recording_of_some_megabytes_arrives_whole(world):
    data = MP3 + bytes(range(256)) * 12_000
    await world.router.transcribe(data)
    (request,) = world.seen
    assert request.body["file"] == {"name": "recording.mp3", "bytes": len(data)}
    assert int(request.headers["content-length"]) > len(data)
    assert "transfer-encoding" not in request.headers


async def test_targets_can_be_pinned_and_a_chat_model_is_told_apart(world):
    assert (await world.router.transcribe(SPOKEN_ENTRY, targets=[LARGE])).model == LARGE.model
    with pytest.raises(AllTargetsFailed):
        await world.router.transcribe(SPOKEN_ENTRY, targets=["openrouter:openrouter/free"])
    assert len(world.seen) == 1


async def test_all_down_is_waited_for_and_ends_with_the_time_of_return_or_the_deadline(world, simulator):
    simulator.set_fault("groq", "*", Fault("rate_limited", retry_after=600))
    with pytest.raises(AllTargetsFailed) as caught:
        await world.router.transcribe(SPOKEN_ENTRY, deadline=0.5)
    assert caught.value.retry_at is not None
    simulator.set_fault("groq", "*", Fault("silent"))
    world.router.reset_failures()
    with pytest.raises(DeadlineExceeded):
        await world.router.transcribe(SPOKEN_ENTRY, deadline=0.3)


async def test_a_caller_who_gives_up_ends_the_call_upstream(world, simulator):
    simulator.set_fault("groq", "*", Fault("silent"))
    task = asyncio.create_task(world.router.transcribe(SPOKEN_ENTRY))
    while not list(world.seen):  # noqa: ASYNC110 – it is noted in another thread
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.given_up(0)
    assert world.rows("SELECT status FROM requests") == [{"status": "cancelled"}]
    assert world.router.failures() == []


async def test_a_closed_router_takes_no_recording(world):
    await world.router.aclose()
    with pytest.raises(RouterClosed):
        await world.router.transcribe(SPOKEN_ENTRY)


def _pair(target):
    return target.provider, target.model
