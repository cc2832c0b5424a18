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
from enum import StrEnum

from router.providers.decoding.thinking_marks import (
    CHANNEL,
    INFO,
    LONGEST_CODE,
    LONGEST_HEADER,
    LONGEST_INFO,
    TICKS_OR_BLANK_LINE,
    TURN_END,
    MarkKind,
    begins_answer,
    ends_answer,
    is_blank,
    kind_of,
    marks_in,
    may_become_name,
    size_of_name,
    size_of_undecided,
)


class Part(StrEnum):
    """What a piece of a model's content is."""

    ANSWER = "answer"
    REASONING = "reasoning"
    VOID = "void"  # all that was taken for the answer so far was reasoning


@dataclass(slots=True)  # not frozen: there is one for each event, and to make a frozen one takes twice as long
class Piece:
    """A piece of content; a void one carries no text."""

    part: Part
    text: str = ""


class ThinkSplitter:
    """Feed it content; it gives pieces of answer and reasoning.

    What may yet turn out to be a mark is kept back until it is decided: the beginning of one, backticks at the end of
    a chunk, a mark behind a backtick that may open inline code. A closing tag without an opening one voids what came
    before it. An opening tag behind words of the answer that is never closed was none: what stands behind it is given
    as answer in the end. Blanks around the marks are dropped.
    """

    __slots__ = (
        "_after_tick", "_answered", "_behind_ticks", "_fence", "_has_words", "_header", "_in_channel", "_inline",
        "_inline_hides_mark", "_kept", "_late", "_line_is_blank", "_on_fence_line", "_struck", "_thinking", "_trim",
    )  # fmt: skip

    def __init__(self) -> None:
        self._kept = ""
        self._thinking = False
        self._answered = False
        self._late: list[str] = []  # an opening tag behind words of the answer, and all behind it as it came
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
            if self._line_is_blank or self._inline or not self._has_words:  # else there is nothing left to note
                self._note_text(text)
            return [Piece(Part.ANSWER, text)]
        return self._split(self._kept + text, is_last=False)

    def close(self, *, is_cut: bool = False) -> list[Piece]:
        """What was kept back; an unclosed block stays reasoning, unless words of the answer stand ahead of it.

        Args:
            is_cut: whether a limit has ended the text, and its end is missing.
        """
        pieces = self._split(self._kept, is_last=True) + self._drop_header()
        if self._late and self._thinking and not is_cut:
            pieces.append(Piece(Part.ANSWER, "".join(self._late)))
        return pieces

    def _split(self, text: str, *, is_last: bool) -> list[Piece]:
        end = len(text) if is_last else len(text) - size_of_undecided(text)
        pieces: list[Piece] = []
        position = noted = 0  # what has been given so far ends at the one, what the line is known to hold at the other
        for mark in marks_in(text, end):
            kind = kind_of(mark)
            self._note_text(text[noted : mark.start()])
            noted = mark.end()
            if kind is MarkKind.NEWLINE:
                self._end_line()
            elif kind is MarkKind.TICKS:
                self._note_ticks(mark[0])
            else:
                counts = self._is_in_force(kind, mark, end, is_last=is_last)
                if counts is None:
                    noted = end = mark.start()
                    break
                if counts:
                    pieces += self._plain(text[position : mark.start()])
                    pieces += self._turn(kind, mark[0])
                    position = noted = mark.end() + size_of_name(kind, mark, end)
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
        self._line_is_blank = self._line_is_blank and is_blank(text)
        if not (self._has_words or self._thinking or self._header):
            self._has_words = bool(text.strip())
        if self._inline and len(self._behind_ticks) < LONGEST_INFO:
            self._behind_ticks += text[:LONGEST_INFO]

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
        return len(self._behind_ticks) < LONGEST_INFO and INFO.fullmatch(self._behind_ticks) is not None

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

    def _is_in_force(self, kind: MarkKind, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether a mark is one rather than text; None while that is not decided."""
        if self._header:
            return kind in (MarkKind.HEADER, MarkKind.MESSAGE)
        if kind is MarkKind.MESSAGE:
            return False  # without a header ahead of it
        if self._thinking:
            before = mark.string[mark.start() - 1] == "`" if mark.start() else self._after_tick
            return not before and (kind is not MarkKind.TEMPLATE or TURN_END.fullmatch(mark[0]) is not None)
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
        if kind is MarkKind.TEMPLATE:
            return self._is_of_template(mark, end, is_last=is_last)
        return None if not is_last and may_become_name(mark, end) else True

    def _closes_inline(self, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether the inline code that stands open is closed behind the mark, within the paragraph."""
        limit = mark.end() + LONGEST_CODE
        for border in TICKS_OR_BLANK_LINE.finditer(mark.string, mark.end(), min(end, limit)):
            if border[0][0] == "\n":
                return False
            if len(border[0]) == self._inline:
                return True
        return False if is_last or end >= limit else None

    def _is_of_template(self, mark: re.Match[str], end: int, *, is_last: bool) -> bool | None:
        """Whether a mark stands ahead of the answer or at its end; elsewhere it is a word of the text."""
        if self._in_channel and TURN_END.fullmatch(mark[0]):
            return True
        if mark[0].lower() in ("<s>", "</s>") and self._is_struck_out(mark[0]):
            return False
        begins = not self._has_words and begins_answer(mark, end, is_last=is_last)
        return begins if begins is not False else ends_answer(mark, end, is_last=is_last)

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
            return self._give_up_header() if len(self._header) > LONGEST_HEADER else []
        if self._late:
            self._late.append(text)
        if self._trim:
            text = text.lstrip()
        if not text:
            return []
        self._trim = False
        if self._thinking:
            return [Piece(Part.REASONING, text)]
        self._answered = True
        return [Piece(Part.ANSWER, text)]

    def _turn(self, kind: MarkKind, mark: str) -> list[Piece]:
        """What a mark in force changes."""
        if kind is MarkKind.HEADER:
            self._header += mark.lower()
            return []
        if kind is MarkKind.MESSAGE:
            channel = CHANNEL.search(self._header)
            self._thinking = channel is not None and channel[1].lower() != "final"
            self._header, self._in_channel, self._has_words = "", True, False
        elif kind is MarkKind.TEMPLATE:
            self._thinking = self._in_channel = self._has_words = False
        elif kind is not MarkKind.EMPTY:
            return self._open_or_close(mark, is_opening=kind is MarkKind.OPEN)
        self._trim = True
        return []

    def _open_or_close(self, mark: str, *, is_opening: bool) -> list[Piece]:
        if not is_opening:
            self._late.clear()
        elif self._late or (self._answered and self._has_words):
            self._late.append(mark)
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
