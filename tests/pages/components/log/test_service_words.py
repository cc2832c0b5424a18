"""What a person said to a service, as History shows it."""

import json

import pytest

from pages.components.log.service_words import asked_words, listed_words, without_data
from router.services.second_opinion import check_messages
from router.store.log.search_hits import find_hit

PROMPT = json.dumps({"question": "Should I train today?", "day": {"goal": "get strong", "entries": [{"kcal": 420}]}})


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("train", "Should I train today?"), ("Should", "Should I train today?"), ("strong", "get strong"), ("420", "420")],
)
def test_a_hit_within_sent_data_is_shown_with_its_own_value_alone(typed, shown):
    hit = without_data(find_hit([PROMPT], typed))
    assert hit.before + hit.words + hit.behind == shown


def test_a_hit_in_plain_words_is_shown_whole():
    hit = find_hit(['He said: "train, then rest" to me'], "train")
    assert without_data(hit) == hit


def test_the_latest_data_of_a_conversation_are_what_was_asked():
    messages = [
        {"role": "system", "content": "You are a coach."},
        {"role": "user", "content": "earlier words"},
        {"role": "assistant", "content": "an answer"},
        {"role": "user", "content": [{"type": "text", "text": PROMPT}, {"type": "image", "bytes": 4}]},
        {"role": "assistant", "content": "{}"},
        {"role": "user", "content": "It has faults; write it again."},
    ]
    assert asked_words(messages) == "Should I train today?"
    assert asked_words(messages[:2]) is None


@pytest.mark.parametrize(("cut", "question"), [(None, "Should I train\ntoday?"), (45, "Should I train")])
def test_of_a_second_opinion_the_question_is_listed_that_it_is_about(cut, question):
    prompt = check_messages("Should I train\ntoday?", "Rest.")[-1]["content"][:cut]
    assert listed_words("check", prompt) == f"Second opinion: {question}"
    assert listed_words("prompt", prompt) == prompt
    assert listed_words("check", "Reply with one word: ready") == "Reply with one word: ready"
