"""What is announced to end."""

from datetime import date

from router.settings import SHIPPED_ROUTES
from router.table.listings import Listed, Listing, read_listing
from router.table.retirements import retirements
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


def test_a_model_that_writes_recordings_down_is_announced_too():
    target = Target("groq", "whisper-large-v3")
    entry = {"id": target.model, "expiration_date": "2026-12-01"}
    (end,) = retirements(TABLE, {"groq": read_listing(0.0, [entry])}, TODAY)
    assert (end.target, end.tasks) == (target, (SpeechTask.TRANSCRIPTION,))
