"""An operator's own cases in the database."""

import pytest


@pytest.fixture
def cases(store):
    return store.cases


def case(name, task="vision", **more):
    return {"id": name, "task": task, "prompt": "?", **more}


def test_cases_are_kept_by_task_and_replaced_by_their_id(cases):
    assert cases.put([case("b", "vision"), case("a", "complex-reasoning")])
    assert cases.put([case("b", "vision", prompt="Ääh?")])
    assert [(kept.id, kept.document["prompt"]) for kept in cases.all()] == [("a", "?"), ("b", "Ääh?")]


def test_a_case_is_deleted_alone(cases):
    cases.put([case("a"), case("b")])
    assert cases.delete("a")
    assert [kept.id for kept in cases.all()] == ["b"]
