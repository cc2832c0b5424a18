"""Lists of prompts are read as people write them, whole, or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.comparison.prompt_list import MOST_PROMPTS, read_prompts


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("prompt\none\ntwo\n", ["one", "two"]),
        ("\ufeffid;Prompt\n1;one, two\n2;\n", ["one, two"]),
        ("id\tprompt\n1\tone\n", ["one"]),
        ('"prompt","id"\n"a, b",1\n', ["a, b"]),
        ("one\r\n\r\ntwo", ["one", "two"]),
        ("one\rtwo\r", ["one", "two"]),
        ('prompt\n"two\nlines"\n', ["two\nlines"]),
        ("text\none\ntwo", ["one", "two"]),
        ("Prompts\none\ntwo", ["one", "two"]),
        ("question,answer\nWhat is 6 × 7?,42\n", ["What is 6 × 7?"]),
        ("question,prompt\nleft,right\n", ["right"]),
        ("prompt, please\nNext", ["prompt, please", "Next"]),
        ("Text, please\nAnd, then", ["Text, please", "And, then"]),
        ("input this\nand that", ["input this", "and that"]),
        ("Hello, how are you today?", ["Hello, how are you today?"]),
        ("Hello, how are you?\nHi, what is up?\n", ["Hello, how are you?", "Hi, what is up?"]),
        ("One; two\nThree", ["One; two", "Three"]),
        ('"Hello," she said\n"Hi"', ['"Hello," she said', '"Hi"']),
        ('"Hello, you"\n"Hi"', ["Hello, you", "Hi"]),
        ('An open "quote', ['An open "quote']),
        ('"An open quote', ['"An open quote']),
    ],
)
def test_every_prompt_is_whole(text, prompts):
    assert read_prompts(text.encode()) == prompts


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no prompt"),
        (b"prompt\n", "holds no prompt"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"a\0b", "no text"),
        (b"x\n" * (MOST_PROMPTS + 1), "are the most"),
        (b"ok\n" + b"x" * 20_001, "prompt 2 has more than"),
        (b"prompt,id\n" + b"x" * 200_000, "cannot be read as a table"),
        (b'prompt,id\n"open,1\n', "cannot be read as a table"),
        (b"id;note\n1;hello\n2;there\n", "none of its columns is named prompt"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_words(data, words):
    with pytest.raises(ValueError, match=words):
        read_prompts(data)


@given(st.binary(max_size=80))
def test_whatever_the_file_holds_it_gives_prompts_or_words(data):
    try:
        prompts = read_prompts(data)
    except ValueError:
        return
    assert all(prompt and prompt == prompt.strip() for prompt in prompts)
