"""How many requests History lists, and what it says of those that it leaves out unasked."""

from pages.components.console.runtime import runtime
from tests.pages.test_history import SIMULATED, asked, listed
from tests.pages.test_pages import words


def test_what_is_left_out_unasked_is_named_beside_the_count_and_one_press_away(show):
    show("run.py")
    asked("Should I train today?")
    asked("Is two a number?", purpose="evaluation")
    asked("Ready?", purpose="test")
    app = show("history.py", **SIMULATED)
    assert "**1 request** · evaluations and tests not shown" in words(app)
    app.button(key="show-all").click().run()
    assert "**3 requests**" in words(app)
    assert len(listed(app)) == 3
    assert app.query_params["purpose"] == "all"
    assert "show-all" not in [button.key for button in app.button]


def test_where_nothing_is_left_out_nothing_is_said_of_it(show):
    show("run.py")
    asked("What is a zebra?")
    asked("Is two a number?", purpose="evaluation")
    for query in ({"purpose": "evaluation"}, {"task": "vision"}, {"status": "failed"}, {"q": "zebra"}):
        assert "not shown" not in words(show("history.py", **query, **SIMULATED)), query
    assert "evaluations not shown" in words(show("history.py", q="number", **SIMULATED))


def test_what_is_left_out_costs_no_look_into_the_log(show):
    from sqlalchemy import event

    show("run.py")
    asked("Should I train today?")
    asked("Is two a number?", purpose="evaluation")
    queries = []
    event.listen(
        runtime().store.history._reading.engine,
        "before_cursor_execute",
        lambda *arguments: queries.append(arguments[2]),
    )
    assert "evaluations not shown" in words(show("history.py", **SIMULATED))
    assert len([query for query in queries if "FROM requests" in query]) == 1
