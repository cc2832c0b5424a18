"""Evaluate: from the choice to a proposal, to the edit that the next request obeys, and back."""

import re
import time

import pytest

from pages.components.console.runtime import rebuild, runtime
from router.evaluation.cases.collection import own_cases
from router.simulator import Fault
from router.types import TaskConfig, TaskType
from tests.pages.test_pages import words
from tests.services.replies import says

TASK = TaskType.QUICK_CATEGORIZATION
OLD, NEW = "groq:openai/gpt-oss-20b", "groq:openai/gpt-oss-120b"


def until_done(app):
    """The page once its evaluation is over."""
    limit = time.monotonic() + 60
    while any(not run.complete for run in runtime().store.evaluations.runs()):
        assert time.monotonic() < limit, "the evaluation did not end"
        runtime().store.flush()
        time.sleep(0.05)  # it is made in another thread, which nothing here can wait for
    jobs = [runtime().portal.find_job(run.job) for run in runtime().store.evaluations.runs()]
    assert all(job is None or job.ended.wait(20) for job in jobs)
    return app.run()


def serving():
    return str(next(line.target for line in runtime().router.plan(config=TaskConfig(TASK)) if line.kept))


def begin(show):
    return begin_few(show, 26)


def test_a_choice_says_what_it_would_use_before_anything_is_asked(show, simulator):
    before = len(simulator.requests)
    app = show("evaluate.py", task=str(TASK), targets=f"{OLD},{NEW}")
    assert app.multiselect(key=f"evaluate-targets-{TASK}").value == [OLD, NEW]
    assert "**20 requests**, about 2 min of work." in words(app)
    assert len([seen for seen in simulator.requests[before:] if seen.body]) == 0


@pytest.mark.parametrize(
    ("typed", "words_of_it"),
    [
        ("nonsense", "Not asked: "),
        ("nowhere:model", "no provider of that name can be called"),
        ("groq:made-up", "Groq lists no model of that name"),
    ],
)
def test_a_model_that_is_typed_and_cannot_be_asked_is_answered_with_why(show, typed, words_of_it):
    app = show("evaluate.py", task=str(TASK), targets=OLD)
    runtime().portal.call(runtime().router.refresh_catalogue)
    app.session_state[f"evaluate-targets-{TASK}"] = [OLD, typed]
    app.run()
    assert words_of_it in app.error[0].value
    assert "**10 requests**" in words(app)


def test_an_evaluation_leads_to_a_proposal_that_the_next_request_obeys_and_to_its_undo(show):
    app = until_done(begin(show))
    assert "gpt-oss-120b is better than gpt-oss-20b: right in 100% of 26 cases against" in words(app)
    assert serving() == OLD
    app.button(key=f"take-{TASK}").click().run()
    assert serving() == NEW
    assert runtime().store.edits.latest().note.startswith("Quick categorization: gpt-oss-120b is better")
    app.button(key=f"undo-{TASK}").click().run()
    assert serving() == OLD
    assert app.button(key=f"take-{TASK}")
    assert len(app.get("plotly_chart")) == 1


def test_invented_results_are_tried_by_name_and_change_no_route_of_real_providers(show, environment):
    environment.setenv("ROUTER_MODE", "simulated")
    app = until_done(begin(show))
    assert app.button(key=f"take-{TASK}").label == "Take it (simulated)"
    assert "the figures are invented" in words(app)
    app.button(key=f"take-{TASK}").click().run()
    assert runtime().store.edits.latest().note.endswith("(simulated)")
    app.button(key=f"undo-{TASK}").click().run()
    environment.setenv("ROUTER_MODE", "auto")
    rebuild()
    app = show("evaluate.py")
    assert "they change no route" in words(app)
    assert f"take-{TASK}" not in [button.key for button in app.button]


def test_a_result_is_said_in_words_that_need_no_statistics(show):
    app = until_done(begin(show))
    said = words(app)
    assert re.search(r"Chance alone: (1 in \d|less than 1 in 1,000)", said)
    assert re.search(r"gpt-oss-120b against gpt-oss-20b: \*\*better\*\*, \d+ won, \d+ lost\.", said)
    (duel,) = [text for text in app.markdown if " won, " in text.value]
    assert "by chance alone: " in duel.help
    assert " p = " not in said
    assert " p &lt; " not in said


def test_results_stand_first_once_there_are_some_and_a_link_opens_the_choice(show):
    assert begin_box(show("evaluate.py")).proto.expanded
    until_done(begin(show))
    assert not begin_box(show("evaluate.py")).proto.expanded
    assert begin_box(show("evaluate.py", task=str(TASK))).proto.expanded


def begin_box(app):
    return next(box for box in app.expander if box.label == "New evaluation")


def test_a_judge_is_off_until_it_is_switched_on_and_its_results_stand_apart(show):
    app = show("evaluate.py", task="real-time-chat", targets=f"{NEW},{OLD}", cases="30")
    assert "Left out: 3 cases that only a judge can decide; the judge is off." in words(app)
    assert "**32 requests**" in words(app)
    app.toggle(key="evaluate-judge").set_value(True).run()
    assert "**44 requests**" in words(app)
    assert "6 requests of these ask a judge" in words(app)
    app = until_done(app.button(key="evaluate-start").click().run())
    text = words(app)
    assert "**By a judge**, beside the rules. What is proposed rests on the rules alone." in text
    assert text.count(" of 16</small>") == 2  # the cases that rules decide, by model
    by_judge = text.partition("<th>Right, by the judge</th>")[2]
    assert "It encourages without guilt" in by_judge
    assert "</small></th><td" in by_judge


def stopped(show, simulator):
    """An evaluation that was stopped while its models thought."""
    simulator.set_fault("groq", "*", Fault("slow_start", seconds=1.0))
    app = begin(show)
    simulator.clear_faults()
    job = runtime().portal.find_job(runtime().store.evaluations.runs()[0].job)
    job.cancel()
    assert job.ended.wait(10)
    runtime().store.flush()
    return app.run()


def test_an_evaluation_that_was_stopped_goes_on(show, simulator):
    app = stopped(show, simulator)
    run = runtime().store.evaluations.runs()[0]
    app.button(key="evaluation-go-on").click().run()
    until_done(app)
    assert runtime().store.evaluations.runs()[0].done == run.total


def test_an_evaluation_can_be_ended_where_it_is(show, simulator):
    app = stopped(show, simulator)
    app.button(key="evaluation-end").click().run()
    assert all(run.complete for run in runtime().store.evaluations.runs())
    assert app.button(key="evaluate-start")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mine.csv", b"prompt,expected\nHow many grams are 2 kg?,2000\n"),
        ("mine.jsonl", b'{"prompt": "How many grams are 2 kg?", "number": 2000}\n'),
        ("mine.yaml", b"prompts: ['{{q}}']\ntests:\n- vars: {q: 'How many grams are 2 kg?'}\n  assert:\n"
                      b"  - {type: equals, value: 2000}\n"),
    ],
)  # fmt: skip
def test_own_cases_come_from_a_file(show, name, data):
    app = show("evaluate.py", view="Cases")
    app.selectbox(key="cases-task").set_value(TaskType.COMPLEX_REASONING).run()
    app.file_uploader[0].upload(name, data).run()
    (case,) = own_cases(runtime().store.cases)
    assert (case.task, case.number) == (TaskType.COMPLEX_REASONING, 2000)
    assert "How many grams are 2 kg?" in words(app)
    app.button(key=f"delete-{case.id}").click().run()
    assert own_cases(runtime().store.cases) == []


def test_a_file_with_a_fault_is_refused_whole_with_its_place(show):
    app = show("evaluate.py", view="Cases")
    app.file_uploader[0].upload("mine.jsonl", b'{"prompt": "?", "number": 1}\n{"prompt": "?", "nummer": 1}\n').run()
    assert "line 2" in app.error[0].value
    assert own_cases(runtime().store.cases) == []


def test_a_table_holds_what_each_model_has_and_what_serves_says_so_under_its_name(show):
    said = words(until_done(begin(show)))
    assert re.findall(r"<th>(\w[\w ,]*)</th>", said)[:7] == [
        "Model", "Right", "Likely range", "First token", "Total", "Tokens", "Requests",
    ]  # fmt: skip
    assert re.search(r"gpt-oss-20b<br><small>serves now</small></th>", said)


def begin_few(show, cases, targets=f"{OLD},{NEW}"):
    app = show("evaluate.py", task=str(TASK), targets=targets, cases=str(cases))
    return app.button(key="evaluate-start").click().run()


def test_the_cases_that_are_left_are_asked_from_the_result_and_count_with_those_that_were(show, simulator):
    app = until_done(begin_few(show, 2))
    before = len([seen for seen in simulator.requests if seen.body])
    assert app.button(key=f"further-{TASK}").label == "Run the other 24 cases (48 requests)"
    app = until_done(app.button(key=f"further-{TASK}").click().run())
    assert len([seen for seen in simulator.requests if seen.body]) == before + 48
    assert "right in 100% of 26 cases" in words(app)
    assert f"further-{TASK}" not in [button.key for button in app.button]


def test_the_cases_that_would_decide_are_the_main_step_and_all_others_the_second(show):
    app = until_done(begin_few(show, 3))
    missing = int(re.search(r"About (\d+) more cases would decide", words(app))[1])
    main, others = app.button(key=f"deciding-{TASK}"), app.button(key=f"further-{TASK}")
    assert main.label == f"Run {missing} more cases ({2 * missing} requests)"
    assert others.label == "Run the other 23 cases (46 requests)"
    assert (main.proto.type, others.proto.type) == ("primary", "secondary")
    app = until_done(main.click().run())
    assert f" of {3 + missing}</small>" in words(app)


def test_where_all_cases_there_are_cannot_decide_none_of_them_is_the_main_step(show, simulator):
    for model in (OLD, NEW):
        simulator.set_fault(*model.split(":"), says("meal"))
    app = until_done(begin_few(show, 3))
    assert f"deciding-{TASK}" not in [button.key for button in app.button]
    assert app.button(key=f"further-{TASK}").label == "Run the other 23 cases (46 requests)"


def test_what_a_result_is_of_is_said_once_above_it(show, environment):
    environment.setenv("ROUTER_MODE", "simulated")
    app = until_done(begin_few(show, 3))
    (head,) = [caption.value for caption in app.caption if "Quick categorization, 3 cases" in caption.value]
    assert head.endswith(" Quick categorization, 3 cases.")
    assert [caption.value for caption in app.caption].count(
        "Simulated. What these models get right is invented and says nothing about the real ones."
    ) == 1


def test_where_no_case_is_left_and_nobody_wins_the_way_leads_to_more_cases(show):
    app = until_done(begin_few(show, 26, targets=OLD))
    assert f"further-{TASK}" not in [button.key for button in app.button]
    app.button(key=f"add-cases-{TASK}").click().run()
    assert "My cases" in [head.value for head in app.header]


def test_a_case_that_models_differ_in_is_a_row_with_what_is_right_and_who_is(show):
    said = words(until_done(begin(show)))
    heads = said.partition('<div class="differing">')[2].partition("</thead>")[0]
    assert re.findall(r"<th>(.*?)</th>", heads) == ["Case", "Expected", "gpt-oss-120b", "gpt-oss-20b"]
    assert re.search(r'data-label="gpt-oss-120b"><b role="img" aria-label="right"', said)
    assert re.search(r'data-label="gpt-oss-20b"><b role="img" aria-label="wrong"', said)


def test_a_line_of_the_list_opens_an_earlier_evaluation(show):
    until_done(begin_few(show, 2))
    app = until_done(begin_few(show, 3))
    first = runtime().store.evaluations.runs()[-1].id
    line = app.button(key=f"evaluation-open-{first}")
    assert "Quick categorization, 2 cases: " in line.label
    app = line.click().run()
    assert " of 2</small>" in words(app)
    assert " of 3</small>" not in words(app)


def test_each_model_that_can_be_chosen_says_whose_it_is_and_why_it_is_offered(show):
    app = show("evaluate.py", task=str(TASK), targets=f"{OLD},{NEW}")
    options = app.multiselect(key=f"evaluate-targets-{TASK}").options
    assert options[0] == "Groq gpt-oss-20b · serves now"
    assert "Groq gpt-oss-120b · in the route" in options
    assert "OpenRouter Ling 3.0 Flash VL · successor" in options


def test_a_few_cases_are_asked_unless_one_says_otherwise(show):
    app = show("evaluate.py")
    assert app.number_input[0].label == "Cases per task (26 available)"
    assert app.number_input[0].value == 10


def test_a_case_is_written_by_hand(show):
    app = show("evaluate.py", view="Cases")
    assert "No cases of your own yet." in words(app)
    app.selectbox(key="case-task").set_value(TaskType.COMPLEX_REASONING)
    app.text_area(key="case-question").set_value("How many grams are 2 kg?")
    app.selectbox(key="case-kind").set_value("a number")
    app.text_area(key="case-right").set_value("2000")
    app = app.button(key="case-add").click().run()
    (case,) = own_cases(runtime().store.cases)
    assert (case.task, case.prompt, case.number) == (TaskType.COMPLEX_REASONING, "How many grams are 2 kg?", 2000)
    assert app.text_area(key="case-question").value == ""


def test_a_written_case_that_cannot_be_kept_stays_in_its_form(show):
    app = show("evaluate.py", view="Cases")
    app.text_area(key="case-question").set_value("How many?")
    app = app.button(key="case-add").click().run()
    assert own_cases(runtime().store.cases) == []
    assert app.text_area(key="case-question").value == "How many?"


def test_a_search_leaves_the_cases_that_have_its_words(show):
    app = show("evaluate.py", view="Cases")
    app.text_input(key="cases-search").set_value("no case says this").run()
    assert not [box for box in app.expander if ": " in box.label]
    assert "None of these cases has these words." in words(app)
    app.text_input(key="cases-search").set_value("workout").run()
    assert all(box.proto.expanded for box in app.expander if ": " in box.label)
    assert "workout" in words(app).lower()


def test_while_a_run_is_going_its_table_grows_under_its_progress_and_nowhere_else(show, simulator):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("slow_start", seconds=0.3))
    app = begin(show)
    job = runtime().portal.find_job(runtime().store.evaluations.runs()[0].job)
    while job.partial is None:
        assert not job.ended.wait(0.05)
    runtime().store.flush()
    app.run()
    assert not job.ended.is_set()
    assert words(app).count("<th>Likely range</th>") == 1
    assert "Results" not in [head.value for head in app.header]
    job.cancel()
    assert job.ended.wait(20)
