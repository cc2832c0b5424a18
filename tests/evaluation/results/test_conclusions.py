"""What follows from a result: seldom anything by chance, and mostly what is there."""

import random
import re

import pytest

from router.evaluation.results.conclusions import (
    ChallengerVerdict,
    Comparison,
    best_finding,
    chance_text,
    compare_results,
    conclusion_text,
    deciding_cases,
    is_beyond_cases,
    verdict_text,
)
from router.evaluation.results.statistics import wilson_interval
from router.evaluation.results.task_result import CaseOutcome, TargetResult, TaskResult
from router.types import Target, TaskType

RUNS = 1_000


def result_of(name, rights, times, *, is_kept=False):
    outcomes = {
        (f"case{number}", "digest"): CaseOutcome(right, time, ())
        for number, (right, time) in enumerate(zip(rights, times, strict=True))
    }
    share = wilson_interval(sum(rights), len(rights))
    return TargetResult(Target("groq", name), outcomes, share, sum(rights), 1.0, 1.0, 0, 0, {}, is_kept, True)


def drawn(chance, name, *, share, cases=60, pace=1.0):
    rights = [chance.random() < share for _ in range(cases)]
    return result_of(name, rights, [pace * chance.uniform(500, 1500) for _ in rights])


def task_of(baseline, *challengers, complete=True):
    return TaskResult(TaskType.VERIFICATION, baseline, (baseline, *challengers), complete)


def proposals_among(runs, *, shares, challengers=1, pace=1.0):
    """In how many of so many runs something is proposed."""
    chance = random.Random(20261127)
    before, after = shares
    return sum(
        best_finding(
            task_of(
                drawn(chance, "old", share=before),
                *(drawn(chance, f"new{number}", share=after, pace=pace) for number in range(challengers)),
            )
        )
        is not None
        for _ in range(runs)
    )


@pytest.mark.parametrize("share", [0.5, 0.8, 0.98])
def test_two_equal_targets_lead_to_a_proposal_in_at_most_five_of_a_hundred_runs(share):
    assert proposals_among(RUNS, shares=(share, share)) <= 0.05 * RUNS


def test_four_equal_challengers_share_what_may_go_wrong_by_chance():
    assert proposals_among(RUNS, shares=(0.8, 0.8), challengers=4) <= 0.05 * RUNS


def test_ninety_against_seventy_of_a_hundred_is_found_in_four_of_five_runs_of_sixty_cases():
    assert proposals_among(RUNS, shares=(0.7, 0.9)) >= 0.8 * RUNS


def test_a_worse_target_is_never_proposed_however_fast_it_is():
    assert proposals_among(200, shares=(0.9, 0.6), pace=0.2) == 0


def test_as_good_and_twice_as_fast_is_found():
    assert proposals_among(200, shares=(0.97, 0.97), pace=0.5) >= 160


def test_a_little_faster_is_not_worth_a_change():
    assert proposals_among(200, shares=(0.97, 0.97), pace=0.9) <= 10


def test_nothing_is_proposed_before_all_cases_were_asked():
    better = task_of(result_of("old", [False] * 20, [1.0] * 20), result_of("new", [True] * 20, [1.0] * 20))
    assert best_finding(better).verdict is ChallengerVerdict.BETTER
    halted = TaskResult(better.task, better.baseline, better.results, complete=False)
    assert best_finding(halted) is None
    assert "No winner yet" in conclusion_text(halted, str)


def test_targets_are_held_against_each_other_on_the_cases_that_both_were_asked():
    old, new = result_of("old", [True, False], [1.0] * 2), result_of("new", [True, True, True], [1.0] * 3)
    comparison = compare_results(new, old)
    assert (comparison.cases, comparison.wins, comparison.losses, comparison.both_right) == (2, 1, 0, 1)


def test_a_sentence_says_how_many_cases_more_would_tell():
    old = result_of("old", [True] * 16 + [False] * 4, [1000.0] * 20)
    new = result_of("new", [True] * 18 + [False] * 2, [1000.0] * 20)
    words = conclusion_text(task_of(old, new), lambda target: target.model)
    assert words.startswith("No winner yet: 18 of 20 (new) against 16 of 20 (old). ")
    assert re.search(r" About \d+ more cases would decide, if the lead holds\.$", words)


def test_how_many_cases_would_decide_is_the_sentences_own_number_and_none_where_there_is_a_winner():
    old = result_of("old", [True] * 16 + [False] * 4, [1000.0] * 20)
    new = result_of("new", [True] * 18 + [False] * 2, [1000.0] * 20)
    said = int(re.search(r"About (\d+) more", conclusion_text(task_of(old, new), str))[1])
    assert deciding_cases(task_of(old, new)) == said
    assert deciding_cases(task_of(old, new, complete=False)) is None
    assert deciding_cases(task_of(old, old)) is None
    worse = result_of("worse", [False] * 20, [1000.0] * 20)
    assert deciding_cases(task_of(old, worse)) is None
    assert deciding_cases(task_of(worse, old)) is None


def test_a_sentence_promises_no_more_cases_than_there_are():
    old = result_of("old", [True] * 16 + [False] * 4, [1000.0] * 20)
    new = result_of("new", [True] * 18 + [False] * 2, [1000.0] * 20)
    few, many = (conclusion_text(task_of(old, new), str, unasked) for unasked in (6, 1_000))
    assert few.endswith("The 26 cases there are cannot decide it, as things stand: add cases of your own.")
    assert re.search(r" About \d+ more cases would decide", many)
    assert is_beyond_cases(task_of(old, new), 6)
    assert not is_beyond_cases(task_of(old, new), 1_000)


def test_after_a_few_cases_nobody_says_what_the_many_that_are_left_would_come_to():
    old = result_of("old", [True] * 2 + [False] * 2, [1000.0] * 4)
    new = result_of("new", [False] + [True] * 2 + [True], [1000.0] * 4)
    assert conclusion_text(task_of(old, new), str, 10).endswith(" 4 cases are too few to tell.")
    assert not is_beyond_cases(task_of(old, new), 10)


def test_a_list_says_in_a_few_words_what_followed():
    old, new = result_of("old", [True] * 20, [1.0] * 20), result_of("new", [False] * 20, [1.0] * 20)
    assert verdict_text(task_of(old, new), lambda t: t.model) == "nothing changes"
    assert verdict_text(task_of(new, old), lambda t: t.model) == "old is better"
    assert verdict_text(task_of(old, old), lambda t: t.model) == "no winner"
    assert verdict_text(task_of(old, new, complete=False), str) == "not all asked"


def test_several_challengers_need_more_cases_to_tell():
    rights = [True] * 8 + [False] * 2, [True] * 6 + [False] * 4
    baseline, first, second = (result_of(name, list(rights[number > 0][::-1]), [1.0] * 10)
                               for number, name in enumerate(("old", "new", "newer")))  # fmt: skip
    alone, both = (conclusion_text(task_of(baseline, *several), str) for several in ((first,), (first, second)))
    more = [int(re.search(r"(\d+) more cases would", words)[1]) for words in (alone, both)]
    assert more[0] < more[1]


def test_a_sentence_says_that_two_do_not_differ():
    same = [result_of(name, [True] * 20, [1000.0] * 20) for name in ("old", "new")]
    assert "are both right in 20 of 20 cases" in conclusion_text(task_of(*same), str)


def test_a_sentence_says_that_all_others_are_worse():
    old, new = result_of("old", [True] * 20, [1.0] * 20), result_of("new", [False] * 20, [1.0] * 20)
    assert "Nothing changes: The other is worse than old." in conclusion_text(task_of(old, new), lambda t: t.model)


def test_a_comparison_of_no_cases_decides_nothing():
    assert Comparison(0, 0, 0, 0, 0, 0, None).verdict() is ChallengerVerdict.UNDECIDED


@pytest.mark.parametrize(
    ("chance", "words"),
    [(1.0, "more likely than not"), (0.5, "1 in 2"), (1 / 128, "1 in 128"), (0.0009, "less than 1 in 1,000")],
)
def test_chance_is_said_as_odds(chance, words):
    assert chance_text(chance) == words
