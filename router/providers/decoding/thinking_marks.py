"""The marks of models' thoughts and of their templates: how they look, and what may become one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from router.workers import give_way

_NAMES = (
    "think", "thinking", "thought", "thoughts", "reasoning", "scratchpad", "antthinking", "ant_thinking",
    "antml:thinking", "seed:think",
)  # fmt: skip
"""Tags that hold thinking. Not `analysis`, `plan` or `reflection`: answers use those as headings of their own."""

_ATTRIBUTES = 200  # characters within a tag: a longer one is text

_OPENING = r"|".join(re.escape(name) for name in sorted(_NAMES, key=len, reverse=True))
_TAG = (
    rf"<\s{{0,8}}(?P<close>/?)\s{{0,8}}(?:{_OPENING})(?:\s[^<>]{{0,{_ATTRIBUTES}}}?)?(?P<empty>/?)>"
    r"|(?P<block>\[/?THINK(?:ING)?\]|◁/?think▷|<\|/?think(?:ing)?\|>"
    r"|<\|(?:begin|start|end)_(?:of_)?(?:thought|think|thinking|reasoning)\|>"
    r"|<\|inner_(?:prefix|suffix)\|>|<\|channel>|<channel\|>|<unused9[45]>)"
)
_HEADER = r"(?P<header><\|(?:start|channel|start_header_id|header_start|start_of_role)\|>)"
_MESSAGE = r"(?P<message><\|(?:message|end_header_id|header_end|end_of_role)\|>)"
_NAMED = r"</s>|<(?:eos|end_of_turn|turn\||s|bos|start_of_turn|\|turn)>"
_TEMPLATE = rf"(?P<template><[|｜]/?(?!tool_call)[a-z][\w▁-]{{0,40}}[|｜]>|\[\|/?[a-z]\w{{0,40}}\|\]|{_NAMED})"
_LONGEST_RUN = 64
"""Backticks that are one mark: an endless row of them is not kept back to its end, and read again with each event."""
MARK = re.compile(
    rf"(?P<newline>\n)|(?P<ticks>`{{1,{_LONGEST_RUN}}}|~{{3,{_LONGEST_RUN}}})|{_TAG}|{_HEADER}|{_MESSAGE}|{_TEMPLATE}",
    re.IGNORECASE,
)
_FIRST = re.compile("[\n`~<[◁]")
"""What marks begin with. To look for these alone takes a tenth of the time of trying every mark at every character."""
_NAMED_MARKS = ("</s>", "<eos>", "<end_of_turn>", "<turn|>", "<s>", "<bos>", "<start_of_turn>", "<|turn>",
                "<|channel>", "<channel|>", "<unused94>", "<unused95>")  # fmt: skip
_CLOSING_BLOCK = re.compile(r"/|<\|end_|suffix|<channel|95", re.IGNORECASE)
_SPOKEN_OF = re.compile(r" [a-z(]")
"""A mark that a sentence goes on behind is a word of it: "<s> is a tag"."""
_ROLES = ("assistant", "model", "chatbot")
_OTHER_ROLES = ("user", "system", "developer", "tool", "human")
_OTHER_TURNS = tuple(f"{role}\n" for role in _OTHER_ROLES)
_CHANNELS = ("thought", "thoughts", "analysis", "thinking")
_LONGEST_NAME = 12
TURN_END = re.compile(
    r"<\|(?:end|return|call|im_end|endoftext|eot_id|eom_id|end_of_text|end_of_turn|eot|eom)\|>|<end_of_turn>|<turn\|>"
    r"|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
"""Marks that end a message of one channel, or thinking, also where text follows."""
_LONGEST_BLANKS = 200
"""Blanks behind an end mark that are waited through for what comes behind them: more, and it is the end."""
TICKS_OR_BLANK_LINE = re.compile(r"`+|\n[ \t>]*(?=\n)")
LONGEST_INFO = 40
INFO = re.compile(r"[\w+#.-]*[ \t\r]*")  # what stands behind a fence on its line: the name of a language at the most
CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_BLOCKS = ("[think]", "[/think]", "[thinking]", "[/thinking]", "◁think▷", "◁/think▷")
_PARTIAL_TAG = re.compile(
    rf"<\s{{0,8}}/?\s{{0,8}}(?P<name>[a-z_:]*)(?P<rest>\s[^<>]{{0,{_ATTRIBUTES}}}/?|/)?", re.IGNORECASE
)
_PARTIAL_CONTROL = re.compile(r"<[|｜]/?[\w▁-]{0,41}[|｜]?|\[(?:\|(?:/?\w{0,41}\|?)?)?")

LONGEST_HEADER = 200  # characters between `<|channel|>` and `<|message|>`
LONGEST_CODE = 2_000  # characters that are waited for a closing backtick


def marks_in(text: str, end: int) -> Iterator[re.Match[str]]:
    """The marks of a text up to `end`, one behind the other."""
    first = _FIRST.search(text, 0, end)
    while first is not None:
        mark = MARK.match(text, first.start(), end)
        give_way()
        if mark is not None:
            yield mark
        first = _FIRST.search(text, first.end() if mark is None else mark.end(), end)


class MarkKind(Enum):
    """What a mark does."""

    NEWLINE = auto()
    TICKS = auto()
    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()  # `<think/>`
    HEADER = auto()
    MESSAGE = auto()
    TEMPLATE = auto()  # of a chat template, ahead of the answer or at its end


def is_blank(text: str) -> bool:
    """Whether a line's beginning is still its beginning; quotations and lists may indent a fence."""
    return not text.strip(" \t>")


def kind_of(mark: re.Match[str]) -> MarkKind:
    """What a match is: the groups are tried in the order of how often they come."""
    if mark["newline"]:
        return MarkKind.NEWLINE
    if mark["ticks"]:
        return MarkKind.TICKS
    for kind in (MarkKind.HEADER, MarkKind.MESSAGE, MarkKind.TEMPLATE):
        if mark[kind.name.lower()]:
            return kind
    if mark["empty"]:
        return MarkKind.EMPTY
    block = mark["block"]
    closes = _CLOSING_BLOCK.search(block) is not None if block else bool(mark["close"])
    return MarkKind.CLOSE if closes else MarkKind.OPEN


def begins_answer(mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
    """Whether a template's mark that nothing stands ahead of begins an answer; None while that is not decided."""
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME)]
    # Somebody else's turn is no answer of this model's, but what it shows as an example.
    is_other = any(f"{role}\n".startswith(behind.lower()) for role in _OTHER_ROLES)
    if not is_last and (behind in ("", " ") or is_other or may_become_name(mark, end)):
        return None
    return not _SPOKEN_OF.match(behind) and not behind.lower().startswith(_OTHER_TURNS)


def ends_answer(mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
    """Whether nothing but blanks or another mark comes behind a mark; None while that is not decided."""
    if mark[0].lower() == "<s>":
        return False
    behind = mark.string[mark.end() : end]
    blanks = len(behind) - len(behind.lstrip())
    if blanks >= _LONGEST_BLANKS:
        return True
    if blanks < len(behind):
        following = MARK.match(mark.string, mark.end() + blanks, end)
        return following is not None and following[0][0] not in "`~"
    return True if is_last else None


def _names_behind(mark: str) -> tuple[str, ...]:
    """The names of which one may stand behind a mark, and belong to it."""
    if mark in ("<|channel>", "<unused94>"):
        return _CHANNELS
    return _ROLES if mark.startswith(("<", "[|")) and not mark.startswith(("</", "<unused")) else ()


def may_become_name(mark: re.Match[str], end: int) -> bool:
    """Whether what stands behind a mark may yet become a name that belongs to it, ended by its line."""
    kind = kind_of(mark)
    if kind is not MarkKind.TEMPLATE and not (kind is MarkKind.OPEN and mark["block"]):
        return False
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME + 1)].removeprefix(" ").lower()
    return any(f"{name}\n".startswith(behind) for name in _names_behind(mark[0].lower())) and not behind.endswith("\n")


def size_of_name(kind: MarkKind, mark: re.Match[str], end: int) -> int:
    """How many characters behind a mark in force are the name that belongs to it."""
    if kind is not MarkKind.TEMPLATE and not (kind is MarkKind.OPEN and mark["block"]):
        return 0
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME + 1)].lower()
    for name in _names_behind(mark[0].lower()):
        if behind.removeprefix(" ") == name or behind.removeprefix(" ").startswith(f"{name}\n"):
            return len(behind) - len(behind.removeprefix(" ")) + len(name)
    return 0


def size_of_undecided(text: str) -> int:
    """How many characters at the end may yet turn out to be a mark."""
    size = _size_of_run(text)
    reach = max(0, len(text) - _ATTRIBUTES - 40)
    start = text.rfind("<", reach)
    if start >= 0 and _may_become_mark(text[start:]):
        size = max(size, len(text) - start)
    for character in "[◁":
        start = text.rfind(character, reach)
        if start >= 0 and _may_become_block(text[start:].lower()):
            size = max(size, len(text) - start)
    return size


def _size_of_run(text: str) -> int:
    """How many backticks or tildes at the end are not yet a run that is as long as one mark may be."""
    last = text[-1:]
    return (len(text) - len(text.rstrip(last))) % _LONGEST_RUN if last and last in "`~" else 0


def _may_become_block(beginning: str) -> bool:
    return any(mark.startswith(beginning) for mark in _BLOCKS) or _PARTIAL_CONTROL.fullmatch(beginning) is not None


def _may_become_mark(beginning: str) -> bool:
    if ">" in beginning:
        return False
    lowered = beginning.lower()
    if _PARTIAL_CONTROL.fullmatch(beginning) or any(mark.startswith(lowered) for mark in _NAMED_MARKS):
        return True
    tag = _PARTIAL_TAG.fullmatch(beginning)
    if tag is None:
        return False
    name = tag["name"].lower()
    return name in _NAMES if tag["rest"] else any(known.startswith(name) for known in _NAMES)
