"""The vote on two answers, and what it came to."""

from __future__ import annotations

import streamlit as st

from pages.components.compare import lanes
from pages.components.compare.lane_times import short_names
from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from pages.components.run.run_records import find_run
from router.store.console.votes import CHOICES, Choice, PairTally, Vote
from router.types import Completion, Target

_EVEN_WORDS = {"both": "You found both good", "neither": "You found neither good"}
_VOTING = "voting-again"


def show_vote(running: Runtime, ids: tuple[str, str]) -> None:
    """The vote, once both have answered; after it what it was, how many went alike, and the way to vote again."""
    completions = lanes.completions_of(running, ids)
    if len(completions) < len(ids):
        return
    vote = running.store.votes.of(*ids)
    with st.container(horizontal=True, vertical_alignment="center", key="vote"):
        if vote is not None and st.session_state.get(_VOTING) != ids:
            _say_vote(running, ids, completions, vote)
        else:
            _ask_for_vote(running, ids, completions, vote)


def _ask_for_vote(running: Runtime, ids: tuple[str, str], completions: list[Completion], vote: Choice | None) -> None:
    st.markdown("**Which is better?**", width="content")
    for choice, name in _choice_names(running, completions).items():
        icon = ":material/check:" if choice == vote else None
        st.button(name, on_click=_keep_vote, args=(running, choice, ids), key=f"vote_{choice}", icon=icon)


def _choice_names(running: Runtime, completions: list[Completion]) -> dict[Choice, str]:
    """What the buttons say: who answered, or nothing that tells of it."""
    sides = tuple(lanes.BLIND_NAMES[side] for side in lanes.SIDES)
    if "blind" not in st.query_params:
        names = short_names(running.router.table, [Target(one.provider, one.requested_model) for one in completions])
        sides = tuple(map(looks.plain, names))
    return dict(zip(CHOICES, (*sides, "Both", "Neither"), strict=True))


def _say_vote(running: Runtime, ids: tuple[str, str], completions: list[Completion], vote: Choice) -> None:
    targets = [_target_of(completion) for completion in completions]
    winner = dict(zip(lanes.SIDES, targets, strict=True)).get(vote)
    words = f"You preferred {looks.plain(target_name(running, winner))}" if winner else _EVEN_WORDS[vote]
    tally = _tally_words(running, ids, completions, winner)
    st.markdown(f"**{words}**" + (f" · {tally}" if tally else ""), width="content")
    st.button("Vote again", on_click=_vote_again, args=(ids,), key="vote_again", icon=":material/undo:")


def _tally_words(running: Runtime, ids: tuple[str, str], completions: list[Completion], winner: str | None) -> str:
    """How many of the votes on this pair in this task went as this one; empty of a model against itself."""
    record = find_run(running, ids[0])
    task = record.task if record is not None else None
    simulated = any(completion.simulated for completion in completions)
    wanted = (task, *sorted(map(_target_of, completions)), simulated)
    for pair in running.store.votes.pairs():
        if (pair.task_type, pair.first, pair.second, pair.simulated) == wanted:
            return _pair_words(pair, winner)
    return ""


def _pair_words(pair: PairTally, winner: str | None) -> str:
    alike = {pair.first: pair.first_won, pair.second: pair.second_won}.get(winner or "", pair.even)
    words = f"{alike:,} of {looks.counted(pair.first_won + pair.second_won + pair.even, 'vote')} so far"
    return words if winner else f"{words} for both or neither"


def _target_of(completion: Completion) -> str:
    return f"{completion.provider}:{completion.requested_model}"


def _vote_again(ids: tuple[str, str]) -> None:
    st.session_state[_VOTING] = ids


def _keep_vote(running: Runtime, choice: Choice, ids: tuple[str, str]) -> None:
    """Keep a vote, and show the names."""
    completions, record = lanes.completions_of(running, ids), find_run(running, ids[0])
    task = record.task if record is not None else None
    if len(completions) < len(ids) or task is None:
        return
    left, right = completions
    running.store.votes.put(
        Vote(
            *ids,
            task_type=task,
            left_target=_target_of(left),
            right_target=_target_of(right),
            choice=choice,
            blind="blind" in st.query_params,
            simulated=left.simulated or right.simulated,
        )
    )
    running.store.flush()
    st.session_state.pop(_VOTING, None)
    st.query_params.pop("blind", None)
