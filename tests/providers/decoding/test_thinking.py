"""No thinking and no control mark reaches the answer, and nothing that only looks like one is taken from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.thinking import Part, ThinkSplitter


def split(pieces):
    splitter = ThinkSplitter()
    answer, reasoning = "", ""
    for piece in [piece for text in pieces for piece in splitter.feed(text)] + splitter.close():
        if piece.part is Part.ANSWER:
            answer += piece.text
        elif piece.part is Part.REASONING:
            reasoning += piece.text
        else:
            answer, reasoning = "", reasoning + answer
    return answer, reasoning


HARMONY = "<|channel|>analysis<|message|>Two and two.<|end|><|start|>assistant<|channel|>final<|message|>Four"
SPLIT = [
    ("plain", "plain", ""),
    ("<think>a</think>b", "b", "a"),
    ("<think>\na\n</think>\n\nb", "b", "a\n"),
    ("<think>never closed", "", "never closed"),
    ("thought</think>answer", "answer", "thought"),
    # An opening tag behind words, which nothing closes, was none: what stands behind it is given after all.
    ("Use the <think> tag, please.", "Use the <think> tag, please.", "tag, please."),
    ("Use <think>  and [THINK]\n\nnow", "Use <think>  and [THINK]\n\nnow", "and now"),
    ("<think>a</think>Use <think> so", "Use <think> so", "aso"),
    ("x <think>a</think> y <think>b</think> z", "x y z", "ab"),
    # other dress
    ("<thought>a</thought>b", "b", "a"),
    ("<thinking>a</thinking>b", "b", "a"),
    ("<reasoning>a</reasoning>b", "b", "a"),
    ("<THINK>a</THINK>b", "b", "a"),
    ('<think budget="low" id=7>a</think >b', "b", "a"),
    ("< think >a</ think>b", "b", "a"),
    ("<think/>b", "b", ""),
    ("<think />\nb", "b", ""),
    ("<seed:think>a</seed:think>b", "b", "a"),
    ("[THINK]a[/THINK]b", "b", "a"),
    ("◁think▷a◁/think▷b", "b", "a"),
    ("<|begin_of_thought|>a<|end_of_thought|>b", "b", "a"),
    ("<|START_THINKING|>a<|END_THINKING|>b", "b", "a"),
    ("a</thinking>b", "b", "a"),
    ("<thinking><reasoning>a</reasoning></thinking>b", "b", "a"),
    # the channels of harmony, and what chat templates leave behind
    (HARMONY, "Four", "Two and two."),
    (HARMONY + "<|return|>", "Four", "Two and two."),
    (HARMONY.upper(), "FOUR", "TWO AND TWO."),
    ("<|start|>assistant<|channel|>final <|constrain|>json<|message|>{}", "{}", ""),
    ("<|start|>assistant<|message|>Four<|end|>", "Four", ""),
    ("<|channel|>commentary<|message|>Let me see.<|end|>", "", "Let me see."),
    ("Four<|im_end|>", "Four", ""),
    ("Four<|im_end|>\n<|endoftext|>\n", "Four", ""),
    ("Four<｜end▁of▁sentence｜>", "Four", ""),
    ("Four<end_of_turn>\n", "Four", ""),
    ("Four<|start|>assistant", "Four", ""),
    # templates of other families
    ("<|header_start|>assistant<|header_end|>\n\nFour<|eot|>", "Four", ""),
    ("<|start_of_role|>assistant<|end_of_role|>Four<|end_of_text|>", "Four", ""),
    ("<|begin_of_text|><|start_header_id|>assistant<|end_header_id|>\n\nFour<|eot_id|>", "Four", ""),
    ("<|im_start|>assistant\nFour<|im_end|>", "Four", ""),
    ("<start_of_turn>model\nFour<end_of_turn>", "Four", ""),
    ("<|turn>model\nFour<turn|>", "Four", ""),
    ("<|assistant|>\nFour<|user|>", "Four", ""),
    ("[|assistant|]Four[|endofturn|]", "Four", ""),
    ("<｜Assistant｜>Four", "Four", ""),
    ("<s> Four</s>", "Four", ""),
    ("<bos>Four<eos>", "Four", ""),
    ("<|START_RESPONSE|>Four<|END_RESPONSE|><|END_OF_TURN_TOKEN|>", "Four", ""),
    ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Four<|END_RESPONSE|>", "Four", "a"),
    ("<|channel>thought\na<channel|>Four", "Four", "a"),
    ("<unused94>thought\na<unused95>Four", "Four", "a"),
    ("<|inner_prefix|>a<|inner_suffix|>Four", "Four", "a"),
    ("Four<|some_mark_of_next_year|>", "Four", ""),
    ("Four<|im_end|>" + "\n" * 300, "Four", ""),
]
TEXTS = [
    "a < b and <thin air",
    "the tag `<think>` opens, `</think>` closes",
    "the tag ``<think> or `x` `` opens",
    "ends with <",
    "ends with `",
    "```xml\n<think>\na\n</think>\n```\nas shown",
    "~~~\n<|channel|>analysis<|message|>\n~~~\nas shown",
    "  ```\n<thinking>a</thinking>\n  ```",
    "```<think>``` opens",
    "in prose `<|channel|>final<|message|>` marks it",
    # inline code that goes on in the next line, and a fence behind some words
    "write ```<think>\na</think>``` then go",
    "use ```a <think>\n b</think> c``` there",
    "use ```a\n<think> b</think> c``` there",
    "wrap it in `<think>\na\n</think>` tags",
    "``<think>\na</think>`` wraps it",
    "write ```<think>\na\n``` and ```</think>```",
    "- a point ```<|start|>assistant<|channel|>final\n<|message|>``` ends",
    "like this: ```xml\n<think>\n\na\n</think>\n``` as shown",
    "it ends so: ```\n<|im_end|>\n\n``` as shown",
    "a fence begins with ``` alone.\n```\n<think>\n```\n",
    "The <|im_end|> token ends a turn.",
    "<analysis>a heading of its own</analysis>",
    "<thinker>a</thinker>",
    "a ~~struck~~ and [link](x) [THIN] ◁ b",
    "The <|message|> token stands behind a header.",
    "A <|channel|> " + "word " * 60,
    "The price was <s>5</s> <s>6</s>",
    "<s> is a tag, and </s> another.",
    "<|im_start|> opens a turn.",
    "<|im_start|>system\nYou are kind.",
    "Use <|some_mark|> here",
    "f <| x |> g and [|1; 2|]",
]


def cuts_of(text):
    yield list(text)
    for cut in range(1, len(text)):
        yield text[:cut], text[cut:]


@pytest.mark.parametrize(("text", "answer", "reasoning"), SPLIT)
def test_thinking_is_split_off_in_any_dress_wherever_the_text_is_cut(text, answer, reasoning):
    assert split([text]) == (answer, reasoning)
    for pieces in cuts_of(text):
        assert split(pieces) == (answer, reasoning), pieces


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_only_speaks_of_marks_is_text_wherever_it_is_cut(text):
    assert split([text]) == (text, "")
    for pieces in cuts_of(text):
        assert split(pieces) == (text, ""), pieces


def test_a_lone_backtick_hides_no_mark_of_a_later_line():
    assert split(["5` long\n<think>a</think>b"]) == ("5` long\nb", "a")


def test_a_lone_backtick_hides_no_mark_of_its_own_line():
    assert split(["5` long <think>a</think>b"]) == ("5` long b", "a")


@pytest.mark.parametrize("ticks", ["`", "``", "```"])
def test_backticks_that_nothing_closes_in_their_paragraph_hide_no_mark(ticks):
    assert split([f"a {ticks} b <think>a\n\n{ticks}c</think>d"]) == (f"a {ticks} b d", f"a\n\n{ticks}c")


def test_inline_code_that_is_never_closed_hides_no_mark_however_the_text_is_cut():
    text = "a ``` b <think>" + "a " * 3_000 + "</think>c ```"
    assert split([text]) == split(list(text)) == ("a ``` b c ```", "a " * 3_000)


def test_a_fence_within_thinking_does_not_hide_its_end():
    assert split(["<think>```\ncode</think>b"]) == ("b", "```\ncode")


def test_text_is_given_at_once_where_nothing_is_undecided():
    splitter = ThinkSplitter()
    assert (
        "".join(piece.text for piece in splitter.feed("Hello, `x` and a < b.\nNext")) == "Hello, `x` and a < b.\nNext"
    )


ENDLESS = {
    "tildes": ["~"], "backticks": ["`"], "both": ["~`"], "both apart": ["~", "`"], "half a tag": ["<think"],
    "opening brackets": ["<"], "square ones": ["["], "backticks and tags": ["a ` b <think"], "lines": ["`\n"],
    "ends and words": ["<|im_end|>", "\n", "a"], "headers": ["<|channel|>", " a"],
    "tags in code": ["`<think> ", "a "], "struck out": ["<s>", "a"], "blocks": ["◁thin"],
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_no_more_than_a_page_is_ever_kept_back_and_read_again_with_the_next_event(name):
    splitter, kept = ThinkSplitter(), 0
    for number in range(12_000):
        text = ENDLESS[name][number % len(ENDLESS[name])]
        pieces = splitter.feed(text)
        kept = 0 if pieces else kept + len(text)
        assert kept <= 2_600, "each further event would read all of that once more"
    splitter.close()


def test_a_blank_end_of_any_length_is_over_once_it_is_long():
    splitter = ThinkSplitter()
    splitter.feed("Four<|im_end|>" + "\n" * 300)
    assert [piece.text for piece in splitter.feed("Five")] == ["Five"]


@given(st.text(alphabet="<think>/` ab\n|~", max_size=60), st.integers(1, 9))
def test_how_the_text_is_cut_never_matters(text, size):
    assert split([text[i : i + size] for i in range(0, len(text), size)]) == split([text])


_MARKS = ["<think>", "</think>", "`", "```", "\n", "a ", "<|channel|>", "final", "<|message|>", "<|end|>", "<|im_end|>"]


@given(st.lists(st.sampled_from(_MARKS), max_size=12), st.integers(1, 9))
def test_how_marks_are_cut_never_matters(marks, size):
    text = "".join(marks)
    assert split([text[i : i + size] for i in range(0, len(text), size)]) == split([text])


@given(st.text(alphabet="abc <>`/~[", max_size=80))
def test_a_text_without_tags_comes_out_as_it_went_in(text):
    assert split(list(text)) == (text, "")
