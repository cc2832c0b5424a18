"""The shipped table, and what a table may not say."""

import re

import pytest

from router.errors import ConfigurationError
from router.settings import SHIPPED_ROUTES
from router.table.edits import as_toml
from router.table.route_file import load_routes
from router.types import SpeechTask, Target, TaskType, Tier

ASKED_FOR = {
    "real-time-chat": ["groq:llama-3.3-70b-versatile", "openrouter:meta-llama/llama-3.3-70b-instruct:free"],
    "quick-categorization": ["groq:llama-3.1-8b-instant", "openrouter:google/gemini-2.0-flash-exp:free"],
    "complex-reasoning": ["openrouter:deepseek/deepseek-r1:free", "groq:deepseek-r1-distill-llama-70b"],
    "vision": ["openrouter:meta-llama/llama-4-scout:free", "openrouter:01-ai/yi-vision"],
    "structured-output": ["groq:llama-3.3-70b-versatile", "openrouter:qwen/qwen-2.5-coder-32b-instruct:free"],
    "program-generation": ["openrouter:deepseek/deepseek-r1:free", "openrouter:deepseek/deepseek-chat-v3-0324:free"],
    "streaming-feedback": ["groq:llama-3.3-70b-versatile", "openrouter:meta-llama/llama-3.3-70b-instruct:free"],
    "verification": ["openrouter:google/gemini-2.0-flash-exp:free", "groq:llama-3.3-70b-versatile"],
}


@pytest.fixture
def table():
    return load_routes(SHIPPED_ROUTES)


@pytest.mark.parametrize("task", list(TaskType))
def test_the_shipped_table_holds_each_task_as_it_was_asked_for(table, task):
    assert [str(target) for target in table.tasks[task].targets] == ASKED_FOR[task]


def test_every_model_that_was_asked_for_has_a_successor_at_its_own_provider(table):
    for task in table.tasks.values():
        for target in task.targets:
            successors = table.model(target).successors
            assert successors
            assert {successor.provider for successor in successors} == {target.provider}


@pytest.mark.parametrize("task", list(TaskType))
def test_every_chain_reaches_both_providers_so_that_one_key_serves_all_tasks(table, task):
    assert {target.provider for target in table.tasks[task].chain} == set(table.providers)


def test_the_last_resort_is_in_no_tier_that_an_override_asks_for(table):
    assert table.tier(Target("openrouter", "openrouter/free")) is Tier.NONE


def test_only_marked_models_are_free_where_the_provider_marks_them(table):
    openrouter = table.providers["openrouter"]
    assert openrouter.is_free("google/gemma-4-31b-it:free")
    assert openrouter.is_free("openrouter/free")
    assert not openrouter.is_free("openrouter/auto")
    assert not openrouter.is_free("01-ai/yi-vision")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("first_token = 7.0", "first_token = -1"), "first_token = -1"),
        (('tier = "speed"', 'tier = "fast"'), "providers.groq.tier = 'fast'"),
        (('"groq:openai/gpt-oss-20b", "openrouter:openrouter/free"]', '"nobody:x"]'), "names provider 'nobody'"),
        (("[tasks.vision]", "[tasks.seeing]"), "tasks.seeing"),
        (("version = 1", "version = 2"), "version = 2"),
        (("version = 1", "version ="), "no valid TOML"),
        (("version = 1", "version = " + "9" * 5_000), "no valid TOML"),
    ],
)
def test_what_a_table_may_not_say_is_named_with_its_file(tmp_path, change, named):
    path = tmp_path / "routes.toml"
    path.write_text(SHIPPED_ROUTES.read_text().replace(*change))
    with pytest.raises(ConfigurationError) as caught:
        load_routes(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_table_that_is_not_there_names_the_setting(tmp_path):
    with pytest.raises(ConfigurationError, match="ROUTER_ROUTES"):
        load_routes(tmp_path / "nowhere.toml")


# --- speech ----------------------------------------------------------------------------------------------------------


def test_recordings_have_a_chain_of_their_own_beside_the_eight_tasks(table):
    assert {target.provider for target in table.transcription.chain} == {"groq"}
    assert table.task(SpeechTask.TRANSCRIPTION) is table.transcription
    assert table.task(TaskType.VISION) is table.tasks[TaskType.VISION]
    assert all(table.entries[target.provider].wire.transcription for target in table.transcription.chain)


def test_what_an_offer_serves_for_all_tasks_is_not_about_recordings(table):
    assert [name for name, entry in table.offers.items() if entry.models_for(SpeechTask.TRANSCRIPTION)] == []


def test_an_exported_table_keeps_who_writes_recordings_down(table, tmp_path):
    path = tmp_path / "exported.toml"
    path.write_text(as_toml(table))
    again = load_routes(path)
    assert again.transcription.chain == table.transcription.chain
    assert again.providers["groq"].wire.transcription == table.providers["groq"].wire.transcription


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"groq:whisper-large-v3"]', '"nobody:whisper"]', "nobody"),
        ("largest = 26214400", "largest = 0", "dialects.groq.transcription.largest = 0"),
        ('at = "/audio/transcriptions"', 'at = "https://elsewhere.example"', "dialects.groq.transcription.at"),
        ("least_seconds = 10", 'formats = ["aiff"]', "dialects.groq.transcription.formats"),
    ],
)
def test_what_a_table_may_not_say_of_speech_is_named(tmp_path, old, new, named):
    path = tmp_path / "routes.toml"
    text = SHIPPED_ROUTES.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError, match=re.escape(named)):
        load_routes(path)
