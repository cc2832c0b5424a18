"""The models that are listed, and how a list that is set is served."""

import pytest

from router.simulator.models.catalogue import Model, entry_of, model_entry, models_of, shipped
from tests.simulator.calls import FREE, ask


def test_what_is_listed_is_what_a_model_can_do():
    groq = model_entry("groq", "house/model", vision=True, context=8_192, json=("json_object",))
    assert (groq["context_window"], groq["input_modalities"]) == (8_192, ["text", "image"])
    assert groq["supported_features"] == ["tools", "json_mode"]
    openrouter = model_entry("openrouter", "house/model:free", reasons=True, json=("json_schema",))
    assert {"structured_outputs", "reasoning", "tools", "tool_choice"} <= set(openrouter["supported_parameters"])
    assert "tools" not in model_entry("openrouter", "house/model:free", tools=False)["supported_parameters"]
    assert openrouter["canonical_slug"] == "house/model"


def test_an_entry_that_was_set_is_listed_as_it_was_and_read_for_what_it_can_do():
    entry = {"id": "house/model", "context_length": 4_096, "supported_parameters": ["response_format"], "odd": {"a": 1}}
    model = models_of([entry])["house/model"]
    assert entry_of("openrouter", model) == entry
    assert (model.context, model.json, model.vision, model.tools) == (4_096, ("json_object",), False, False)


@pytest.mark.parametrize("entries", [[{}], [5], [{"id": 5}], [{"id": "a"}, None]])
def test_an_entry_without_an_id_is_named(entries):
    with pytest.raises(ValueError, match="every model needs an 'id'"):
        models_of(entries)


def test_every_free_model_costs_nothing():
    assert all(model.price == ("0", "0") for model in shipped()["openrouter"].values() if model.id.endswith(":free"))


def test_a_model_is_served_once_it_is_listed_and_only_so_long(simulator):
    simulator.set_models("openrouter", [model_entry("openrouter", "house/new:free")])
    assert ask(simulator, "openrouter", "house/new:free").status_code == 200
    assert ask(simulator, "openrouter", FREE).status_code == 404
    simulator.set_models("openrouter", None)
    assert ask(simulator, "openrouter", FREE).status_code == 200


def test_a_model_takes_what_it_can():
    seeing = Model("house/model", vision=True, json=())
    assert seeing.takes(vision=True, json=None)
    assert not seeing.takes(vision=True, json="json_object")
    assert not Model("house/model").takes(vision=True, json=None)
