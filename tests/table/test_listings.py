"""Providers' lists hold anything: what each odd value is read as, and that no value whatever breaks a request."""

import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ports import CatalogueRow
from router.ports.null_stores import NullCatalogueStore
from router.table.catalogue import Catalogue
from router.table.listings import listed_entries, read_listed, read_listing

COUNTS = [
    (0.5, None),
    (0, None),
    (-1, None),
    (True, None),
    (1, 1),
    (8192.0, 8192),
    ("131072", 131_072),
    ("big", None),
    (2**63, None),
    (10**400, None),
    (math.nan, None),
    (math.inf, None),
]


@pytest.mark.parametrize(("value", "context"), COUNTS, ids=[str(value)[:20] for value, _ in COUNTS])
def test_a_context_is_a_count_of_tokens_or_unknown(value, context):
    listed = read_listed({"id": "m", "context_length": value, "max_completion_tokens": value})
    assert (listed.context, listed.max_output) == (context, context)
    assert listed.entry().context == context


def test_a_field_that_holds_nothing_usable_leaves_the_word_to_the_next():
    assert read_listed({"id": "m", "context_length": 0.5, "top_provider": {"context_length": 4096}}).context == 4096


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "m", "pricing": "free", "expiration_date": "soon", "architecture": [], "context_length": "big"},
        {"id": "m", "pricing": {"prompt": None}, "top_provider": 3, "supported_parameters": {}, "created": "x"},
        {"id": "m", "input_modalities": "text", "expiration_date": 20261231, "name": ["a", "list"]},
        {"id": "m", "input_modalities": "text+image", "supported_features": "tools", "created": math.nan},
    ],
)
def test_an_entry_of_any_form_can_be_read_and_hinders_nothing(entry):
    listed = read_listed(entry)
    assert (listed.vision, listed.expires, listed.context, listed.json_modes) == (None, None, None, None)
    assert math.isfinite(listed.created)
    assert listed.entry().label == "m"


@pytest.mark.parametrize("price", [math.nan, "NaN", math.inf, "-1", "x", 10**400, ["0"], {"usd": 0}, True])
def test_a_price_that_is_none_is_no_proof_that_a_model_is_free(price):
    assert read_listed({"id": "m", "pricing": {"prompt": price, "completion": "0"}}).costs is True


def test_conditions_beside_the_prices_are_no_price():
    pricing = {"prompt": "0", "completion": "0", "overrides": [{"min_context": 200_000}]}
    assert read_listed({"id": "m", "pricing": pricing}).costs is False


@pytest.mark.parametrize("model", [None, 7, "", ["m"], "m" * 301, "half\ud800:free"])
def test_an_entry_that_could_not_be_called_by_its_id_is_left_out(model):
    assert listed_entries({"data": [{"id": model}, {"id": "good"}]}) == [{"id": "good"}]


class Kept(NullCatalogueStore):
    """Keeps what a database could."""

    row = None

    def put_catalogue(self, row):
        self.row = CatalogueRow(row.account, row.fetched_at, tuple(orjson.loads(orjson.dumps(list(row.models)))))

    def load_catalogue(self, account):
        return self.row


class Clock:
    def time(self):
        return 1_790_000_000.0


FIELDS = st.sampled_from(
    ["name", "created", "active", "architecture", "input_modalities", "output_modalities", "context_length",
     "context_window", "max_completion_tokens", "top_provider", "supported_parameters", "supported_features", "pricing",
     "expiration_date"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**65) | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["prompt", "completion", "context_length", "input_modalities", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=6), max_size=4))
def test_no_list_whatever_breaks_its_reading_its_keeping_or_a_request(entries):
    entries = [{**entry, "id": f"m{number}"} for number, entry in enumerate(entries)]
    store = Kept()
    Catalogue(store, Clock()).take("a", {"data": entries})
    again = Catalogue(store, Clock()).listing("a")
    assert [*(again.models if again else ())] == [entry["id"] for entry in entries]
    for listed in read_listing(0.0, entries).models.values():
        assert listed.entry().context is None or listed.entry().context >= 1
        sorted([listed, listed], key=lambda model: (model.context or 0, model.created))


def test_one_odd_entry_leaves_the_others_as_they_are():
    entries = [{"id": "odd", "context_length": 0.5, "created": 2**70}, {"id": "good", "context_length": 4096}]
    models = read_listing(0.0, listed_entries(entries)).models
    assert (models["odd"].context, models["good"].context) == (None, 4096)


@pytest.mark.parametrize(
    ("entry", "tools", "choice"),
    [
        ({}, None, None),
        ({"supported_features": ["tools", "json_mode"]}, True, None),
        ({"supported_features": ["json_mode"]}, False, None),
        ({"supported_parameters": ["tools", "tool_choice"]}, True, True),
        ({"supported_parameters": ["tools"]}, True, False),
        ({"supported_parameters": ["seed"]}, False, False),
        ({"supported_parameters": "tools"}, None, None),
    ],
)
def test_whether_a_model_calls_tools_and_can_be_made_to_is_read_where_the_list_says_it(entry, tools, choice):
    listed = read_listed({"id": "a/b", **entry})
    assert (listed.tools, listed.tool_choice) == (tools, choice)
    assert (listed.entry().tools, listed.entry().tool_choice) == (tools, choice)
