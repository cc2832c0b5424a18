"""The next evaluation: tasks, models, cases, repeats, what all of that would use, and the button that begins it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.double_click import is_double_click
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from pages.components.evaluate.allowance_view import say_uses
from pages.components.evaluate.beginning import USUAL_CASES, begin_run
from pages.components.evaluate.judged_view import choose_judge, say_judge
from router.evaluation.cases.case import Case
from router.evaluation.cases.collection import cases_of_task, own_cases
from router.evaluation.runs.planning import EvaluationPlan, plan_evaluation
from router.evaluation.runs.targets import Origin, check_target, offered_targets, other_targets
from router.types import Target, TaskType

_USUAL_TARGETS, _MOST_REPEATS = 2, 5
_TASKS, _OPENED = "evaluate-tasks", "evaluate-opened"


def show_choice(running: Runtime, *, is_first: bool) -> bool:
    """Everything that a new evaluation is made of; gives whether that stands open unasked.

    Args:
        is_first: whether there are no results to be read before one begins the next; else it opens on demand.
    """
    is_open = _take_address(running) or is_first
    table = running.router.table
    with st.expander("New evaluation", icon=":material/add:", expanded=is_open, key="evaluate-new"):
        st.markdown(
            "Asks several models the same questions, in turns, and checks each answer by rules. In Usage these "
            "requests do not count as work."
        )
        tasks = st.pills("Tasks", list(TaskType), selection_mode="multi", key=_TASKS,
                         format_func=lambda task: f"{looks.TASK_ICONS[task]} {table.tasks[task].label}")  # fmt: skip
        chosen = {task: targets for task in tasks if (targets := _choose_targets(running, task))}
        cases, repeats = _choose_cases(running, list(chosen))
        has_judge = choose_judge()
        plan = plan_evaluation(running.router, cases, chosen, repetitions=repeats, has_judge=has_judge)
        say_uses(running, plan.called)
        say_judge(running, plan, has_judge=has_judge)
        alone = [task for task, targets in chosen.items() if len(targets) < 2]
        if alone:
            names = ", ".join(table.tasks[task].label for task in alone)
            st.caption(f"{names}: with one model its share is measured, and nothing can follow from it.")
        st.button("Evaluate", type="primary", key="evaluate-start", icon=":material/fact_check:",
                  disabled=not plan.steps, on_click=_begin_run, args=(running, plan, repeats))  # fmt: skip
    return is_open


def _take_address(running: Runtime) -> bool:
    """A task and models that the address names, as a link on Health does; gives whether it names any."""
    task = st.query_params.get("task", "")
    if task not in list(TaskType):
        st.session_state.setdefault(_TASKS, [TaskType.QUICK_CATEGORIZATION])
        return bool(st.session_state.get(_OPENED))
    named = [part for part in st.query_params.get("targets", "").split(",") if part]
    st.session_state[_TASKS] = [TaskType(task)]
    options = set(map(str, _options(running, TaskType(task))))
    if wanted := [name for name in named if name in options]:
        st.session_state[_targets_key(TaskType(task))] = wanted
    if (number := st.query_params.get("cases", "")).isdecimal():
        st.session_state["evaluate-most"] = max(1, int(number[:6]))
    for name in ("task", "targets", "cases"):
        st.query_params.pop(name, None)
    st.session_state[_OPENED] = True  # the address is taken once; what it opened stays open until a run begins
    return True


def _targets_key(task: TaskType) -> str:
    return f"evaluate-targets-{task}"


def _options(running: Runtime, task: TaskType) -> dict[str, str]:
    """Who can be asked, each as it is called and with why it is offered; the offered ones first."""
    offered = {str(offer.target): offer.origin for offer in offered_targets(running.router, task)}
    words = {name: f"{target_name(running, name)} · {_ORIGIN_WORDS[origin]}" for name, origin in offered.items()}
    others = map(str, other_targets(running.router, task))
    return words | {name: target_name(running, name) for name in others}


_ORIGIN_WORDS = {
    Origin.SERVING: "serves now",
    Origin.SUCCESSOR: "successor",
    Origin.CHAIN: "in the route",
    Origin.CATALOGUE: "new",
}
_ORIGIN_HELP = (
    "A successor takes over from a model of the route that is retired; a new one is among the best free models that "
    "its provider lists. A model that is not in the list can be typed as `provider:model`."
)


def _choose_targets(running: Runtime, task: TaskType) -> list[Target]:
    """The models of one task; what serves now and the next behind it to begin with."""
    options, key = _options(running, task), _targets_key(task)
    st.session_state[key] = st.session_state.get(key) or list(options)[:_USUAL_TARGETS]
    label = running.router.table.tasks[task].label
    names = st.multiselect(
        f"Models for {label}", list(options), key=key, placeholder="Choose or type …",
        accept_new_options=True,  # a model that no list has is answered with why, and not with "No results"
        format_func=lambda name: options.get(name, name), help=_ORIGIN_HELP,
    )  # fmt: skip
    return [target for name in names if (target := _target_named(running, name, options)) is not None]


def _target_named(running: Runtime, name: str, options: Mapping[str, str]) -> Target | None:
    """A model that was chosen, or typed as `provider:model`; where it cannot be asked that is said."""
    try:
        target = Target.parse(name.strip())
        if name not in options:
            check_target(running.router, target)
    except ValueError as error:
        st.error(f"Not asked: {looks.plain(str(error))}.", icon=":material/search_off:")
        return None
    return target


def _choose_cases(running: Runtime, tasks: Sequence[TaskType]) -> tuple[dict[TaskType, list[Case]], int]:
    """The cases of each task, and how often each is asked."""
    own = own_cases(running.store.cases)
    whole = {task: cases_of_task(task, own) for task in tasks}
    most = max((len(cases) for cases in whole.values()), default=1)
    wanted = max(1, min(most, st.session_state.get("evaluate-most", USUAL_CASES)))
    first, second, third = st.columns(3)
    kinds = ["All cases", "My cases only"] if any(case.task in tasks for case in own) else ["All cases"]
    kind = first.selectbox("Cases", kinds, key="evaluate-kind", help="Your own cases are asked first.")
    label = f"Cases per task ({most} available)" if len(tasks) < 2 else f"Cases per task (up to {most} available)"
    count = int(second.number_input(label, 1, max(most, 1), wanted, key=f"evaluate-count-{most}", help=_COUNT_HELP))
    repeats = int(third.number_input("Repeats per case", 1, _MOST_REPEATS, 1, key="evaluate-repeats",
                                      help="A case is right where more than half of its answers are."))  # fmt: skip
    only_own = kind == kinds[-1] and len(kinds) > 1
    return {task: cases_of_task(task, own, only_own=only_own)[:count] for task in tasks}, repeats


_COUNT_HELP = "A clear winner shows after a few. A result offers as many more cases as would decide it."


def _begin_run(running: Runtime, plan: EvaluationPlan, repeats: int) -> None:
    if is_double_click("evaluate", plan, repeats):
        return
    st.session_state.pop(_OPENED, None)
    begin_run(running, plan, repeats)
