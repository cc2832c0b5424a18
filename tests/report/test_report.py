"""The report: everything in one file, which asks nobody for anything and says what is simulated."""

import re
import time
from html.parser import HTMLParser

import pytest

from router.__main__ import main
from router.report import Report, render, svg, whole_days
from router.report.incidents import find_incidents
from router.settings import SHIPPED_ROUTES
from router.store import Filters, SpeedStep, open_store
from router.table.route_file import load_routes
from tests.store.log.test_figures import NOW, fill

TABLE = load_routes(SHIPPED_ROUTES)
HOUR = 3_600


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/log.db", tmp_path)
    yield store
    store.close()


def reported(store, days=2, **filters):
    start, end = whole_days(days, time.time())
    return render(Report(store, TABLE, Filters(start=start, end=end, **filters), time.time()))


class Loads(HTMLParser):
    """What a document would load or run."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "link", "img", "iframe", "object", "embed", "form", "base"):
            self.found.append(tag)
        self.found += [(tag, name) for name, _ in attributes if name in ("src", "href", "srcset") or name[:2] == "on"]


def test_a_report_loads_nothing_and_forbids_it(store):
    fill(store, [{}, {"outcomes": ("server_error", "succeeded")}])
    document = reported(store)
    loads = Loads()
    loads.feed(document)
    assert loads.found == []
    assert "default-src 'none'" in document
    assert re.findall(r"https?://", document) == []
    assert re.findall(r"url\((?!#)", document) == []


def test_every_plot_and_table_of_simulated_figures_says_so(store):
    fill(store, [{"simulated": True, "outcomes": ("server_error", "succeeded")}])
    document = reported(store, simulated=True)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", document)
    assert len(captions) == 4
    assert all(caption.endswith("– simulated") for caption in captions)
    assert document.count("<caption>Simulated</caption>") == 2
    assert "says nothing about real ones" in document


def test_a_report_of_live_requests_speaks_of_nothing_simulated(store):
    fill(store, [{}])
    assert "imulated" not in reported(store)


def test_what_a_model_is_called_cannot_become_markup(store):
    fill(store, [{"provider": "<script>alert(1)</script>"}])
    assert "<script" not in reported(store)


def test_a_report_of_nothing_says_so(store):
    assert "No request was made in this period" in reported(store)


def test_an_incident_is_told_with_how_requests_fared_meanwhile(store):
    quiet = [{"at": NOW - number * HOUR} for number in range(1, 20)]
    bad = [{"at": NOW - 5 * HOUR, "outcomes": ("rate_limited", "succeeded")} for _ in range(6)]
    fill(store, quiet + bad)
    start, end = whole_days(2, time.time())
    (incident,) = find_incidents(store.statistics, Filters(start=start, end=end))
    assert incident.outcomes == (("rate_limited", 6),)
    assert (incident.meanwhile.saved, incident.meanwhile.failed) == (6, 0)
    assert incident.end - incident.start == HOUR
    assert "6: 6 out of free quota" in reported(store)


def test_a_model_is_told_with_its_own_failed_attempts_also_where_it_answered_nothing(store):
    fill(store, [{"outcomes": ("cut", "succeeded"), "model": "n"}, {"model": "n"}])
    words = re.sub(r"<[^>]+>", " ", reported(store))
    assert re.search(r"Groq n\s+2\s+0 \(0%\)", words)
    assert re.search(r"Groq m\s+0\s+1 \(100%\)", words)


def test_an_outage_of_the_whole_period_is_an_incident_and_not_what_is_usual(store):
    fill(store, [{"at": NOW - number * HOUR / 10, "outcomes": ("cut", "succeeded")} for number in range(240)])
    start, end = whole_days(1, time.time())
    (incident,) = find_incidents(store.statistics, Filters(start=start, end=end))
    assert incident.attempts >= 200


def test_a_target_that_always_fails_a_little_has_no_incident(store):
    fill(store, [{"at": NOW - number * HOUR / 4, "outcomes": ("cut", "succeeded")} for number in range(48 * 4)])
    start, end = whole_days(2, time.time())
    assert find_incidents(store.statistics, Filters(start=start, end=end)) == []


def test_the_last_speed_table_is_in_the_report_and_a_simulated_one_says_so(store):
    steps = [
        SpeedStep(place, "verification", provider, "m", place, "succeeded", latency_ms=value, simulated=simulated)
        for place, (provider, value, simulated) in enumerate(
            [("groq", 400.0, True), ("openrouter", 900.0, True), ("groq", 500.0, True), ("openrouter", 800.0, True)]
        )
    ]
    run_id = store.speed_runs.begin(steps, version=1, repetitions=2, simulated=True)
    assert store.speed_runs.steps(run_id)[0].latency_ms == 400.0
    assert "Speed table has not" not in reported(store, simulated=True)
    assert "Median time with its spread, seconds – simulated" in reported(store, simulated=True)
    assert "has not been measured yet" in reported(store)


def test_the_command_writes_the_report(store, tmp_path, monkeypatch, capsys):
    fill(store, [{}])
    monkeypatch.setenv("ROUTER_DATABASE_URL", f"sqlite:///{store.path}")
    assert main(["report", "--days", "7", "--out", str(tmp_path / "r.html")]) == 0
    assert "is written" in capsys.readouterr().out
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("most", [0.4, 1, 7, 12, 99, 1234, 99999])
def test_an_axis_ends_in_a_round_number_just_above_the_most(most):
    plot = svg.stacked_bars([svg.Series("a", "c0", [(0.0, most)])], svg.PlotSpan(0, 86_400, 3_600), "requests")
    marks = [float(text.replace(",", "")) for text in re.findall(r'text-anchor="end">([\d.,]+)<', plot)]
    assert marks[0] == 0
    assert marks[-1] >= most > marks[-1] / 2.5
    assert 2 <= len(marks) <= 6


def test_bars_of_simulated_figures_are_hatched():
    series, span = [svg.Series("a", "c0", [(0.0, 3.0)])], svg.PlotSpan(0, 86_400, 3_600)
    assert "url(#hatch)" not in svg.stacked_bars(series, span, "requests")
    assert "url(#hatch)" in svg.stacked_bars(series, svg.PlotSpan(0, 86_400, 3_600, hatched=True), "requests")
