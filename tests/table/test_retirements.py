"""What is announced to end."""

from datetime import date

from router.settings import SHIPPED_ROUTES
from router.table.listings import Listed, Listing, read_listing
from router.table.retirements import retirements, vanished_models
from router.table.route_file import load_routes
from router.types import SpeechTask, Target, TaskType

TABLE = load_routes(SHIPPED_ROUTES)
TODAY = date(2026, 11, 25)
TARGET = Target("openrouter", "deepseek/deepseek-v4-flash-0731:free")


def listing(expires):
    return {"openrouter": Listing(0.0, {TARGET.model: Listed(TARGET.model, expires=expires)})}


def test_nothing_is_announced_by_the_shipped_table_nor_by_no_list():
    assert retirements(TABLE, {}, TODAY) == []


def test_a_lists_announcement_names_its_day_and_every_task_that_it_serves_also_as_a_successor():
    (found,) = retirements(TABLE, listing(date(2026, 12, 1)), TODAY)
    assert (found.target, found.on) == (TARGET, date(2026, 12, 1))
    assert TaskType.COMPLEX_REASONING in found.tasks
    assert TaskType.VISION not in found.tasks


def test_an_end_that_has_passed_is_no_announcement():
    assert retirements(TABLE, listing(date(2026, 11, 24)), TODAY) == []
    assert len(retirements(TABLE, listing(TODAY), TODAY)) == 1


def test_the_table_may_announce_an_end_too(tmp_path):
    path = tmp_path / "routes.toml"
    key = '[models."groq:openai/gpt-oss-20b"]'
    path.write_text(SHIPPED_ROUTES.read_text().replace(key, f"{key}\nretired = 2027-01-31"))
    (found,) = retirements(load_routes(path), {}, TODAY)
    assert (found.target, found.on) == (Target("groq", "openai/gpt-oss-20b"), date(2027, 1, 31))


def vanished(*models, day=TODAY):
    listed = {model: Listed(model, expires=date(2026, 11, 20)) for model in models}
    return {model.target.model: model.tasks for model in vanished_models(TABLE, {"groq": Listing(0.0, listed)}, day)}


def test_a_model_that_stands_in_for_a_retired_one_has_vanished_where_its_provider_does_not_list_it():
    gone = vanished()
    assert TaskType.REAL_TIME_CHAT in gone["openai/gpt-oss-120b"]
    assert "llama-3.3-70b-versatile" not in gone  # the table knows of its end


def test_one_whose_announced_end_has_passed_is_gone_too_and_one_that_is_still_to_come_is_not():
    assert "openai/gpt-oss-120b" in vanished("openai/gpt-oss-120b")
    assert "openai/gpt-oss-120b" not in vanished("openai/gpt-oss-120b", day=date(2026, 11, 20))


def test_where_no_list_was_read_nothing_has_vanished():
    assert vanished_models(TABLE, {}, TODAY) == []


def test_a_model_that_writes_recordings_down_is_announced_too():
    target = Target("groq", "whisper-large-v3")
    entry = {"id": target.model, "expiration_date": "2026-12-01"}
    (end,) = retirements(TABLE, {"groq": read_listing(0.0, [entry])}, TODAY)
    assert (end.target, end.tasks) == (target, (SpeechTask.TRANSCRIPTION,))
