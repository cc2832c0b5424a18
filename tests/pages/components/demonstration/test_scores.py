"""The score of a demonstration counts who was answered, and its sentence, its table and its total agree."""

from pages.components.demonstration.scores import (
    ActResult,
    Ending,
    SideResult,
    closing_words,
    result_of_many,
    score_words,
    total_of,
)


def single(name, without, routed):
    sides = (SideResult(1, int(ending is Ending.ANSWERED), str(ending)) for ending in (without, routed))
    return ActResult(name, *sides)


RESULTS = [
    single("quota", Ending.FAILED, Ending.ANSWERED),
    single("cut", Ending.BROKEN, Ending.ANSWERED),
    single("slow", Ending.ANSWERED, Ending.ANSWERED),
    single("down", Ending.FAILED, Ending.FAILED),
]
CHAOS = result_of_many("Chaos", [Ending.ANSWERED] * 9 + [Ending.FAILED] * 11, [Ending.ANSWERED] * 19 + [Ending.BROKEN])


def test_only_a_whole_answer_counts():
    assert score_words(RESULTS) == "4 requests so far: 1 answered without the router, 3 with it."


def test_chaos_counts_with_all_its_requests():
    assert (CHAOS.without.words, CHAOS.routed.words) == ("9 of 20 answered", "19 of 20 answered")
    assert score_words([*RESULTS, CHAOS]) == "24 requests so far: 10 answered without the router, 22 with it."


def test_the_closing_sentence_and_the_total_say_the_same():
    total = total_of([*RESULTS, CHAOS])
    assert (total.without.words, total.routed.words) == ("10 of 24 answered", "22 of 24 answered")
    assert closing_words([*RESULTS, CHAOS]) == (
        "While providers failed, 22 of 24 requests were answered with the router, and 10 of 24 without it. "
        "Only in “down” and “Chaos” was something left unanswered."
    )
    assert closing_words(RESULTS[:1]).endswith(" without it."), "where all were answered, nothing is missed"
