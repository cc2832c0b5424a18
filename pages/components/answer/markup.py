"""A model's Markdown as HTML that says what the words say.

Streamlit's own Markdown draws more than a model means: `:free:` becomes a picture, `$5 and $6` a formula, `8~12` and
`3~4` are struck out, ` -> ` becomes an arrow, a line that is indented a code box, `[1]: …` nothing at all. So the text
is read here by CommonMark's rules without those that take words away, and shown as HTML with all else escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

LINES_A_PIECE = 16
"""An open code block is drawn in pieces of so many lines while it grows."""

COLOURED_LINES = 150
"""A longer code block is shown without its language's colours: the browser stands still for seconds over them."""

LONGEST_PIECE = 400
"""Characters: a paragraph, list or table that is still growing is drawn in pieces of about this length."""

_ESCAPABLE = frozenset("*_`#~|$<>-+.")
"""What a backslash is taken from. Before anything else it stays: `\\(x\\)` and `5\\,kg` are LaTeX, not Markdown."""

_ALNUM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_DUNDER = re.compile(r"__[a-z][a-z0-9_]*__(?!\w)")
_SENTENCE_ENDS = (". ", "! ", "? ", "。", "\n", ", ", " ")
_TABLE_HEAD_LINES = 2
_LINES_OF_VERSE = 4
_PARAGRAPH = '<p dir="auto">'


@dataclass(frozen=True, slots=True)
class AnswerPiece:
    """A part of an answer that is drawn as one element.

    Attributes:
        text: Markdown, or what stands in a code block.
        code: whether it is a code block.
        language: a code block's; None shows it without colours.
        part: whether it is some lines of a code block that is not whole yet.
    """

    text: str
    code: bool = False
    language: str | None = None
    part: bool = False


class _Block(NamedTuple):
    """A part of a text between blank lines, as Markdown divides it."""

    kind: str
    lines: list[str]
    items: list[int]
    """Of a list: the lines at which its items begin."""
    language: str


# --- what is read as Markdown, and what is text -------------------------------------------------------------------


def _read_literal_marks(state: StateInline, silent: bool) -> bool:
    """`2*3*4`, `2**10`, `8~~12` and `__init__` are words: a mark between two letters or figures is none."""
    mark = state.src[state.pos]
    if mark not in "*_~":
        return False
    if mark == "_":
        dunder = _DUNDER.match(state.src, state.pos)
        return _take_as_text(state, dunder[0], silent) if dunder else False
    end = state.pos
    while end < state.posMax and state.src[end] == mark:
        end += 1
    run = state.src[state.pos : end]
    around = state.src[max(state.pos - 1, 0) : state.pos], state.src[end : end + 1]
    between = all(side in _ALNUM if side else False for side in around)
    # Bold within a word is meant now and then (`**Auto**bahn`); between two figures it is a power or a span.
    literal = between and (len(run) == 1 or all(side.isdigit() for side in around))
    return _take_as_text(state, run, silent) if literal else False


def _read_backslash(state: StateInline, silent: bool) -> bool:
    """A backslash before what is no mark of Markdown is a backslash, and what follows it is text too."""
    if state.src[state.pos] != "\\" or state.pos + 1 >= state.posMax:
        return False
    following = state.src[state.pos + 1]
    if following in _ESCAPABLE or following == "\n":
        return False
    # The character behind it is taken along: `\[x](y)` is no link, and `\\*` is not half an escape.
    return _take_as_text(state, state.src[state.pos : state.pos + 2], silent)


def _take_as_text(state: StateInline, text: str, silent: bool) -> bool:
    if not silent:
        state.pending += text
    state.pos += len(text)
    return True


def _read_quotation(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A quotation, but not `>= 5` and `>90 %` at the beginning of a line."""
    first = state.bMarks[start] + state.tShift[start]
    following = state.src[first + 1 : first + 2]
    return False if following == "=" or following.isdigit() else blockquote(state, start, end, silent)


def _render_picture(_: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A picture as its words: a browser that fetched it would tell a stranger that the answer was read."""
    token = tokens[index]
    return escape(f"![{token.content}]({token.attrGet('src')})")


def _render_text(_: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    # Quotation marks need no escape between tags, and in JSON every escaped one is six bytes for one.
    return escape(tokens[index].content, quote=False)


def _render_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[index].attrSet("target", "_blank")  # in this tab it would take the console away
    tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


def _turn_by_content(state: Any) -> None:
    """Hebrew and Arabic run from the right, paragraph by paragraph."""
    for token in state.tokens:
        if token.nesting == 1 and token.type not in ("table_open", "thead_open", "tbody_open", "tr_open"):
            token.attrSet("dir", "auto")


def _make_reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "xhtmlOut": False})
    reader.enable(["table", "strikethrough", "linkify"])
    # Each of these takes words away: indented code, link definitions, underlined headings, HTML, `<https://…>`.
    reader.disable(["code", "reference", "lheading", "html_block", "html_inline", "autolink"])
    reader.block.ruler.at("blockquote", _read_quotation, {"alt": ["paragraph", "list"]})
    reader.inline.ruler.before("escape", "backslash", _read_backslash)
    reader.inline.ruler.before("strikethrough", "literal_marks", _read_literal_marks)
    reader.core.ruler.push("turn_by_content", _turn_by_content)
    reader.add_render_rule("text", _render_text)
    reader.add_render_rule("image", _render_picture)
    reader.add_render_rule("link_open", _render_link)
    reader.normalizeLinkText = str  # type: ignore[assignment] # an address is shown as it is written
    assert reader.linkify is not None, "linkify-it-py is among the requirements"
    reader.linkify.add("//", None)  # `//x.y` is a comment more often than an address
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # `setup.py` and `node.js` are no addresses
    return reader


_READER = _make_reader()
_DIVIDER = _make_reader().disable(["inline", "linkify", "turn_by_content"])


def html_of(text: str) -> str:
    """Markdown as harmless HTML: nothing in it is fetched, coloured, computed or run."""
    return f'<div class="answer">{_READER.render(text)}</div>'


def html_of_code(text: str) -> str:
    """Lines of code as HTML, which costs the browser less than Streamlit's own code box."""
    return f'<pre class="part">{escape(text, quote=False)}</pre>'


# --- in pieces ----------------------------------------------------------------------------------------------------


def answer_blocks(text: str, *, growing: bool = False) -> list[list[AnswerPiece]]:
    """The text by its blocks, each as the elements that it is drawn in.

    Args:
        growing: whether more may come. The last block is then drawn in small pieces, of which only the last changes.
    """
    blocks = _divided(text)
    drawn = []
    for position, block in enumerate(blocks):
        unfinished = growing and position == len(blocks) - 1
        pieces = list(_growing_pieces(block)) if unfinished else _whole_pieces(block)
        drawn.append([piece for piece in pieces if piece.text.strip()])
    return [pieces for pieces in drawn if pieces]


def answer_pieces(text: str, *, growing: bool = False) -> list[AnswerPiece]:
    """`answer_blocks`, one after the other."""
    return [piece for pieces in answer_blocks(text, growing=growing) for piece in pieces]


def _divided(text: str) -> list[_Block]:
    # Not `splitlines`: it also divides at form feeds and at U+2028, where Markdown sees no new line.
    lines = [f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    blocks: list[_Block] = []
    start = 0
    for token in _DIVIDER.parse(text):
        if token.map is None or token.nesting < 0:
            continue
        begin, end = token.map
        if token.level == 0:
            start, kind = begin, token.type.removesuffix("_open")
            blocks.append(_Block(kind, lines[begin:end], [], token.info.strip().partition(" ")[0]))
        elif token.level == 1 and token.type == "list_item_open":
            blocks[-1].items.append(begin - start)
    return blocks


def _whole_pieces(block: _Block) -> list[AnswerPiece]:
    """A block that is whole, as one piece; of lines that are drawn alike either way the pieces stay as they grew."""
    if block.kind == "paragraph" and _is_verse("".join(block.lines)):
        pieces = list(_growing_pieces(block))
        if _inner_html(pieces) == _inner_html([_whole_piece(block)]):
            return pieces
    return [_whole_piece(block)]


def _inner_html(pieces: Sequence[AnswerPiece]) -> str:
    """Paragraphs as one: what stands in them, with a new line between."""
    inner = (_READER.render(piece.text).strip().removeprefix(_PARAGRAPH).removesuffix("</p>") for piece in pieces)
    return "<br>\n".join(inner)


def _whole_piece(block: _Block) -> AnswerPiece:
    if block.kind == "table":
        return AnswerPiece("".join(_widen_table(block.lines)))
    if block.kind != "fence":
        return AnswerPiece("".join(block.lines))
    code = _code_lines(block)
    return AnswerPiece(
        "".join(code), code=True, language=block.language or None if len(code) <= COLOURED_LINES else None
    )


def _code_lines(block: _Block) -> list[str]:
    """What stands between a block's fences; the lower one may be missing."""
    mark = block.lines[0].lstrip()[:3]
    closed = (
        len(block.lines) > 1 and block.lines[-1].strip().startswith(mark) and not block.lines[-1].strip(" \t\r\n`~")
    )
    indent = len(block.lines[0]) - len(block.lines[0].lstrip(" "))
    inner = block.lines[1 : -1 if closed else None]
    return [line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in inner]


def _growing_pieces(block: _Block) -> Iterator[AnswerPiece]:
    """A block that is still growing, in pieces of which all but the last stay as they are."""
    if block.kind == "fence":
        yield from _parted_code(block)
    elif block.kind in _CUTS:
        for lines in _CUTS[block.kind](block):
            yield AnswerPiece(lines)
    else:
        yield AnswerPiece("".join(block.lines))


def _parted_code(block: _Block) -> Iterator[AnswerPiece]:
    code = _code_lines(block)
    # Without its language while it grows: colouring anew with every look keeps the browser behind.
    for start in range(0, len(code), LINES_A_PIECE):
        yield AnswerPiece("".join(code[start : start + LINES_A_PIECE]), code=True, part=True)


def _cut_paragraph(block: _Block) -> Iterator[str]:
    text = "".join(block.lines)
    # Lines of verse are cut between two of them, so that their pieces may stand there for good.
    marks = ("\n",) if _is_verse(text) else _SENTENCE_ENDS
    while len(text) > (longest := _longest_piece(text)):
        end = max(text.rfind(mark, 0, longest) for mark in marks)
        end = longest if end <= 0 else end + 1
        yield text[:end]
        text = text[end:]
    yield text


def _longest_piece(text: str) -> int:
    """Characters that stay together: of bare JSON and lines of verse half as many, which nobody reads as one."""
    return LONGEST_PIECE // 2 if _is_verse(text) else LONGEST_PIECE


def _is_verse(text: str) -> bool:
    """Whether it is made of short lines: bare JSON, a list without its marks, verse."""
    return text.count("\n", 0, LONGEST_PIECE // 2) >= _LINES_OF_VERSE


def _cut_list(block: _Block) -> Iterator[str]:
    """Between two items; an item is never cut, as its second half would be no item any more."""
    yield from _group_lines(block.lines, block.items)


def _cut_table(block: _Block) -> Iterator[str]:
    """Between two rows; each piece has the table's head."""
    lines = _widen_table(block.lines)
    head, rows = "".join(lines[:_TABLE_HEAD_LINES]), lines[_TABLE_HEAD_LINES:]
    for group in _group_lines(rows, list(range(len(rows)))):
        yield head + group


def _widen_table(lines: list[str]) -> list[str]:
    """A table whose head is as wide as its widest row: cells beyond the head would not be drawn."""
    widths = [len(escapedSplit(line.strip().strip("|"))) for line in lines]
    missing = max(widths) - widths[0]
    if missing <= 0:
        return lines
    head, line = (line.rstrip().removesuffix("|") for line in lines[:_TABLE_HEAD_LINES])
    return [f"{head}{'| ' * missing}|\n", f"{line}{'|---' * missing}|\n", *lines[_TABLE_HEAD_LINES:]]


def _group_lines(lines: list[str], borders: list[int]) -> Iterator[str]:
    """Lines in groups of about the longest piece, divided at the borders alone."""
    start = 0
    for border in borders:
        if sum(map(len, lines[start:border])) > LONGEST_PIECE:
            yield "".join(lines[start:border])
            start = border
    yield "".join(lines[start:])


_CUTS: dict[str, Callable[[_Block], Iterator[str]]] = {
    "paragraph": _cut_paragraph,
    "bullet_list": _cut_list,
    "ordered_list": _cut_list,
    "table": _cut_table,
}
