"""Cases in files: there and back, and promptfoo's plain form."""

import pytest

from router.evaluation.cases.case import shipped_cases
from router.evaluation.cases.files import MOST_CASES, as_csv, as_jsonl, read_case_file
from router.types import TaskType

TASK = TaskType.VERIFICATION


@pytest.mark.parametrize("task", TaskType)
@pytest.mark.parametrize(("write", "name"), [(as_csv, "c.csv"), (as_jsonl, "c.jsonl")])
def test_every_case_comes_back_as_it_was(task, write, name):
    cases = list(shipped_cases(task).cases)
    assert read_case_file(write(cases).encode(), name, TASK) == cases


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ("2000", "number", 2000.0),
        ("1,5", "number", 1.5),
        ('"{""kcal"": 3}"', "fields", {"kcal": 3}),
        ("oats", "includes", ("oats",)),
    ],
)
def test_a_table_of_prompts_and_what_is_expected_is_enough(cell, field, value):
    cell = f'"{cell}"' if "," in cell and cell[0] != '"' else cell
    (case,) = read_case_file(f"prompt,expected\nHow many?,{cell}\n".encode(), "mine.CSV", TASK)
    assert getattr(case, field) == value
    assert case.task is TASK


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "prompt,judge\nCheer me up.,It is warm.\n"), ("a.jsonl", '{"prompt": "Hi", "judge": "It is warm."}')],
)
def test_a_judges_sentence_is_enough_to_be_a_case(name, text):
    (case,) = read_case_file(text.encode(), name, TASK)
    assert case.judge == "It is warm."
    assert not case.has_rules


def test_the_same_case_of_a_file_gets_the_same_name_again():
    data = b"prompt,expected\nHow many?,2\n"
    assert read_case_file(data, "a.csv", TASK)[0].id == read_case_file(data, "b.csv", TASK)[0].id


PROMPTFOO = """
prompts:
  - "Sort this: {{entry}}"
  - "Which is it? {{ entry }}"
defaultTest:
  assert:
    - {type: not-icontains, value: sorry}
tests:
  - description: an egg
    vars: {entry: one \\egg}
    assert: [{type: equals, value: meal}]
  - vars: {entry: a run}
    assert:
      - {type: equals, value: activity}
      - {type: icontains-any, value: [run, jog]}
  - vars: {entry: JSON}
    assert: [{type: is-json}]
  - vars: {entry: a cheer}
    assert:
      - {type: llm-rubric, value: It is warm.}
      - {type: llm-rubric, value: It is short.}
"""


def test_promptfoos_plain_form_is_read():
    cases = read_case_file(PROMPTFOO.encode(), "promptfooconfig.yaml", TASK)
    assert len(cases) == 8
    assert cases[0].prompt == "Sort this: one \\egg"
    assert (cases[0].label, cases[0].labels, cases[0].note) == ("meal", ("activity", "meal"), "an egg")
    assert {case.excludes for case in cases} == {("sorry",)}
    assert cases[2].includes == ("run|jog",)
    assert cases[4].wants_json
    assert cases[6].judge == "It is warm.\nIt is short."


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "prompt\n?", "come as"),
        ("a.csv", "prompt,answer\n?,1\n", "unknown columns: answer"),
        ("a.csv", "id,number\na,1\n", "no prompt"),
        ("a.csv", "prompt,number\n?,many\n", "line 2: number is no number"),
        ("a.csv", "prompt,expected\na,1,2\n", "more cells"),
        ("a.csv", "", "no prompt"),
        ("a.jsonl", "\n\n", "no case"),
        ("a.jsonl", "{", "line 1 is no JSON"),
        ("a.jsonl", "[]", "line 1 is no JSON object"),
        ("a.jsonl", '{"prompt": "?", "number": 1, "task": "poetry"}', "line 1: case .*task"),
        ("a.yaml", "a: [", "no YAML"),
        ("a.yaml", "tests: file://tests.csv", "in the file itself, tests"),
        ("a.yaml", "prompts: [file://p.txt]\ntests: [{assert: []}]", "in the file itself"),
        ("a.yaml", "prompts: ['{{q}}']\ntests: [{vars: {}}]", "needs q"),
        (
            "a.yaml",
            "prompts: ['{{q}}']\ntests: [{vars: {q: a}, assert: [{type: javascript, value: x}]}]",
            "'javascript'",
        ),
        (
            "a.yaml",
            "prompts: [a]\ntests: [{assert: [{type: llm-rubric, value: 'file://rubric.txt'}]}]",
            "test 1: only rubrics that stand in the file itself",
        ),
        ("a.yaml", "prompts: [a]\ntests: [{assert: [{type: llm-rubric}]}]", "test 1: only rubrics"),
        ("a.jsonl", '{"prompt": "?", "judge": 3}', "line 1: case .*judge"),
        ("a.yaml", "!!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(name, text, words):
    with pytest.raises(ValueError, match=words):
        read_case_file(text.encode(), name, TASK)


def test_a_file_of_too_many_cases_is_refused():
    lines = "".join(f'{{"prompt": "{number}", "number": 1}}\n' for number in range(MOST_CASES + 1))
    with pytest.raises(ValueError, match="more than"):
        read_case_file(lines.encode(), "a.jsonl", TASK)
