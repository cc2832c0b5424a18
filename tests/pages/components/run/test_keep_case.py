"""“Keep as a case”: on Run, on History and beside a service's requests; what is kept is what the next run asks."""

import pytest

from pages.components.console.runtime import runtime
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.cases.kept_answers import RightKind
from router.types import TaskType
from tests.pages.pressing import ate
from tests.pages.test_pages import ask


def kept(app, request_id, right):
    """The page once the answer of a request is kept as a case of certain words."""
    app.selectbox(key=f"keep-kind-{request_id}").set_value(app.selectbox(key=f"keep-kind-{request_id}").options[0])
    app.text_area(key=f"keep-right-{request_id}").set_value(right)
    return app.button(key=f"keep-it-{request_id}").click().run()


@pytest.mark.parametrize(("page", "query"), [("run.py", "run"), ("history.py", "request")])
def test_an_answer_is_kept_and_its_question_is_asked_ahead_of_the_others(show, page, query):
    show(page)
    completion = ask()
    runtime().store.flush()
    app = kept(show(page, **{query: completion.request_id}), completion.request_id, "banana|oats; water")
    assert not app.exception
    (case,) = own_cases(runtime().store.cases)
    assert (case.task, case.includes) == (TaskType.REAL_TIME_CHAT, ("banana|oats", "water"))
    assert cases_of_task(TaskType.REAL_TIME_CHAT, [case])[0] == case


def test_what_says_nothing_of_what_is_right_is_not_kept(show):
    show("run.py")
    completion = ask()
    app = kept(show("run.py", run=completion.request_id), completion.request_id, " ")
    assert "Not kept: write what is right" in app.toast[0].value
    assert own_cases(runtime().store.cases) == []


def test_on_compare_either_answers_question_is_kept(show):
    show("compare.py")
    left, right = (ask().request_id for _ in range(2))
    runtime().store.flush()
    app = kept(show("compare.py", left=left, right=right), right, "banana")
    assert not app.exception
    (case,) = own_cases(runtime().store.cases)
    assert case.includes == ("banana",)


def test_beside_the_coachs_reply_its_question_is_kept(show):
    app = show("coach.py").button(key="ask-0").click().run()
    (key,) = [button.key for button in app.button if "keep-it" in (button.key or "")]
    app = kept(app, key.removeprefix("keep-it-"), "protein")
    assert not app.exception
    (case,) = own_cases(runtime().store.cases)
    assert case.includes == ("protein",)
    assert not case.title.startswith("{"), "a person's question, and not the document around it"


def test_below_a_service_its_request_is_kept_with_the_form_that_the_service_asks_for(show):
    app = ate(show)
    (request_id,) = [button.key.removeprefix("keep-it-") for button in app.button if "keep-it" in (button.key or "")]
    assert app.selectbox(key=f"keep-kind-{request_id}").value == RightKind.FIELDS
    app.text_area(key=f"keep-right-{request_id}").set_value('{"items[0].kcal": 143}')
    app = app.button(key=f"keep-it-{request_id}").click().run()
    assert not app.exception
    (case,) = own_cases(runtime().store.cases)
    assert case.task is TaskType.STRUCTURED_OUTPUT
    assert case in cases_of_task(case.task, [case])
