"""What a person does with the console, in a real browser against a fresh server."""

import json

import pytest
from playwright.sync_api import expect

from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from router.table.route_file import load_routes
from router.types import TaskType
from tests.browser import console

pytestmark = pytest.mark.timeout(180)
TABLE = load_routes(SHIPPED_ROUTES)
FIRST_VISITS = ("/", "/usage", "/programs", "/setup")
"""One page of each section: a server is fresh only once, and starting one takes seconds."""

TEXT_TASKS = [task for task in TaskType if task is not TaskType.VISION]


@pytest.fixture(scope="session")
def picture(tmp_path_factory):
    """A photograph of a plate, drawn for the purpose."""
    from PIL import Image, ImageDraw

    path = tmp_path_factory.mktemp("pictures") / "plate.jpg"
    image = Image.new("RGB", (640, 480), "#6b4a2f")
    ImageDraw.Draw(image).ellipse((120, 60, 520, 420), fill="#f4efe6")
    ImageDraw.Draw(image).ellipse((220, 160, 380, 300), fill="#f0c040")
    image.save(path)
    return path


def ask(page, task, prompt):
    """One prompt of a task, sent and waited for."""
    console.choose_task(page, TABLE.tasks[task].label)
    expect(page.get_by_text(TABLE.tasks[task].purpose)).to_be_visible()
    console.write(page, prompt).press("Control+Enter")
    page.wait_for_url("**run=**")


def answered(page):
    expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
    console.ready(page)


def test_a_prompt_of_each_text_task_is_answered_streamed_and_found_in_usage(page, staged):
    url, _, _ = staged
    for task in TEXT_TASKS:
        console.opened(page, url)
        ask(page, task, TABLE.tasks[task].example)
        answered(page)
        # Structured output brings its own schema along.
        words = '"food": "toast"' if task is TaskType.STRUCTURED_OUTPUT else "Simulated reply"
        expect(console.answer(page)).to_contain_text(words)
    console.opened(page, f"{url}/usage?rows=Simulated")
    expect(page.locator(".headline")).to_contain_text(f"{len(TEXT_TASKS)} requests")
    for task in TEXT_TASKS:
        expect(page.get_by_test_id("stPlotlyChart").nth(1)).to_contain_text(TABLE.tasks[task].label)
    assert page.complaints == []


def test_a_picture_is_looked_at(page, url, picture):
    console.opened(page, url)
    console.choose_task(page, "Vision")
    page.locator('input[type="file"]').set_input_files(str(picture))
    expect(page.get_by_text("No metadata found.")).to_be_visible()
    console.write(page, "What is on this plate?").press("Control+Enter")
    page.wait_for_url("**run=**")
    answered(page)
    expect(console.answer(page)).to_contain_text("640 × 480 pixels")


def test_json_is_one_checked_document(page, url):
    console.opened(page, url)
    console.choose_task(page, "Structured output")
    console.write(page, "two eggs and toast").press("Control+Enter")
    page.wait_for_url("**run=**")
    answered(page)
    expect(console.answer(page)).to_contain_text('"category": "meal"')


def shown_within_the_shell(page, address, path):
    console.opened(page, address + path)
    expect(console.heading(page, console.PAGES[path])).to_be_visible()
    expect(page).to_have_title(f"{console.PAGES[path]} · Dual-router console")
    expect(page.get_by_text("Ask once, get an answer from whichever free model is up.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Simulated providers")).to_be_visible()
    expect(page.get_by_role("link", name="Health")).to_be_visible()
    assert page.complaints == []


@pytest.mark.parametrize("path", FIRST_VISITS)
def test_a_deep_link_on_a_fresh_server_shows_the_page_within_the_shell(page, tmp_path, path):
    with console.running_console(tmp_path) as address:
        shown_within_the_shell(page, address, path)


@pytest.mark.parametrize("path", [path for path in console.PAGES if path not in FIRST_VISITS])
def test_a_deep_link_shows_the_page_within_the_shell(page, url, path):
    shown_within_the_shell(page, url, path)


def test_stop_in_mid_stream_ends_the_call_upstream_and_keeps_the_text(page, url):
    console.opened(page, url)
    ask(page, TaskType.PROGRAM_GENERATION, "A four-week program, please.")
    expect(console.answer(page)).to_contain_text("Simulated reply", timeout=30_000)
    console.press(page, "stop")
    expect(page.get_by_text("Stopped. Partial answer kept.")).to_be_visible()
    expect(console.answer(page)).to_contain_text("Simulated reply")


def test_a_run_survives_a_reload_with_its_text_complete_and_once(page, url):
    console.opened(page, url)
    ask(page, TaskType.PROGRAM_GENERATION, "A four-week program, please.")
    expect(console.answer(page)).to_contain_text("Simulated reply", timeout=30_000)
    page.reload()
    answered(page)
    assert console.answer(page).inner_text().count("Simulated reply") == 1
    expect(console.answer(page)).to_contain_text("Week 4")


def test_a_click_elsewhere_during_a_run_does_not_end_it(page, url):
    console.opened(page, url)
    ask(page, TaskType.PROGRAM_GENERATION, "A four-week program, please.")
    expect(console.answer(page)).to_contain_text("Simulated reply", timeout=30_000)
    console.settings(page).get_by_role("radio", name="Accuracy", exact=True).click()
    answered(page)
    expect(console.answer(page)).to_contain_text("Week 4")


def test_what_a_model_writes_fetches_nothing_and_shows_as_text(page, staged):
    address, simulator, _ = staged
    text = "![p](https://example.org/p.png) <img src=https://example.org/q.png> :red[alarm] costs $5 or $6"
    event = json.dumps({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]})
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}, {"bytes": f"data: {event}\n\n"}]
    simulator.set_fault("groq", "*", Fault("script", steps=[*steps, {"bytes": "data: [DONE]\n\n"}]))
    console.opened(page, address)
    ask(page, TaskType.REAL_TIME_CHAT, "Train or rest?")
    answered(page)
    expect(console.answer(page)).to_contain_text(":red[alarm] costs $5 or $6")
    assert console.answer(page).locator("img").count() == 0
    assert page.complaints == []


def test_a_live_console_without_a_key_says_what_to_do(page, tmp_path):
    with console.running_console(tmp_path, ROUTER_MODE="live") as address:
        console.opened(page, address)
        expect(page.get_by_text("GROQ_API_KEY or OPENROUTER_API_KEY")).to_be_visible()
        expect(page.get_by_text("Traceback")).to_have_count(0)


def test_enter_adds_one_line_after_another(page, stage):
    console.opened(page, f"{stage.url}/quick-entry")
    line = page.get_by_role("textbox", name="Entry")
    for words in ("ran 5 km", "weight 80 kg", "2 eggs"):
        line.fill(words)
        line.press("Enter")
        expect(page.locator(".st-key-result h2")).to_contain_text(words, timeout=60_000)
        console.ready(page)
        expect(line).to_have_value("")


def test_enter_asks_for_one_program_after_another(page, stage):
    console.opened(page, f"{stage.url}/programs")
    for words in ("Run 10 km", "Swim a mile"):
        if page.get_by_text("Change the request").count():
            page.get_by_text("Change the request").click()
        goal = page.get_by_role("textbox", name="Goal")
        goal.fill(words)
        goal.press("Enter")
        expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=60_000)
        console.key(page, "csv-program").wait_for(timeout=60_000)
        console.ready(page)
