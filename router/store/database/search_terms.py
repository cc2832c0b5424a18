"""What a person typed into the search box, as queries of the two full-text indexes.

Words of scripts that put blanks between them are looked up in the index of words; what holds a character of one that
does not (Chinese, Japanese, Thai, ...), or of Korean, which joins words to their endings, is looked up as a run of
characters in the index of runs of three. Of a shorter run, all runs of three are looked up that begin with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r'"([^"]+)"|(\S+)')
# The same ranges as in the migration that makes the second index.
_SCRIPT = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
                     "\U00020000-\U0003fffd]")  # fmt: skip

RUN = 3
"""Characters of a term of the second index."""


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Words to look for; all of them have to be there.

    Attributes:
        words: a query of the index of words; empty where there is nothing for it.
        runs: runs of characters for the other index.
    """

    words: str = ""
    runs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.runs)


def typed_parts(typed: str) -> list[str]:
    """The words and the quoted phrases that a person typed, without what is no word."""
    parts = [phrase or word for phrase, word in _WORD.findall(typed.replace("\0", " "))]
    return [part for part in parts if any(character.isalnum() for character in part)]


def read_terms(typed: str) -> SearchTerms:
    """What a person typed: every word, the last one as a beginning, phrases in quotes."""
    parts = typed_parts(typed)
    words = [quoted(part) for part in parts if not _SCRIPT.search(part)]
    is_beginning = words and not _SCRIPT.search(parts[-1]) and not typed.rstrip().endswith('"')
    return SearchTerms(
        words=" ".join(words) + ("*" if is_beginning else ""),
        runs=tuple(part.strip('"') for part in parts if _SCRIPT.search(part)),
    )


def quoted(term: str) -> str:
    """A term as the indexes' queries have it, whatever characters are in it."""
    return '"{}"'.format(term.replace('"', '""'))
