"""Where a searched word stands: in its sentence, however it is written."""

import pytest

from router.store.log.search_hits import SearchHit, find_hit


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Should I train today?", "train", SearchHit("Should I ", "train", " today?")),
        ("Eat first. Then TRAIN hard. Sleep.", "train", SearchHit("Then ", "TRAIN", " hard.")),
        ("Should I train today?", "tra", SearchHit("Should I ", "train", " today?")),
        ("Un café crème, s'il vous plaît", "cafe", SearchHit("Un ", "café", " crème, s'il vous plaît")),
        ("leg - day is today", '"leg day"', SearchHit("", "leg - day", " is today")),
        ("今天休息还是训练？", "休息", SearchHit("今天", "休息", "还是训练？")),
        ("one\ntwo three\nfour", "three", SearchHit("two ", "three", "")),
        ("İstanbul ﬁnds train", "train", SearchHit("İstanbul ﬁnds ", "train", "")),
    ],
)
def test_a_hit_stands_in_its_sentence(text, typed, expected):
    assert find_hit([text], typed) == expected


def test_a_long_sentence_is_cut_around_the_hit_and_says_so():
    hit = find_hit(["word " * 200 + "needle " + "word " * 200], "needle")
    assert hit.before.startswith("…")
    assert hit.behind.endswith("…")
    assert len(hit.before) + len(hit.behind) < 200


def test_the_first_text_that_holds_a_word_is_shown():
    assert find_hit(["no", None, "yes, the needle"], "needle nothing").words == "needle"


@pytest.mark.parametrize("typed", ["", "...", "(", "needle"])
def test_what_stands_nowhere_is_no_hit(typed):
    assert find_hit(["a haystack", None, ""], typed) is None
