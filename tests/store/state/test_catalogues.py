"""The providers' lists in the database, whatever is in them."""

import pytest

from router.ports import CatalogueRow


def test_a_list_is_read_back_and_a_later_one_takes_its_place(store):
    assert store.catalogues.load_catalogue("a") is None
    for models in (({"id": "m"},), ({"id": "n"}, {"id": "o"})):
        store.catalogues.put_catalogue(CatalogueRow("a", 1.0, models))
        assert store.flush()
        assert store.catalogues.load_catalogue("a") == CatalogueRow("a", 1.0, models)
    assert store.catalogues.load_catalogue("b") is None


@pytest.mark.parametrize("odd", [{"id": "half \ud83c"}, {"id": "m", "context_length": 10**100}, {"\ud83c": 1}])
def test_an_entry_that_is_no_json_is_left_out_and_all_others_are_kept(store, odd):
    store.catalogues.put_catalogue(CatalogueRow("a", 1.0, ({"id": "m"}, odd)))
    assert store.flush()
    assert store.catalogues.load_catalogue("a").models == ({"id": "m"},)
