"""Pages of the log, searching it, exporting it, and deleting texts from it."""

import sqlite3
import time

import pytest
from sqlalchemy import event
from ulid import ULID

from router.store import ANY_FAILURE, COUNT_LIMIT, Filters, Selection, open_store
from router.store.database.search_terms import read_terms
from router.store.database.times import stamp
from router.types import Target
from tests.store.logged import change_rows, writing

NOW = 1_790_000_000.0
ALL = Filters(simulated=None)


def fill(store, count, *, status="succeeded", texts=True, start=NOW, **fixed):
    """`count` requests, a second apart, the last one at `start`; gives their ids, oldest first."""
    with writing(store) as connection:
        ids = []
        for number in range(count):
            at = start - (count - 1 - number)
            ids.append(str(ULID.from_timestamp(at)))
            row = {
                "id": ids[-1], "started_at": stamp(at), "task_type": "vision", "source": "library", "purpose": "prompt",
                "simulated": 0, "streamed": 0, "status": status, "provider": "groq", "model": "m", "latency_ms": 1.0,
            } | fixed  # fmt: skip
            places = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO requests ({', '.join(row)}) VALUES ({places})", list(row.values()))
            if texts:
                values = ids[-1], f"prompt number {number} about Äpfel and toast", f"answer {number}"
                connection.execute("INSERT INTO contents (request_id, prompt, answer) VALUES (?, ?, ?)", values)
    return ids


def ids_of(store, **options):
    wanted = {name: options.pop(name) for name in ("before", "limit") if name in options}
    return [row.id for row in store.history.page(Selection(**{"filters": ALL} | options), **wanted)]


def test_pages_follow_each_other_without_a_gap_with_and_without_words(store):
    made = fill(store, 25)
    for words in ("", "toast"):
        seen, before = [], None
        while page := ids_of(store, words=words, before=before, limit=10):
            seen += page
            before = page[-1]
        assert seen == made[::-1]


@pytest.mark.parametrize("words", ["", "toast"])
def test_opening_the_list_costs_the_same_in_a_log_a_hundred_times_as_long(tmp_path, words):
    """Held are the queries, and the steps of SQLite's machine, which grow with the rows that it reads."""

    def cost(count):
        store = open_store(f"sqlite:///{tmp_path}/{count}.db", tmp_path)
        fill(store, count)
        queries, steps = [], []
        event.listen(store._reading.engine, "before_cursor_execute", lambda *arguments: queries.append(arguments[2]))
        event.listen(
            store._reading.engine,
            "connect",
            lambda connection, _: connection.set_progress_handler(lambda: steps.append(1) and None, 100),
        )
        assert len(ids_of(store, words=words, limit=41)) == 41
        store.close()
        return len(queries), len(steps)

    (few_queries, few_steps), (many_queries, many_steps) = cost(100), cost(10_000)
    assert few_queries == many_queries == 1
    assert many_steps <= few_steps * 1.5 + 5


def fail(store, ids, *outcomes, target=("groq", "m")):
    """Give each of these requests an attempt with each of the outcomes."""
    with writing(store) as connection:
        for request_id in ids:
            for ordinal, outcome in enumerate(outcomes, start=1):
                row = (f"{request_id}-{ordinal}", request_id, ordinal, *target, "a", stamp(NOW), outcome)
                connection.execute(
                    "INSERT INTO attempts (id, request_id, ordinal, provider, model, account, started_at, outcome) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row,
                )  # fmt: skip


@pytest.mark.parametrize("words", ["", "toast"])
def test_requests_are_found_by_what_their_attempts_failed_of_each_once(store, words):
    made = fill(store, 12)
    fail(store, made[::2], "rate_limited", "rate_limited", "succeeded")
    fail(store, made[1::4], "cut", target=("openrouter", "n"))
    limited, cut = made[::2][::-1], made[1::4][::-1]
    assert ids_of(store, words=words, outcome="rate_limited") == limited
    assert ids_of(store, words=words, outcome="rate_limited", before=limited[2], limit=2) == limited[3:5]
    assert ids_of(store, words=words, outcome="cut") == cut
    assert ids_of(store, words=words, outcome="cut", tried=Target("openrouter", "n")) == cut
    assert ids_of(store, words=words, outcome="cut", tried=Target("groq", "m")) == []
    assert ids_of(store, words=words, outcome="cut", status="failed") == []
    assert ids_of(store, words=words, outcome=ANY_FAILURE) == sorted([*limited, *cut], reverse=True)


def test_a_rare_failure_is_found_without_reading_the_requests_that_went_well(tmp_path):
    """Held are the steps of SQLite's machine, which grow with the rows that it reads."""

    def cost(count):
        store = open_store(f"sqlite:///{tmp_path}/{count}.db", tmp_path)
        made = fill(store, count)
        fail(store, made[3:], "succeeded")
        fail(store, made[:3], "stalled")
        steps = []
        event.listen(
            store._reading.engine,
            "connect",
            lambda connection, _: connection.set_progress_handler(lambda: steps.append(1) and None, 100),
        )
        assert ids_of(store, outcome="stalled") == made[2::-1]
        store.close()
        return len(steps)

    assert cost(5_000) <= cost(50) + 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("number 3", True), ("apfel", True), ("toa", True), ("TOAST äpfel", True), ('"about Äpfel"', True),
        ('"Äpfel about"', False), ("toast bread", False), ("number", True), ("numb number", False),
        ("NOT (toast", False), ('"', False), ("* : ^ -", False), ("prompt:number", True),
    ],
)  # fmt: skip
def test_words_are_found_as_people_write_them_and_break_no_query(store, words, found):
    fill(store, 5)
    assert bool(ids_of(store, words=words)) is found


def test_the_last_word_is_a_beginning_and_a_phrase_is_not():
    assert read_terms("two egg").words == '"two" "egg"*'
    assert read_terms('say "two eggs"').words == '"say" "two eggs"'
    assert not read_terms(" - ")


def test_filters_and_words_and_ending_hold_together(store):
    fill(store, 3)
    failed = fill(store, 1, status="failed", provider=None, start=NOW - 100)
    assert ids_of(store, words="toast", status="failed") == failed
    assert ids_of(store, words="toast", filters=Filters(provider="", simulated=None)) == failed
    assert ids_of(store, filters=Filters(start=NOW - 1, simulated=None)) == ids_of(store, limit=2)


def test_a_deleted_text_is_gone_from_the_list_from_search_and_from_the_file(file_store):
    store = file_store
    first, second = fill(store, 2)
    assert store.history.delete_content(second)
    assert ids_of(store) == [second, first]
    assert ids_of(store, words="toast") == [first]
    assert store.statistics.request(second).answer is None
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"prompt number 1 about" not in store.path.read_bytes()
    (event_row,) = store.statistics.events(kind="content deleted")
    assert (event_row["model"], event_row["detail"]) == (second, "one request")


def in_the_index(store, word):
    """Whether the segments of the index hold a word, deleted or not."""
    with sqlite3.connect(store.path) as connection:
        blocks = [bytes(block) for (block,) in connection.execute("SELECT block FROM search_data")]
    connection.close()
    return any(word in block for block in blocks)


@pytest.mark.parametrize("by_age", [False, True])
def test_the_words_of_a_deleted_text_leave_the_index_while_others_stay(file_store, by_age):
    store = file_store
    fill(store, 300)
    (one,) = fill(store, 1, start=1_000_000.0)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE contents SET answer = 'my diagnosis is anaemia' WHERE request_id = ?", (one,))
    connection.close()
    assert in_the_index(store, b"naemia")
    if by_age:
        store.retain(days=1)
    else:
        store.history.delete_content(one)
    while in_the_index(store, b"naemia"):  # the steps that are left are queued one by one
        store.flush()
    assert by_age or len(ids_of(store, words="toast", limit=1_000)) == 300


def test_a_text_that_is_deleted_is_found_no_more(store):
    first, second = fill(store, 2)
    assert store.history.delete_content(second)
    assert ids_of(store, words="toast") == [first]
    assert store.statistics.request(second).answer is None


def test_texts_from_before_a_day_are_deleted_and_the_rest_stays_whole(store):
    old = fill(store, 1_200, start=NOW - 86_400)
    new = fill(store, 3)
    assert store.history.count_contents_before(NOW - 3_600) == COUNT_LIMIT + 1, "no further than is worth the wait"
    assert store.history.delete_contents_before(NOW - 3_600) == 1_200
    assert store.history.count_contents_before(NOW - 3_600) == 0
    assert ids_of(store, words="toast") == new[::-1]
    assert len(ids_of(store, limit=2_000)) == len(old) + len(new)
    if store.path is not None:
        change_rows(store, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def test_deletion_by_age_takes_texts_out_of_the_index_too(store):
    fill(store, 3, start=1_000_000.0)
    assert store.retain(days=1) == 3
    assert ids_of(store, words="toast") == []


def test_requests_that_match_are_counted_up_to_a_limit(store):
    fill(store, 25)
    fill(store, 3, status="failed", start=NOW - 100)
    assert store.history.count(Selection(ALL)) == 28
    assert store.history.count(Selection(ALL, status="failed")) == 3
    assert store.history.count(Selection(ALL, words="toast")) == 28
    assert store.history.count(Selection(ALL, words="nowhere")) == 0
    assert store.history.count(Selection(ALL), most=10) == 11


def test_a_searched_request_shows_the_hit_in_its_sentence_also_where_only_the_answer_has_it(store):
    fill(store, 3)
    page = store.history.page(Selection(ALL, words="apfel"))
    assert [row.hit.words for row in page] == ["Äpfel"] * 3
    (only,) = store.history.page(Selection(ALL, words='"answer 2"'))
    assert only.hit.words == "answer 2"
    assert store.history.page(Selection(ALL))[0].hit is None


def test_a_note_goes_with_its_requests_row_and_outlives_its_texts(store):
    first, second = fill(store, 1, start=NOW - 90 * 86_400)[0], fill(store, 1, start=time.time())[0]
    for request in (first, second):
        store.notes.put_note(request, "slow")
    store.history.delete_content(second)
    store.retain(30)
    assert store.notes.read_notes([first, second]) == {second: "slow"}
