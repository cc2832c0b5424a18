"""What the words of an answer say is what its HTML says; and a growing text costs about its length."""

import html
import random
import re

import pytest

from pages.components.answer.markup import COLOURED_LINES, LONGEST_PIECE, answer_pieces, html_of
from tests.browser.markdown import document


def words(markup):
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


@pytest.mark.parametrize(
    "text",
    [
        "8~12 reps, 3~4 sets", "8~~12 and 3~~4", "costs $5 and $6", "$$x^2$$", ":free: and :smile:", ":red[alarm]",
        ":material/home:", "a -> b <- c", "x >= 5, y <= 3 and z ~= 1 -- so", ">= 5 reps", ">90 % of it", "2*3*4 = 24",
        "2**10 and 3**4", "__init__", "<https://example.org/a?b=1>", "<b>bold</b>", "<script>alert(1)</script>",
        "<!-- a comment -->", "[note]: a definition", "[^1]: a footnote[^1]", "[a][b] and [c]",
        "![plate](https://example.org/p.png)", r"\(x\) and \[y\]", r"5\,kg", r"\:red[x]", r"\[a](b)", r"C:\new\%x",
        "Title\n===", "https://example.org/~me/a_b_c", "//no comment", "setup.py and a@b.cd", "1986 was a year",
        "[run](javascript:alert)", "#hashtag", "+5 kg",
    ],
)  # fmt: skip
def test_what_a_model_did_not_mean_as_markdown_is_shown_as_its_words(text):
    assert words(html_of(text)) == text


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**bold**, *slanted*, ~~gone~~", "<strong>bold</strong>, <em>slanted</em>, <s>gone</s>"),
        ("**Auto**bahn", "<strong>Auto</strong>bahn"),
        ("`$x :red[y] <b>`", "<code>$x :red[y] &lt;b&gt;</code>"),
        (r"\*no\* \$x$ \_y", "*no* $x$ _y"),
        ("# A head", '<h1 dir="auto">A head</h1>'),
        ("> quoted", '<blockquote dir="auto">'),
        ("3. third", '<ol start="3" dir="auto">'),
        ("one\ntwo", "one<br>\ntwo"),
        ("[a](https://example.org)", '<a href="https://example.org" target="_blank" rel="noopener noreferrer">a</a>'),
        ("|a|b|\n|-|-|\n|1|2|", '<td dir="auto">2</td>'),
        ("1. a\n\n    ```\n    $x\n    ```", "<pre><code>$x"),
    ],
)
def test_what_a_model_means_as_markdown_is_drawn(text, markup):
    assert markup in html_of(text)


def test_no_picture_no_tag_and_no_script_of_a_model_gets_into_the_html():
    text = "![p](https://a.b/c.png) <img src=x onerror=y> [x](data:text/html,z) <a href='javascript:1'>"
    markup = html_of(text)
    assert "<img" not in markup
    assert "<a href" not in markup


def test_a_line_that_is_indented_is_no_code_box():
    (piece,) = answer_pieces("    Monday: squat")
    assert not piece.code
    assert words(html_of(piece.text)) == "Monday: squat"


def test_a_cell_beyond_a_tables_head_is_drawn_too():
    (piece,) = answer_pieces("| a | b |\n|---|---|\n| 1 | `x|y` | 3 |")
    assert words(html_of(piece.text)).split() == ["a", "b", "1", "`x", "y`", "3"]


def test_a_code_block_is_a_piece_of_its_own_with_its_language_also_where_its_end_is_missing():
    for text in ("before\n```python\nx = 1\n```\nafter", "before\n```python\nx = 1\n"):
        code = answer_pieces(text)[1]
        assert (code.text, code.code, code.language) == ("x = 1\n", True, "python")


def test_a_long_code_block_has_no_colours():
    text = "```python\n" + "x = 1\n" * (COLOURED_LINES + 1) + "```"
    assert answer_pieces(text)[0].language is None


@pytest.mark.parametrize("seed", range(30))
def test_no_word_is_lost_or_said_twice_however_much_of_a_text_has_come(seed):
    chance = random.Random(seed)
    text = document(chance)
    for end in (chance.randint(0, len(text)), len(text)):
        growing, whole = (spoken(answer_pieces(text[:end], growing=state)) for state in (True, False))
        # The head of a growing table stands above each of its pieces.
        head = "daysetreps"
        assert growing.replace(head, "") == whole.replace(head, "") or "*" in text[:end] or "`" in text[:end]


def spoken(parts):
    return "".join(
        "".join(part.text.split()) if part.code else "".join(words(html_of(part.text)).split()) for part in parts
    )


PROSE = "\n\n".join(f"Paragraph {n} with some words in it." for n in range(40))
CODE = "```python\n" + "".join(f"line_{n} = {n}\n" for n in range(300)) + "```\n"
TABLE = "|a|b|\n|-|-|\n" + "| some words | others |\n" * 200
LIST = "".join(f"- item {n} of a long list\n" for n in range(200))


PARAGRAPH = ("Squats and pulls build strength; sleep keeps what was built. " * 50)[:2_630]


@pytest.mark.parametrize(
    "text", [PARAGRAPH, PARAGRAPH.replace(" ", ""), "深蹲和硬拉增强力量。" * 263], ids=["en", "one word", "zh"]
)
def test_one_long_paragraph_is_sent_in_step_with_its_length_and_stands_whole_at_its_end(text):
    assert len(text) == 2_630 or " " not in text
    sent = [sent_for(text[: len(text) // part]) for part in (4, 2, 1)]
    assert sent[1] < 2.6 * sent[0]
    assert sent[2] < 2.6 * sent[1], "not with its square"
    (whole,) = answer_pieces(text)
    assert words(html_of(whole.text)).strip() == text.strip()
    pieces = answer_pieces(text, growing=True)
    assert "".join(piece.text for piece in pieces).strip() == text.strip()


def sent_for(text):
    """Characters that the browser is sent for a text that comes 25 at a time, its end included."""
    drawn, sent = {}, 0
    looks = [answer_pieces(text[:end], growing=True) for end in range(25, len(text) + 25, 25)]
    for pieces in [*looks, answer_pieces(text)]:
        for position, piece in enumerate(pieces):
            sent += len(piece.text) if drawn.get(position) != piece else 0
            drawn[position] = piece
    return sent


@pytest.mark.parametrize("text", [PROSE, CODE, TABLE, LIST, PROSE + "\n\n" + CODE + "\nafter", "word " * 3_000])
def test_a_stream_sends_each_part_of_a_text_a_small_number_of_times(text):
    """What is drawn at many looks over a stream grows with the text, not with its square."""
    drawn, sent = {}, 0
    for end in range(25, len(text) + 25, 25):
        for position, piece in enumerate(answer_pieces(text[:end], growing=True)):
            if drawn.get(position) != piece:
                sent += len(piece.text)
                drawn[position] = piece
    assert sent < len(text) * 1.5 * (LONGEST_PIECE / 25)


BARE_JSON = "{\n" + ",\n".join(f'  "key_{n}": {n}, "b": "x <y> & z"' for n in range(60)) + "\n}"


def test_lines_of_bare_json_stand_at_their_end_as_they_grew_and_nothing_is_sent_again():
    grown, whole = answer_pieces(BARE_JSON, growing=True), answer_pieces(BARE_JSON)
    assert len(whole) > 3
    assert whole == grown
    assert "".join(piece.text for piece in whole).strip() == BARE_JSON.strip()


def test_lines_whose_marks_reach_over_a_cut_are_one_piece_at_their_end():
    verse = "**" + "\n".join(f"a line of verse, number {n}" for n in range(40)) + "**"
    assert len(answer_pieces(verse, growing=True)) > 1
    (whole,) = answer_pieces(verse)
    assert "<strong>" in html_of(whole.text)
