"""A person's log in the database: put, found, corrected, deleted one by one or all at once."""

from router.store import Entry


def entry(name, at=1_000.0, kind="meal", **changes):
    values = {"entry": "2 eggs", "summary": "Eggs", "figures": "143 kcal", "data": "{}", "simulated": False}
    return Entry(id=name, at=at, kind=kind, **values | changes)


def ids(entries):
    return [entry.id for entry in entries]


def test_an_entry_is_there_as_soon_as_it_is_put(store):
    store.entries.put(entry("A", simulated=True))
    assert store.entries.get("A") == entry("A", simulated=True)
    assert store.entries.get("B") is None


def test_the_latest_come_first_and_can_be_of_some_kinds_or_since_a_moment(store):
    for one in (entry("A", 1_000), entry("B", 3_000, "workout"), entry("C", 2_000)):
        store.entries.put(one)
    assert ids(store.entries.latest()) == ["B", "C", "A"]
    assert ids(store.entries.latest(kinds=["meal"])) == ["C", "A"]
    assert ids(store.entries.latest(since=2_000)) == ["B", "C"]
    assert ids(store.entries.latest(1)) == ["B"]


def test_a_correction_takes_the_place_of_what_it_corrects(store):
    store.entries.put(entry("A"))
    store.entries.put(entry("A", figures="200 kcal"))
    assert [one.figures for one in store.entries.latest()] == ["200 kcal"]


def test_one_is_deleted_or_all_of_a_kind_or_all(store):
    for one in (entry("A"), entry("B"), entry("C", kind="note"), entry("D", kind="note")):
        store.entries.put(one)
    store.entries.delete("A")
    assert ids(store.entries.latest(kinds=["meal"])) == ["B"]
    assert store.entries.delete_all(["note"]) == 2
    assert store.entries.delete_all() == 1
    assert store.entries.count() == 0


def test_retention_of_requests_leaves_the_log_of_a_person_alone(store):
    store.entries.put(entry("A"))
    store.retain(0)
    assert store.entries.count() == 1
