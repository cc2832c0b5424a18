"""The coach's services as a person uses them: a meal, an entry that the coach knows, a program; each exported."""

import csv
import json
import secrets

import pytest
from playwright.sync_api import expect

from router.simulator import Simulator
from tests.browser import console

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A fresh console on simulated providers that answer at once."""
    keys = {"GROQ_API_KEY": f"gsk_{secrets.token_hex(8)}", "OPENROUTER_API_KEY": f"sk-or-v1-{secrets.token_hex(8)}"}
    with Simulator(pace=0) as simulator:
        places = {"GROQ_BASE_URL": simulator.groq_url, "OPENROUTER_BASE_URL": simulator.openrouter_url}
        folder = tmp_path_factory.mktemp("console")
        with console.running_console(folder, ROUTER_MODE="auto", **keys, **places) as address:
            yield address


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """A photograph of a plate, drawn for the purpose."""
    from PIL import Image, ImageDraw

    path = tmp_path_factory.mktemp("pictures") / "plate.jpg"
    image = Image.new("RGB", (640, 480), "#f4efe6")
    ImageDraw.Draw(image).ellipse((160, 100, 480, 380), fill="#f0c040")
    image.save(path)
    return path


def sent(page):
    """Press the page's own button and wait for the result."""
    console.press(page, "send")
    page.wait_for_url("**/*?entry=**")
    console.ready(page)


def exported(page, name):
    """The text of the file behind a button."""
    with page.expect_download() as download:
        console.key(page, name).get_by_role("button").click()
    return download.value.path().read_text(encoding="utf-8-sig")


def correct_first_row(page, column, value):
    """Write into a cell of the table's first row, as a person does."""
    grid = page.locator(".stDataFrameGlideDataEditor").first
    grid.click(position={"x": 100, "y": 52})
    for _ in range(column):
        page.keyboard.press("ArrowRight", delay=20)
    page.keyboard.press("Enter")
    field = page.locator("#portal").locator("input, textarea").first
    field.fill(value)
    field.press("Enter")


def test_a_meal_in_words_becomes_a_corrected_and_exported_table(page, url):
    console.opened(page, f"{url}/meals")
    console.press(page, "example")
    expect(page.get_by_role("textbox", name="What did you eat?")).to_have_value(
        "2 eggs, toast with butter and a flat white"
    )
    sent(page)
    expect(page.get_by_text("393", exact=False).first).to_be_visible()
    correct_first_row(page, 4, "150")
    expect(page.locator(".figure").filter(has_text="Energy")).to_contain_text("400", timeout=20_000)
    console.ready(page)
    rows = list(csv.DictReader(exported(page, "csv-meal").splitlines()))
    assert [row["name"] for row in rows] == ["egg", "toast", "butter", "flat white", "Total"]
    assert float(rows[0]["kcal"]) == 150
    assert float(rows[-1]["kcal"]) == pytest.approx(sum(float(row["kcal"]) for row in rows[:-1]), abs=0.1)
    page.get_by_role("link", name="Coach").click()
    expect(console.heading(page, "Coach")).to_be_visible()
    page.get_by_role("link", name="Meals").click()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator(".figure").filter(has_text="Energy")).to_contain_text("400", timeout=20_000)
    page.reload()
    console.ready(page)
    expect(page.locator(".figure").filter(has_text="Energy")).to_contain_text("400", timeout=20_000)
    assert page.complaints == []


def test_a_meal_in_a_photo_becomes_a_table_and_a_file(page, url, picture):
    console.opened(page, f"{url}/meals")
    page.locator('input[type="file"]').set_input_files(str(picture))
    expect(page.get_by_text("plate.jpg")).to_be_visible()
    sent(page)
    expect(page.get_by_text("Another model puts the meal at")).to_be_visible()
    correct_first_row(page, 0, "Fried rice")
    expect(page.get_by_text("not clear")).to_have_count(0)
    console.ready(page)
    document = json.loads(exported(page, "json-meal"))
    assert document["items"][0]["name"] == "Fried rice"
    assert {served["role"] for served in document["served"]} == {"read", "check"}


def test_a_quick_entry_is_mentioned_by_the_coach(page, url):
    console.opened(page, f"{url}/quick-entry")
    console.press(page, "example-activity")
    expect(page.get_by_role("textbox", name="Entry")).to_have_value("ran 5 km in 27 min yesterday at 07:30")
    console.ready(page)
    sent(page)
    expect(console.key(page, "result")).to_contain_text("ran 5 km")
    page.get_by_role("link", name="Coach").click()
    expect(console.heading(page, "Coach")).to_be_visible()
    console.press(page, "ask-0")
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("ran 5 km in 27 min", timeout=30_000)
    expect(page.get_by_test_id("stChatMessage").last.get_by_text("Routing trace")).to_be_visible()


def test_the_coachs_conversation_is_there_again_after_a_reload_in_mid_reply(page, url):
    console.opened(page, f"{url}/coach")
    console.press(page, "ask-0")
    reply = page.get_by_test_id("stChatMessage").last
    expect(reply).to_contain_text("Simulated reply")
    page.reload()
    console.ready(page)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    expect(reply).to_contain_text("Simulated reply")
    expect(reply.get_by_text("Routing trace")).to_be_visible()
    console.go(page, "Meals")
    expect(console.heading(page, "Meals")).to_be_visible()
    console.go(page, "Coach")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    console.press(page, "clear")
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    page.reload()
    console.ready(page)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    assert page.complaints == []


def test_a_sign_of_danger_is_answered_with_advice_at_once(page, url):
    console.opened(page, f"{url}/coach")
    field = page.get_by_placeholder("Ask the coach")
    field.fill("Ich habe Brustschmerzen")
    field.press("Enter")
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("Notruf", timeout=20_000)


def test_a_four_week_program_is_written_with_its_tables_its_check_and_its_file(page, url):
    console.opened(page, f"{url}/programs")
    console.press(page, "example")
    expect(page.get_by_role("textbox", name="Goal")).to_have_value("Get stronger for everyday life")
    console.ready(page)
    console.press(page, "send")
    expect(page.get_by_role("tab", name="Week 4")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Second opinion, by another model family")).to_be_visible()
    console.ready(page)
    rows = list(csv.DictReader(exported(page, "csv-program").splitlines()))
    assert {row["week"] for row in rows} == {"1", "2", "3", "4"}
    assert all({row["session"] for row in rows if row["week"] == week} == {"1", "2", "3"} for week in "1234")
    assert page.complaints == []


def test_an_entry_is_deleted_alone_and_all_after_one_question(page, url):
    console.opened(page, f"{url}/quick-entry")
    count = page.locator('[class*="st-key-entry-"]').count()
    page.get_by_role("button", name="Delete", exact=True).first.click()
    expect(page.locator('[class*="st-key-entry-"]')).to_have_count(count - 1, timeout=20_000)
    console.press(page, "delete-all")
    expect(page.get_by_role("dialog")).to_contain_text("cannot be brought back")
    console.press(page, "confirm-delete-all")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible(timeout=20_000)
