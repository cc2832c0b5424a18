"""A provider of one's own making, from an entry in a file: called, its quota read, its cap held, its key tested."""

import base64
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from router import TaskConfig, TaskType
from router.errors import ConfigurationError
from router.failures.durations import DAY, MINUTE
from router.providers.key_check import try_key
from router.settings import Settings
from router.simulator import Fault
from router.table.operator_files import load_table
from router.types import TargetState
from tests.sounds import ENTRY_WORDS, SPOKEN_ENTRY
from tests.world import CHAT, HELLO, World

ENTRY = Path(__file__).parent.parent / "data" / "samples" / "odd-provider.toml"
pytestmark = pytest.mark.anyio
PHOTO = (Path(__file__).parent.parent / "data" / "samples" / "breakfast-plate.jpg").read_bytes()
PICTURE = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is on the plate?"},
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{base64.b64encode(PHOTO).decode()}"}},
        ],
    }
]
KEY = "odd-key-0123456789abcdef"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "providers"
    folder.mkdir()
    shutil.copy(ENTRY, folder)
    return folder


@pytest.fixture
async def own(simulator, tmp_path, folder):
    """A router with keys for all three, of which the first two refuse theirs."""
    world = World(
        simulator,
        tmp_path,
        ROUTER_PROVIDERS=str(folder),
        # A key of its own: the provider counts each key's requests, and another test's are not this one's.
        ODD_API_KEY=f"odd-key-{secrets.token_hex(8)}",
        ODD_BASE_URL=simulator.url_of("odd"),
        GROQ_API_KEY="gsk_revoked_0123456789",
        OPENROUTER_API_KEY="sk-or-v1-revoked-0123456789",
    )
    yield world
    await world.aclose()
    world.check_log()


@pytest.mark.parametrize("task", list(TaskType))
async def test_all_tasks_are_answered_by_the_added_provider_alone(own, task):
    messages = PICTURE if task is TaskType.VISION else HELLO
    answer = await own.ask("stream", config=TaskConfig(task), messages=messages)
    assert answer.error is None
    assert answer.completion.provider == "odd"
    assert answer.completion.model in ("fast-talker", "plate-reader")


async def test_what_is_sent_has_the_wires_own_names_and_a_schema_in_its_own_field(own):
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    answer = await own.ask(
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}},
        targets=["odd:plate-reader"], seed=7, max_tokens=300,
    )  # fmt: skip
    assert answer.completion.parsed.keys() == {"a"}
    body = own.seen[-1].body
    assert (body["max_tokens"], body["seed"]) == (300, 7)
    assert body["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize("mode", ["complete", "stream"])
async def test_its_tokens_are_counted_and_its_allowances_of_three_spans_read(own, mode):
    answer = await own.ask(mode, targets=["odd:fast-talker"])
    assert answer.completion.usage.completion_tokens > 0
    assert own.rows("SELECT tokens_estimated FROM attempts")[0]["tokens_estimated"] in (0, None)
    pools = {(one.unit, one.span): one for one in own.router.quotas() if one.model == "fast-talker"}
    assert pools.keys() == {("requests", DAY), ("requests", MINUTE), ("tokens", MINUTE)}
    assert pools["requests", DAY].limit == 200
    assert pools["requests", DAY].remaining == 199


async def test_its_daily_cap_holds_the_model_until_that_providers_midnight(own):
    own.simulator.set_fault("odd", "fast-talker", Fault("day_cap"))
    answer = await own.ask()
    assert answer.completion.model == "plate-reader"
    (capped,) = [one for one in own.router.failures() if one.provider == "odd"]
    midnight = datetime.fromtimestamp(own.clock.time(), ZoneInfo("Asia/Tokyo")).date() + timedelta(days=1)
    ends = datetime.combine(midnight, datetime.min.time(), ZoneInfo("Asia/Tokyo")).timestamp()
    assert capped.until == pytest.approx(ends, abs=5)
    await own.ask()
    assert own.calls_to("odd", "fast-talker") == 1


async def test_its_list_says_which_models_are_gone_and_what_the_others_can_do(own):
    await own.router.refresh_catalogue()
    listed = own.router.listings()["odd"].models
    assert listed.keys() == {"plate-reader", "fast-talker"}
    assert listed["plate-reader"].vision
    assert listed["fast-talker"].context == 131_072
    own.simulator.remove_model("odd", "fast-talker")
    await own.router.refresh_catalogue()
    states = {line.model: line.state for line in own.router.plan(config=CHAT) if line.provider == "odd"}
    assert states == {"fast-talker": TargetState.RETIRED, "plate-reader": TargetState.SERVING}


@pytest.mark.parametrize(
    ("key", "accepted", "words"), [(KEY, True, "of 500 used"), ("revoked-0123456789", False, "key")]
)
async def test_its_key_is_tested_by_what_its_account_says(simulator, folder, key, accepted, words):
    settings = Settings.from_env({"ODD_API_KEY": key, "ODD_BASE_URL": simulator.url_of("odd")})
    entry = load_table(settings.routes, folder).offers["odd"]
    before = len(simulator.requests)
    verdict = await try_key("odd", entry, settings)
    assert (verdict.accepted, words in verdict.words) == (accepted, True)
    assert len(simulator.requests) == before, "a test costs no request"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("server_error", status=503), "server_error"),
        (Fault("unauthorized"), "unauthorized"),
        (Fault("gone"), "gone"),
        (Fault("context_length"), "context_length"),
        (Fault("rate_limited", retry_after=4.0, kind="RPM"), "rate_limited"),
        (Fault("day_cap"), "rate_limited"),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["complete", "stream"])
async def test_its_errors_mean_what_they_say_in_each_of_their_forms(own, mode, fault, outcome):
    own.simulator.set_fault("odd", "fast-talker", fault)
    await own.ask(mode, targets=["odd:fast-talker"], fallback=False, deadline=2.0)
    attempt = own.rows("SELECT outcome, error FROM attempts")[0]
    assert attempt["outcome"] == outcome
    assert "{" not in attempt["error"], "the provider's sentence, and not its wrapping"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('span = "minute"', 'span = "fortnight"'), ["dialects.odd.limits.1.span = 'fortnight'", "'minute'", "'day'"]),
        (('chat = "/talk"', 'chatt = "/talk"'), ["dialects.odd.chatt = '/talk'", "no such setting", "chat is meant"]),
        (('midnight = "Asia/Tokyo"', 'midnight = "Tokio"'), ["dialects.odd.midnight = 'Tokio'", "America/Los_Angeles"]),
        (("bucket is empty", "bucket (is"), ["refusals.0.words.0 = 'bucket (is'", "regular expression"]),
        (('means = "model_day_used_up"', 'means = "tired"'), ["means = 'tired'", "'model_day_used_up'"]),
        (('at = "/catalog"', 'at = "https://elsewhere.example/catalog"'), ["dialects.odd.models.at", "elsewhere"]),
        (('dialect = "odd"', 'dialect = "oddd"'), ["providers.odd.dialect = 'oddd'", "it is one of", "openrouter"]),
        (("{key}", "{keys}"), ["key_form", "{keys}", "app_title"]),
        (('free = "plan"', 'free = "yes"'), ["providers.odd.free = 'yes'", "'plan'"]),
        (('[models."odd:plate-reader"]', '[models."groq:plate-reader"]'), ["'groq:plate-reader'", "odd"]),
        (("[providers.odd]", "[provider.odd]"), ["provider", "providers is meant"]),
        (("label = \"Odd one\"", "label = "), ["no valid TOML"]),
    ],
)  # fmt: skip
def test_what_an_entry_may_not_say_is_named_with_its_file_its_place_and_what_is_allowed(folder, change, named):
    file = folder / ENTRY.name
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change))
    with pytest.raises(ConfigurationError) as caught:
        load_table(Settings.from_env({}).routes, folder)
    for words in [str(file), *named]:
        assert words in str(caught.value)


def test_an_entry_that_is_there_already_is_refused_by_its_name(folder):
    (folder / "again.toml").write_text(ENTRY.read_text())
    with pytest.raises(ConfigurationError, match=r"offers\.odd is there already"):
        load_table(Settings.from_env({}).routes, folder)


async def test_without_its_key_it_stands_nowhere(simulator, tmp_path, folder):
    world = World(simulator, tmp_path, ROUTER_PROVIDERS=str(folder))
    assert "odd" not in world.router.table.providers
    assert not [line for line in world.router.plan(config=CHAT) if line.provider == "odd"]
    await world.aclose()


@pytest.mark.parametrize(("first_token", "answered"), [("first_token = 3.0", True), ("", False)])
async def test_a_provider_that_is_slow_to_begin_is_given_the_time_that_its_entry_says(
    simulator, tmp_path, folder, first_token, answered
):
    file = folder / ENTRY.name
    file.write_text(file.read_text().replace('free = "plan"', f'free = "plan"\n{first_token}'))
    world = World(
        simulator, tmp_path, ROUTER_PROVIDERS=str(folder), ODD_API_KEY=KEY, ODD_BASE_URL=simulator.url_of("odd")
    )
    simulator.set_fault("odd", "fast-talker", Fault("slow_start", seconds=1.4))
    answer = await world.ask("stream", targets=["odd:fast-talker", "groq:openai/gpt-oss-20b"])
    assert (answer.completion.provider == "odd") is answered
    await world.aclose()


async def test_a_part_of_the_address_that_is_not_set_is_named(folder):
    file = folder / ENTRY.name
    address = 'base_url = "http://127.0.0.1:8600/{account}/v9"\nurl_parts = { account = "ODD_ACCOUNT" }'
    file.write_text(file.read_text().replace('base_url = "http://127.0.0.1:8600/odd/v9"', address))
    settings = Settings.from_env({"ODD_API_KEY": KEY})
    entry = load_table(settings.routes, folder).offers["odd"]
    assert (await try_key("odd", entry, settings)).words == "ODD_ACCOUNT is not set."
    with pytest.raises(ConfigurationError, match="ODD_ACCOUNT cannot be a part"):
        await try_key("odd", entry, Settings.from_env({"ODD_API_KEY": KEY, "ODD_ACCOUNT": "a/../b"}))


async def test_a_recording_is_written_down_by_it_in_the_form_that_its_file_describes(own):
    said = await own.router.transcribe(SPOKEN_ENTRY)
    assert (said.text, said.provider, said.model, round(said.seconds)) == (ENTRY_WORDS, "odd", "listener", 3)
    assert own.seen[-1].body["engine"] == "listener"
    assert own.seen[-1].body["file"] == {"name": "recording.wav", "bytes": len(SPOKEN_ENTRY)}


async def test_a_recording_that_its_file_says_it_does_not_take_is_not_sent_there(own):
    lines = own.router.plan_transcription(b"OggS" + bytes(40))
    reasons = {line.provider: line.reason for line in lines}
    assert reasons["odd"] == "it takes no ogg; it takes wav, mp3"
