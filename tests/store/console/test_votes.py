"""Votes on comparisons."""

import pytest

from router.store.console.votes import Vote


@pytest.fixture
def votes(store):
    def put(number, choice, **more):
        store.votes.put(Vote(f"L{number}", f"R{number}", "vision", "groq:a", "openrouter:b", choice, **more))
        store.flush()
        return store.votes

    return put


def test_votes_are_counted_by_task_and_target(votes):
    votes(1, "left")
    votes(2, "right")
    votes(3, "left")
    tally = votes(4, "neither").tally()
    assert [(one.target, one.won, one.lost, one.both, one.neither) for one in tally] == [
        ("groq:a", 2, 1, 0, 1), ("openrouter:b", 1, 2, 0, 1),
    ]  # fmt: skip


def test_a_second_vote_on_a_pair_takes_the_place_of_the_first(votes):
    votes(1, "left")
    assert votes(1, "both").of("L1", "R1") == "both"
    assert sum(one.both for one in votes(1, "both").tally()) == 2


def test_simulated_votes_are_counted_apart(votes):
    votes(1, "left")
    assert len(votes(2, "left", simulated=True).tally()) == 4


def test_an_unknown_choice_is_refused(votes):
    with pytest.raises(ValueError, match="a vote is one of"):
        votes(1, "up")


def test_votes_are_counted_by_pair_whichever_side_each_was_on(store):
    for number, (left, right, choice, more) in enumerate(
        [
            ("groq:a", "openrouter:b", "left", {"blind": True}),
            ("openrouter:b", "groq:a", "left", {}),
            ("openrouter:b", "groq:a", "right", {}),
            ("groq:a", "openrouter:b", "both", {}),
            ("groq:a", "groq:a", "left", {}),
            ("groq:a", "openrouter:b", "right", {"simulated": True}),
        ]
    ):
        store.votes.put(Vote(f"L{number}", f"R{number}", "vision", left, right, choice, **more))
    store.flush()
    live, simulated = store.votes.pairs()
    assert (live.first, live.second, live.first_won, live.second_won, live.even, live.blind) == (
        "groq:a", "openrouter:b", 2, 1, 1, 1,
    )  # fmt: skip
    assert (simulated.simulated, simulated.second_won) == (True, 1)
