"""Searching in all scripts, and what deleted words leave behind."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.store import Filters, Selection
from router.store.database.search_terms import SearchTerms, read_terms
from tests.store.logged import identifier, open_in

ALL = Filters(simulated=None)
TEXTS = {
    1: "我今天要休息，明天跑步。",
    2: "今日は休息を取ります。ランニングは明日。",
    3: "วันนี้ฉันต้องการพักผ่อน",
    4: "오늘은 휴식이 필요합니다",
    5: "A plain text about rest – with a dash 🙂",
    6: "Ich brauche Ruhe.",
    7: "最后一个词是休息",
    8: "𠮷野家で食べた",
    9: "Read 休息 as a whole, and Python写作 too",
}


@pytest.fixture
def store(tmp_path):
    store = open_in(tmp_path)
    write(store, TEXTS)
    yield store
    store.close()


def write(store, texts, column="prompt"):
    """Requests with these texts, as any other program writes them."""
    with sqlite3.connect(store.path) as connection:
        for number, text in texts.items():
            connection.execute(
                "INSERT INTO requests (id, started_at, task_type, source, purpose, simulated, streamed, status) "
                "VALUES (?, '2026-11-24T08:30:00.000Z', 'vision', 'library', 'prompt', 0, 0, 'succeeded')",
                (identifier(number),),
            )
            values = {"prompt": "", "answer": "", column: text}
            connection.execute(
                "INSERT INTO contents (request_id, prompt, answer) VALUES (?, ?, ?)",
                (identifier(number), values["prompt"], values["answer"]),
            )
    connection.close()


def search(store, words, **options):
    return [int(row.id[2:]) for row in store.history.page(Selection(ALL, words=words), **options)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("休息", [9, 7, 2, 1]), ("息", [9, 7, 2, 1]), ("要休息", [1]), ("休息，", [1]), ("休息 明日", [2]),
        ("พักผ่อน", [3]), ("พัก", [3]), ("휴식", [4]), ("식이", [4]), ("휴식 필요", [4]),
        ("𠮷野", [8]), ("食べ", [8]), ("ランニング", [2]), ("休息 whole", [9]), ("whole 休息", [9]), ("whole 跑步", []),
        ("python写", [9]), ('"休息 as"', [9]), ('"as 休息"', []), ("rest", [5]), ("ruhe", [6]), ("水", []), ("休*", []),
        ("休息\"", [9, 7, 2, 1]), ("休' OR 1", []),
    ],
)  # fmt: skip
def test_words_of_every_script_are_found_wherever_they_stand(store, words, numbers):
    assert search(store, words) == numbers


def test_answers_are_searched_too(store):
    write(store, {20: "あなたは休息が必要です"}, column="answer")
    assert search(store, "休息")[0] == 20


def test_pages_of_a_search_follow_each_other_without_a_gap(store):
    write(store, {number: f"休息{number}" for number in range(100, 130)})
    seen, before = [], None
    while page := search(store, "休息", before=before, limit=7):
        seen += page
        before = identifier(page[-1])
    assert seen == [*range(129, 99, -1), 9, 7, 2, 1]


def test_a_character_that_stands_nearly_everywhere_is_found(store):
    write(store, {number: f"的{chr(0x4E00 + number)}{chr(0x5E00 + number)}" for number in range(1_000, 1_600)})
    assert search(store, "的", limit=5) == [1_599, 1_598, 1_597, 1_596, 1_595]
    assert search(store, "的 休息") == []


def test_a_text_of_one_script_is_in_one_index(store):
    with sqlite3.connect(store.path) as connection:
        numbers = connection.execute("SELECT id FROM search_scripts_docsize").fetchall()
    connection.close()
    assert len(numbers) == len(TEXTS) - 2


def test_a_deleted_text_is_not_found_and_its_words_leave_the_index(store):
    def terms():
        with sqlite3.connect(store.path) as connection:
            found = connection.execute("SELECT term FROM search_script_terms").fetchall()
        connection.close()
        return {term for (term,) in found}

    assert "พัก" in terms()
    assert store.history.delete_content(identifier(3))
    assert search(store, "พักผ่อน") == []
    while "พัก" in terms():  # the steps that are left are queued one by one
        store.flush()
    assert search(store, "休息") == [9, 7, 2, 1]
    for index in ("search", "search_scripts"):
        with sqlite3.connect(store.path) as connection:
            connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 0)")
        connection.close()


def test_a_changed_text_is_found_by_its_new_words_alone(store):
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE contents SET prompt = '我要跑步' WHERE request_id = ?", (identifier(1),))
    connection.close()
    assert 1 not in search(store, "休息")
    assert search(store, "要跑步") == [1]


SCRIPTS = st.text(st.sampled_from("休息跑步的今天พักผ่อน휴식ランab é-\"'*"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(SCRIPTS, min_size=1, max_size=6), data=st.data())
def test_any_piece_of_a_text_in_such_a_script_finds_it(tmp_path_factory, texts, data):
    store = open_in(tmp_path_factory.mktemp("search"))
    write(store, dict(enumerate(texts)))
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))].strip()
    if '"' not in piece and len(piece.split()) == 1 and read_terms(piece).runs:
        expected = [number for number, whole in enumerate(texts) if piece.lower() in whole.lower()]
        assert search(store, piece) == expected[::-1]
    store.close()


@given(st.text())
def test_whatever_is_typed_is_read_as_terms(typed):
    terms = read_terms(typed)
    assert bool(terms) is bool(terms.words or terms.runs)
    assert all(run for run in terms.runs)


def test_typed_words_are_sorted_by_script():
    assert read_terms('two 休息 "my 跑步" egg') == SearchTerms('"two" "egg"*', ("休息", "my 跑步"))
    assert read_terms("two 休息").words == '"two"'
