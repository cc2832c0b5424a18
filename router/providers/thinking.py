"""Splits a model's thinking off its answer, whatever marks it wears, also over chunk borders.

Three dresses are seen: tags (`<think>…</think>` under a dozen names), the channels of OpenAI's harmony format
(`<|channel|>analysis<|message|>…<|start|>assistant<|channel|>final<|message|>…`), and the marks of a chat template
ahead of an answer and at its end (`<|im_start|>assistant … <|im_end|>`), whatever their names: each family of models
has its own, and new ones come each month. In a fence or in inline code all of them are text, since an answer may speak
of them, and so are a template's marks within an answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Part(StrEnum):
    """What a piece of a model's content is."""

    ANSWER = "answer"
    REASONING = "reasoning"
    VOID = "void"  # all that was taken for the answer so far was reasoning


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of content; a void one carries no text."""

    part: Part
    text: str = ""


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
_TEMPLATE = rf"(?P<template><[|｜]/?[a-z][\w▁-]{{0,40}}[|｜]>|\[\|/?[a-z]\w{{0,40}}\|\]|{_NAMED})"
_LONGEST_RUN = 64
"""Backticks that are one mark: an endless row of them is not kept back to its end, and read again with each event."""
_MARK = re.compile(
    rf"(?P<newline>\n)|(?P<ticks>`{{1,{_LONGEST_RUN}}}|~{{3,{_LONGEST_RUN}}})|{_TAG}|{_HEADER}|{_MESSAGE}|{_TEMPLATE}",
    re.IGNORECASE,
)
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
_TURN_END = re.compile(
    r"<\|(?:end|return|call|im_end|endoftext|eot_id|eom_id|end_of_text|end_of_turn|eot|eom)\|>|<end_of_turn>|<turn\|>"
    r"|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
"""Marks that end a message of one channel, or thinking, also where text follows."""
_LONGEST_BLANKS = 200
"""Blanks behind an end mark that are waited through for what comes behind them: more, and it is the end."""
_TICKS_OR_BLANK_LINE = re.compile(r"`+|\n[ \t>]*(?=\n)")
_LONGEST_INFO = 40
_INFO = re.compile(r"[\w+#.-]*[ \t\r]*")  # what stands behind a fence on its line: the name of a language at the most
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_BLOCKS = ("[think]", "[/think]", "[thinking]", "[/thinking]", "◁think▷", "◁/think▷")
_PARTIAL_TAG = re.compile(
    rf"<\s{{0,8}}/?\s{{0,8}}(?P<name>[a-z_:]*)(?P<rest>\s[^<>]{{0,{_ATTRIBUTES}}}/?|/)?", re.IGNORECASE
)
_PARTIAL_CONTROL = re.compile(r"<[|｜]/?[\w▁-]{0,41}[|｜]?|\[(?:\|(?:/?\w{0,41}\|?)?)?")

_LONGEST_HEADER = 200  # characters between `<|channel|>` and `<|message|>`
_LONGEST_CODE = 2_000  # characters that are waited for a closing backtick


class _MarkKind(Enum):
    """What a mark does."""

    NEWLINE = auto()
    TICKS = auto()
    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()  # `<think/>`
    HEADER = auto()
    MESSAGE = auto()
    TEMPLATE = auto()  # of a chat template, ahead of the answer or at its end


class ThinkSplitter:
    """Feed it content; it gives pieces of answer and reasoning.

    What may yet turn out to be a mark is kept back until it is decided: the beginning of one, backticks at the end of
    a chunk, a mark behind a backtick that may open inline code. A closing tag without an opening one voids what came
    before it. Blanks around the marks are dropped.
    """

    __slots__ = (
        "_after_tick", "_answered", "_behind_ticks", "_fence", "_has_words", "_header", "_in_channel", "_inline",
        "_inline_hides_mark", "_kept", "_line_is_blank", "_on_fence_line", "_struck", "_thinking", "_trim",
    )  # fmt: skip

    def __init__(self) -> None:
        self._kept = ""
        self._thinking = False
        self._answered = False
        self._has_words = False  # whether anything but blanks has come of this message
        self._struck = 0  # times that `<s>` stood within the answer: HTML, which `</s>` ends
        self._trim = False
        self._header = ""  # of a harmony message, with its marks
        self._in_channel = False
        self._fence = ""
        self._on_fence_line = False
        self._inline = 0  # backticks of the inline code that stands open
        self._inline_hides_mark = False  # whether a mark was taken for text because of it
        self._line_is_blank = True
        self._behind_ticks = ""  # the beginning of what stands on the line behind its latest backticks
        self._after_tick = False

    def feed(self, text: str) -> list[Piece]:
        """The pieces that `text` settles."""
        if not (self._kept or self._thinking or self._trim or self._header) and not (
            "<" in text or "`" in text or "\n" in text or "[" in text or "~" in text or "◁" in text
        ):
            self._answered = True
            self._note_text(text)
            return [Piece(Part.ANSWER, text)]
        return self._split(self._kept + text, is_last=False)

    def close(self) -> list[Piece]:
        """What was kept back; an unclosed block stays reasoning."""
        return self._split(self._kept, is_last=True) + self._drop_header()

    def _split(self, text: str, *, is_last: bool) -> list[Piece]:
        end = len(text) if is_last else len(text) - _size_of_undecided(text)
        pieces: list[Piece] = []
        position = noted = 0  # what has been given so far ends at the one, what the line is known to hold at the other
        for mark in _MARK.finditer(text, 0, end):
            kind = _kind_of(mark)
            self._note_text(text[noted : mark.start()])
            noted = mark.end()
            if kind is _MarkKind.NEWLINE:
                self._end_line()
            elif kind is _MarkKind.TICKS:
                self._note_ticks(mark[0])
            else:
                counts = self._is_in_force(kind, mark, end, is_last=is_last)
                if counts is None:
                    noted = end = mark.start()
                    break
                if counts:
                    pieces += self._plain(text[position : mark.start()])
                    pieces += self._turn(kind, mark[0])
                    position = noted = mark.end() + _size_of_name(kind, mark, end)
                    self._line_is_blank = True
                else:
                    self._note_text(mark[0])
        pieces += self._plain(text[position:end])
        self._note_text(text[noted:end])
        self._after_tick = text[end - 1] == "`" if end else self._after_tick
        self._kept = text[end:]
        return pieces

    # --- code: what stands in it is text ----------------------------------------------------------------------------

    def _note_text(self, text: str) -> None:
        """What has come of the line."""
        self._line_is_blank = self._line_is_blank and _is_blank(text)
        if not (self._has_words or self._thinking or self._header):
            self._has_words = bool(text.strip())
        if self._inline and len(self._behind_ticks) < _LONGEST_INFO:
            self._behind_ticks += text[:_LONGEST_INFO]

    def _end_line(self) -> None:
        """Inline code may go on in the next line of its paragraph; a fence may have begun behind a few words."""
        if self._inline >= 3 and self._is_fence_line():  # "Like this: ```xml"
            self._fence, self._inline = "`" * self._inline, 0
        elif self._line_is_blank or (self._inline == 1 and not self._inline_hides_mark):
            self._inline = 0  # a lone backtick must not hide every mark behind it
        self._behind_ticks = "\n"
        self._on_fence_line = False
        self._line_is_blank = True

    def _is_fence_line(self) -> bool:
        """Whether the line ends behind backticks that open code, or behind the name of its language."""
        return len(self._behind_ticks) < _LONGEST_INFO and _INFO.fullmatch(self._behind_ticks) is not None

    def _note_ticks(self, run: str) -> None:
        begins_line, self._line_is_blank = self._line_is_blank, False
        if self._thinking or self._header:
            return
        self._has_words = True
        if self._fence:
            closes = begins_line and len(run) >= len(self._fence)
            # "```x```" in one line is inline code, and no fence that would hide the rest of the answer.
            closes |= self._on_fence_line and len(run) == len(self._fence)
            self._fence = "" if closes and run[0] == self._fence[0] else self._fence
        elif begins_line and len(run) >= 3 and not (self._inline == len(run) and self._inline_hides_mark):
            self._fence, self._on_fence_line, self._inline = run, True, 0
        elif run[0] == "`" and self._inline in (0, len(run)):
            self._inline = 0 if self._inline else len(run)
            self._inline_hides_mark, self._behind_ticks = False, ""

    def _is_in_force(self, kind: _MarkKind, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether a mark is one rather than text; None while that is not decided."""
        if self._header:
            return kind in (_MarkKind.HEADER, _MarkKind.MESSAGE)
        if kind is _MarkKind.MESSAGE:
            return False  # without a header ahead of it
        if self._thinking:
            before = mark.string[mark.start() - 1] == "`" if mark.start() else self._after_tick
            return not before and (kind is not _MarkKind.TEMPLATE or _TURN_END.fullmatch(mark[0]) is not None)
        if self._fence:
            return False
        if self._inline:
            closed = self._closes_inline(mark, end, is_last=is_last)
            if closed is None:
                return None
            self._inline_hides_mark = closed
            if closed:
                return False
            self._inline = 0
        if kind is _MarkKind.TEMPLATE:
            return self._is_of_template(mark, end, is_last=is_last)
        return None if not is_last and _may_become_name(mark, end) else True

    def _closes_inline(self, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether the inline code that stands open is closed behind the mark, within the paragraph."""
        limit = mark.end() + _LONGEST_CODE
        for border in _TICKS_OR_BLANK_LINE.finditer(mark.string, mark.end(), min(end, limit)):
            if border[0][0] == "\n":
                return False
            if len(border[0]) == self._inline:
                return True
        return False if is_last or end >= limit else None

    def _is_of_template(self, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether a mark stands ahead of the answer or at its end; elsewhere it is a word of the text."""
        if self._in_channel and _TURN_END.fullmatch(mark[0]):
            return True
        if mark[0].lower() in ("<s>", "</s>") and self._is_struck_out(mark[0]):
            return False
        begins = not self._has_words and _begins_answer(mark, end, is_last=is_last)
        return begins if begins is not False else _ends_answer(mark, end, is_last=is_last)

    def _is_struck_out(self, mark: str) -> bool:
        """Whether `<s>` or `</s>` is HTML: the one within the answer, the other behind such a one."""
        if mark[1] != "/":
            self._struck += self._has_words
            return self._has_words
        is_open = self._struck > 0
        self._struck -= is_open
        return is_open

    # --- marks ------------------------------------------------------------------------------------------------------

    def _plain(self, text: str) -> list[Piece]:
        if self._header:
            self._header += text
            return self._give_up_header() if len(self._header) > _LONGEST_HEADER else []
        if self._trim:
            text = text.lstrip()
        if not text:
            return []
        self._trim = False
        if self._thinking:
            return [Piece(Part.REASONING, text)]
        self._answered = True
        return [Piece(Part.ANSWER, text)]

    def _turn(self, kind: _MarkKind, mark: str) -> list[Piece]:
        """What a mark in force changes."""
        if kind is _MarkKind.HEADER:
            self._header += mark.lower()
            return []
        if kind is _MarkKind.MESSAGE:
            channel = _CHANNEL.search(self._header)
            self._thinking = channel is not None and channel[1].lower() != "final"
            self._header, self._in_channel, self._has_words = "", True, False
        elif kind is _MarkKind.TEMPLATE:
            self._thinking = self._in_channel = self._has_words = False
        elif kind is not _MarkKind.EMPTY:
            return self._open_or_close(is_opening=kind is _MarkKind.OPEN)
        self._trim = True
        return []

    def _open_or_close(self, *, is_opening: bool) -> list[Piece]:
        void = not is_opening and not self._thinking and self._answered
        if void:
            self._answered = self._has_words = False
        self._thinking = is_opening
        self._trim = True
        return [Piece(Part.VOID)] if void else []

    def _give_up_header(self) -> list[Piece]:
        """It was none: the answer speaks of the mark."""
        text, self._header = self._header, ""
        return self._plain(text)

    def _drop_header(self) -> list[Piece]:
        """A header at the very end belongs to a message that never came, unless it is prose."""
        return self._give_up_header() if len(self._header.split()) > 3 else []


def _is_blank(text: str) -> bool:
    """Whether a line's beginning is still its beginning; quotations and lists may indent a fence."""
    return not text.strip(" \t>")


def _kind_of(mark: re.Match[str]) -> _MarkKind:
    """What a match is: the groups are tried in the order of how often they come."""
    if mark["newline"]:
        return _MarkKind.NEWLINE
    if mark["ticks"]:
        return _MarkKind.TICKS
    for kind in (_MarkKind.HEADER, _MarkKind.MESSAGE, _MarkKind.TEMPLATE):
        if mark[kind.name.lower()]:
            return kind
    if mark["empty"]:
        return _MarkKind.EMPTY
    block = mark["block"]
    closes = _CLOSING_BLOCK.search(block) is not None if block else bool(mark["close"])
    return _MarkKind.CLOSE if closes else _MarkKind.OPEN


def _begins_answer(mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
    """Whether a template's mark that nothing stands ahead of begins an answer; None while that is not decided."""
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME)]
    # Somebody else's turn is no answer of this model's, but what it shows as an example.
    is_other = any(f"{role}\n".startswith(behind.lower()) for role in _OTHER_ROLES)
    if not is_last and (behind in ("", " ") or is_other or _may_become_name(mark, end)):
        return None
    return not _SPOKEN_OF.match(behind) and not behind.lower().startswith(_OTHER_TURNS)


def _ends_answer(mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
    """Whether nothing but blanks or another mark comes behind a mark; None while that is not decided."""
    if mark[0].lower() == "<s>":
        return False
    behind = mark.string[mark.end() : end]
    blanks = len(behind) - len(behind.lstrip())
    if blanks >= _LONGEST_BLANKS:
        return True
    if blanks < len(behind):
        following = _MARK.match(mark.string, mark.end() + blanks, end)
        return following is not None and following[0][0] not in "`~"
    return True if is_last else None


def _names_behind(mark: str) -> tuple[str, ...]:
    """The names of which one may stand behind a mark, and belong to it."""
    if mark in ("<|channel>", "<unused94>"):
        return _CHANNELS
    return _ROLES if mark.startswith(("<", "[|")) and not mark.startswith(("</", "<unused")) else ()


def _may_become_name(mark: re.Match[str], end: int) -> bool:
    """Whether what stands behind a mark may yet become a name that belongs to it, ended by its line."""
    kind = _kind_of(mark)
    if kind is not _MarkKind.TEMPLATE and not (kind is _MarkKind.OPEN and mark["block"]):
        return False
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME + 1)].removeprefix(" ").lower()
    return any(f"{name}\n".startswith(behind) for name in _names_behind(mark[0].lower())) and not behind.endswith("\n")


def _size_of_name(kind: _MarkKind, mark: re.Match[str], end: int) -> int:
    """How many characters behind a mark in force are the name that belongs to it."""
    if kind is not _MarkKind.TEMPLATE and not (kind is _MarkKind.OPEN and mark["block"]):
        return 0
    behind = mark.string[mark.end() : min(end, mark.end() + _LONGEST_NAME + 1)].lower()
    for name in _names_behind(mark[0].lower()):
        if behind.removeprefix(" ") == name or behind.removeprefix(" ").startswith(f"{name}\n"):
            return len(behind) - len(behind.removeprefix(" ")) + len(name)
    return 0


def _size_of_undecided(text: str) -> int:
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
