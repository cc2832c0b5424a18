"""A case out of an answer: what it guesses to be right, and what is no case."""

import pytest

from router.evaluation.cases.checks import faults_in_answer
from router.evaluation.cases.files import as_csv, read_case_file
from router.evaluation.cases.kept_answers import RightKind, case_of_draft, draft_case
from router.types import TaskType

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many grams are 2 kg?"}]


@pytest.mark.parametrize(
    ("answer", "kind", "right"),
    [
        ("2000", RightKind.NUMBER, "2000"),
        ("**Meal.**", RightKind.LABEL, "Meal"),
        ('{"kcal": 3, "items": [1]}', RightKind.FIELDS, '{"kcal": 3}'),
        ("It is two thousand grams.", RightKind.WORDS, ""),
    ],
)
def test_what_was_answered_is_the_guess_at_what_is_right(answer, kind, right):
    draft = draft_case(TaskType.COMPLEX_REASONING, ASKED, None, answer=answer)
    assert (draft.kind, draft.right, draft.system) == (kind, right, "Be brief.")


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [*ASKED, {"role": "assistant", "content": "2000"}],
        [*ASKED, {"role": "assistant", "content": None}, {"role": "user", "content": "Sure?"}],
        [*ASKED, {"role": "tool", "content": "2000"}, {"role": "user", "content": "Sure?"}],
        [{"role": "user", "content": [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {}}]}],
        [{"role": "user", "content": "  "}],
    ],
)
def test_what_ends_without_a_question_or_holds_tools_or_a_picture_is_no_case(messages):
    assert draft_case(TaskType.REAL_TIME_CHAT, messages, None, answer="yes") is None


def test_a_later_turn_is_asked_with_the_conversation_before_it():
    messages = [*ASKED, {"role": "assistant", "content": "2000"}, {"role": "user", "content": "Sure?"}]
    draft = draft_case(TaskType.REAL_TIME_CHAT, messages, None, answer="yes")
    case = case_of_draft(draft, "kept-2", RightKind.LABEL, right="yes")
    assert case.messages() == messages
    (again,) = read_case_file(as_csv([case]).encode(), "cases.csv", TaskType.VERIFICATION)
    assert (again.messages(), again.digest) == (messages, case.digest)


def test_what_a_person_says_is_right_is_what_is_checked():
    draft = draft_case(TaskType.COMPLEX_REASONING, ASKED, None, answer="1999")
    case = case_of_draft(draft, "kept-1", RightKind.NUMBER, right="2000")
    assert faults_in_answer(case, "1999", None)
    assert faults_in_answer(case, "It is 2,000.", None) == []


@pytest.mark.parametrize("right", ["It is warm; and short.", "2"])
def test_a_sentence_for_a_judge_is_kept_as_it_is(right):
    draft = draft_case(TaskType.COMPLEX_REASONING, ASKED, None, answer="1999")
    case = case_of_draft(draft, "kept-1", RightKind.JUDGE, right=right)
    assert (case.judge, case.has_rules) == (right, False)


@pytest.mark.parametrize(
    ("kind", "right", "words"),
    [
        (RightKind.NUMBER, "many", "no number"),
        (RightKind.FIELDS, "kcal", "no JSON object"),
        (RightKind.LABEL, " ", "write what is right"),
    ],
)
def test_what_says_nothing_that_could_be_checked_is_refused(kind, right, words):
    draft = draft_case(TaskType.COMPLEX_REASONING, ASKED, None, answer="1999")
    with pytest.raises(ValueError, match=words):
        case_of_draft(draft, "kept-1", kind, right=right)
