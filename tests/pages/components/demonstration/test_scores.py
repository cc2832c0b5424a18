"""The score of a demonstration counts who was answered."""

from pages.components.demonstration.scores import ActResult, Cost, Ending, SideResult, score_words


def side(ending):
    return SideResult(ending, 1_000.0, Cost(0, 0.0))


def test_only_a_whole_answer_counts():
    results = [
        ActResult("quota", side(Ending.FAILED), side(Ending.ANSWERED)),
        ActResult("cut", side(Ending.BROKEN), side(Ending.ANSWERED)),
        ActResult("slow", side(Ending.ANSWERED), side(Ending.ANSWERED)),
        ActResult("down", side(Ending.FAILED), side(Ending.FAILED)),
    ]
    assert score_words(results) == "Without the router: 1 of 4 answered. With it: 3 of 4."
