"""A request's line in History: its day, its ending, and the words that were searched in their sentence."""

from router.simulator import Fault
from tests.pages.test_history import SIMULATED, asked, listed
from tests.pages.test_pages import words
from tests.services.replies import says
from tests.world import FIRST


def test_a_days_requests_stand_under_its_name(show):
    show("run.py")
    asked("Should I train today?")
    asked("And tomorrow?")
    assert words(show("history.py", **SIMULATED)).count('<div class="list-day">Today</div>') == 1


def test_a_hit_in_an_answer_is_read_without_the_marks_of_its_markdown(show, simulator):
    show("run.py")
    simulator.set_fault(*FIRST, says("## Plan\n\n- **Rest** and `sleep` a little more"))
    asked("What now?")
    (row,) = listed(show("history.py", q="sleep", **SIMULATED))
    assert "Rest and **sleep** a little more" in row.label


def test_an_answer_after_failures_says_so_in_the_list_and_when_it_is_open(show, simulator):
    show("run.py")
    simulator.set_fault(*FIRST, Fault("server_error", status=500))
    request = asked("Should I train today?")
    app = show("history.py", request=request, **SIMULATED)
    assert "answered after 1 failure" in listed(app)[0].label
    assert "answered after 1 failure" in words(app)


def test_a_searched_word_stands_in_its_sentence_though_it_is_far_behind_in_the_text(show):
    show("run.py")
    asked("One. " * 100 + "Is my *knee* sore? " + "Two. " * 100)
    (line,) = listed(show("history.py", q="knee", **SIMULATED))
    assert r"Is my \***knee**\* sore?" in line.label
