"""Prompts under a name: kept, opened by name and id, replaced, deleted."""

import pytest


def names(store):
    return [prompt.name for prompt in store.saved_prompts.by_name()]


def test_a_prompt_is_kept_with_its_settings_and_found_by_its_id(store):
    controls = {"prompt": "two eggs 🥚", "json": True, "schema": "{}", "seed": 7, "temperature": None}
    saved = store.saved_prompts.put("  Two   eggs ", "structured-output", controls)
    assert store.saved_prompts.get(saved.id) == saved
    assert (saved.name, saved.task_type, saved.controls) == ("Two eggs", "structured-output", controls)
    assert store.saved_prompts.get("another") is None


def test_under_a_name_that_is_there_the_prompt_is_replaced_and_keeps_its_address(store):
    first = store.saved_prompts.put("Plan", "real-time-chat", {"prompt": "one"})
    second = store.saved_prompts.put("Plan", "verification", {"prompt": "two"})
    assert second.id == first.id
    assert [prompt.controls["prompt"] for prompt in store.saved_prompts.by_name()] == ["two"]


def test_prompts_come_by_name_and_one_is_deleted(store):
    for name in ("b", "a", "c"):
        store.saved_prompts.put(name, "real-time-chat", {})
    store.saved_prompts.delete(store.saved_prompts.named("b").id)
    assert names(store) == ["a", "c"]


def test_a_prompt_without_a_name_is_refused(store):
    with pytest.raises(ValueError, match="needs a name"):
        store.saved_prompts.put("   ", "real-time-chat", {})
    assert names(store) == []


def test_retention_of_requests_leaves_saved_prompts_alone(store):
    store.saved_prompts.put("Plan", "real-time-chat", {})
    store.retain(0)
    assert names(store) == ["Plan"]
