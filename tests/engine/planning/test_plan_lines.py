from datetime import UTC, datetime, timedelta

from router.engine.planning.plan_lines import LinesOnDemand, only_first, soonest_end, with_last_resorts
from router.types import PlannedTarget, Target, TargetState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def line(name, kept=True, **fields):
    return PlannedTarget(Target("groq", name), kept, **fields)


def test_lines_on_demand_are_worked_out_once_and_no_further_than_they_are_asked_for():
    worked_out = []

    def following():
        for name in ("second", "third", "fourth"):
            worked_out.append(name)
            yield line(name)

    lines = LinesOnDemand([line("first")], following())
    assert next(iter(lines)).model == "first"
    assert worked_out == []
    assert any(each.model == "second" for each in lines)
    assert worked_out == ["second"]
    assert [each.model for each in lines] == ["first", "second", "third", "fourth"]
    assert [each.model for each in lines] == ["first", "second", "third", "fourth"]
    assert worked_out == ["second", "third", "fourth"]


def test_sick_targets_are_a_last_resort_where_nobody_else_is_left_and_the_one_due_soonest_is_first():
    late = line("late", kept=False, last_resort=True, until=NOW + timedelta(seconds=9))
    soon = line("soon", kept=False, last_resort=True, until=NOW + timedelta(seconds=1))
    gone = line("gone", kept=False, state=TargetState.RETIRED)
    assert [each.model for each in with_last_resorts([late, gone, soon]) if each.kept] == ["soon", "late"]
    assert with_last_resorts([late, line("well")]) == [late, line("well")]


def test_without_fallback_only_the_first_that_is_kept_may_be_called():
    plan = list(only_first([line("gone", kept=False), line("first"), line("second")]))
    assert [each.kept for each in plan] == [False, True, False]
    assert plan[2].state is TargetState.LEFT_OUT


def test_the_soonest_end_is_that_of_the_first_target_that_may_be_called_again():
    plan = [
        line("late", kept=False, until=NOW + timedelta(seconds=9)),
        line("soon", kept=False, until=NOW + timedelta(seconds=4)),
    ]
    assert soonest_end(plan, NOW.timestamp()) == 4.0
    assert soonest_end([line("gone", kept=False)], NOW.timestamp()) is None
