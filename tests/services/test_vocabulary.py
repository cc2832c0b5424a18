"""Text is cut into words that are compared without case, accents and apostrophes."""

from router.services.vocabulary import fold_text, split_words


def test_text_is_compared_without_case_accents_and_apostrophes():
    assert fold_text("Can’t KNÖCHEL año Fuß painnnn") == "cant knochel ano fuss pain"
    assert [word.sentence for word in split_words("a b. c")] == [0, 0, 1]


def test_a_pause_of_several_dots_ends_no_sentence():
    assert [word.sentence for word in split_words("i ... can't … breathe. ok")] == [0, 0, 0, 1]
