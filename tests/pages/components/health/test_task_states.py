"""Which tasks are served, and by whom: what the headline of Health says of them."""

from pages.components.health.task_states import is_whole, narrowed_tasks, single_tasks, stood_in_tasks
from router import Target, TaskType
from router.types import PlannedTarget, TargetState

READY, OTHER = PlannedTarget(Target("a", "m"), True), PlannedTarget(Target("b", "n"), True)
COOLING = PlannedTarget(Target("a", "o"), False, TargetState.COOLING)
RETIRED = PlannedTarget(Target("a", "p"), False, TargetState.RETIRED)
CHAT = TaskType.REAL_TIME_CHAT


def test_a_stand_in_serves_where_a_first_choice_is_out_for_now_and_not_where_it_has_retired():
    assert stood_in_tasks({CHAT: [COOLING, READY, OTHER]}) == [CHAT]
    assert stood_in_tasks({CHAT: [READY, COOLING, OTHER]}) == []
    assert stood_in_tasks({CHAT: [RETIRED, READY, OTHER]}) == []


def test_a_task_rests_on_one_provider_while_anothers_models_are_out_and_on_one_model_where_that_is_all():
    second = PlannedTarget(Target("b", "q"), True)
    assert narrowed_tasks({CHAT: [COOLING, OTHER, second]}) == [CHAT]
    assert narrowed_tasks({CHAT: [OTHER, second]}) == [], "it has no other provider"
    assert (narrowed_tasks({CHAT: [COOLING, OTHER]}), single_tasks({CHAT: [COOLING, OTHER]})) == ([], [CHAT])


def test_all_is_whole_while_nothing_that_could_serve_is_out():
    assert is_whole({CHAT: [RETIRED, READY]})
    assert not is_whole({CHAT: [READY, COOLING]})
