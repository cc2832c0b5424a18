"""Usage in a real browser: from a filter over a plot to History, the speed table, the report opened from disk."""

import re

import pytest
from playwright.sync_api import expect

from router.simulator import Fault
from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def send(page, url, prompt):
    """One prompt from the Run page, answered."""
    console.opened(page, url)
    console.write(page, prompt).press("Control+Enter")
    page.wait_for_url("**run=**")
    console.ready(page)


def choose(page, name, option):
    """Choose a filter's value as a person does."""
    console.key(page, f"filter-{name}").get_by_role("combobox").click()
    page.get_by_role("option", name=option, exact=True).click()
    console.ready(page)


def expect_chosen(page, **wanted):
    """What some of the filters say."""
    for name, value in wanted.items():
        expect(console.key(page, f"filter-{name}").get_by_role("combobox")).to_have_value(value)


def last_bar(page, plot):
    """The middle of the newest bar of a plot."""
    bar = console.key(page, plot).locator(".barlayer .point path").last
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_filter_then_a_plot_then_the_requests_in_history(page, stage):
    url = stage.url
    send(page, url, "Is rest day walking useful?")
    console.opened(page, f"{url}/usage")
    expect(page.get_by_text("No live requests in the last 24 hours")).to_be_visible()
    choose(page, "rows", "Simulated")
    choose(page, "task", "Real-time chat")
    expect(page).to_have_url(re.compile("task=real-time-chat"))
    page.mouse.click(*last_bar(page, "plot-provider"))
    page.wait_for_url("**/history?**")
    console.ready(page)
    expect(console.heading(page, "History")).to_be_visible()
    for part in ("task=real-time-chat", "rows=Simulated", "provider=groq", "since=", "until="):
        assert part in page.url
    expect(console.key(page, "history-list").get_by_text("Is rest day walking useful?")).to_be_visible()
    page.go_back()
    expect(console.heading(page, "Usage")).to_be_visible()
    console.ready(page)
    expect_chosen(page, rows="Simulated", provider="", task="Real-time chat", period="24 hours")
    console.go(page, "Health")
    expect(console.heading(page, "Health")).to_be_visible()
    page.go_back()
    expect(console.heading(page, "Usage")).to_be_visible()
    expect_chosen(page, rows="Simulated", task="Real-time chat")
    console.press(page, "filter-clear")
    expect_chosen(page, rows="Live", task="", period="24 hours")
    assert page.complaints == []


def test_a_bar_of_failures_opens_the_requests_though_a_fallback_answered_them(page, stage):
    url, simulator = stage.url, stage.simulator
    simulator.set_fault("groq", "openai/gpt-oss-120b", Fault("server_error", status=503))
    send(page, url, "Is cold water after lifting a good idea?")
    simulator.clear_faults()
    console.opened(page, f"{url}/usage?rows=Simulated")
    page.mouse.click(*last_bar(page, "plot-failures"))
    page.wait_for_url("**/history?**")
    console.ready(page)
    assert "outcome=server_error" in page.url
    expect(console.key(page, "history-list").get_by_text("Is cold water after lifting a good idea?")).to_be_visible()
    expect(page.get_by_role("button", name="Server error on Groq")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=re.compile("Show requests with (failed attempts|server error)")).first.click()
    page.wait_for_url("**/history?**")
    expect(console.key(page, "history-list").get_by_text("Is cold water after lifting a good idea?")).to_be_visible()
    assert page.complaints == []


def test_what_is_said_to_have_failed_is_opened_with_the_filters_that_stand(page, stage):
    url, simulator = stage.url, stage.simulator
    simulator.set_fault("groq", "*", Fault("server_error", status=503))
    simulator.set_fault("openrouter", "*", Fault("server_error", status=503))
    send(page, url, "Is it fine to skip breakfast?")
    simulator.clear_faults()
    console.opened(page, f"{url}/usage?rows=Simulated&task=real-time-chat")
    console.press(page, "see-failed")
    page.wait_for_url("**/history?**")
    console.ready(page)
    for part in ("status=failed", "task=real-time-chat", "rows=Simulated"):
        assert part in page.url
    expect(console.key(page, "history-list").get_by_text("Is it fine to skip breakfast?")).to_be_visible()
    assert page.complaints == []


def test_the_report_opened_from_disk_asks_nobody_for_anything(page, browser, stage, tmp_path):
    url = stage.url
    send(page, url, "How much protein is in 200 g of quark?")
    console.opened(page, f"{url}/usage?view=Report&rows=Simulated")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    asked, said = [], []
    reader = browser.new_page()
    reader.on("request", lambda request: asked.append(request.url))
    reader.on("console", lambda message: said.append(message.text))
    reader.goto(path.as_uri())
    expect(reader.get_by_role("heading", name="Dual-router report")).to_be_visible()
    assert reader.locator("figure svg").count() >= 3
    titles = reader.locator("figcaption").all_inner_texts()
    assert all(title.endswith("– simulated") for title in titles)
    assert asked == [path.as_uri()]
    assert said == []
    reader.close()
