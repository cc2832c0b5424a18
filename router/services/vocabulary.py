"""The words of a language sorted into concepts, and where in a text the concepts stand, misspelt or not.

Each word is looked up once, so the time grows with the length of the text and not faster.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

_PAUSES = re.compile(r"\.{2,}|…")  # "I ... can't ... breathe" is one sentence
_TOKENS = re.compile(r"\d+(?:[.,]\d+)?(?:\.(?= (?:ss)?w))?|[^\W\d_]+|[.!?;\n]|[,:()/–—-]")
_APOSTROPHES = re.compile(r"(?<=[^\W\d_])['’`´‘](?=[^\W\d_])")
_REPEATS = re.compile(r"([^\W\d])\1{2,}")  # "painnnn"
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

_BREAKS = frozenset(".!?;\n")
_LONGEST_WORD = 32  # letters that are compared; German compounds fit, a pasted blob costs no more than they do
_LEAST_SLIP = 6  # letters from which a wrong, missing or surplus letter is forgiven; shorter words are other words then
_GRAMMAR = frozenset(
    {"not", "turn", "or", "none", "past", "now", "over", "contrast", "affirmed", "harmless"}
)  # too short and too many for slips, and what turns a sign into none is meant as it is written
_LEAST_SWAP = 5  # letters from which two letters may have changed places
_GAPS = 1  # words that may stand within a term of several: "woke up on the gym floor" for "woke up on floor"


class Word(NamedTuple):
    """A word of the text.

    Attributes:
        sentence: number of its sentence.
        is_after_comma: whether a comma or dash stands between it and the word before.
    """

    text: str
    sentence: int
    is_after_comma: bool


class Occurrence(NamedTuple):
    """Where a concept stands: the words from `start` to before `end`."""

    start: int
    end: int


def fold_text(text: str) -> str:
    """Lower case without accents and without apostrophes in words: `Can’t` and `cant`, `Knöchel` and `knochel`."""
    plain = _APOSTROPHES.sub("", text.casefold())
    letters = unicodedata.normalize("NFKD", plain)
    return _REPEATS.sub(r"\1", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def split_words(text: str) -> list[Word]:
    """The words of a text, with the sentence each stands in; a pause of several dots ends none."""
    words: list[Word] = []
    sentence, comma = 0, False
    for token in _TOKENS.findall(fold_text(_PAUSES.sub(", ", text))):
        if token in _BREAKS:
            sentence += 1
        elif token[0].isalnum():
            words.append(Word(token[:_LONGEST_WORD], sentence, comma))
        comma = not token[0].isalnum()
    return words


class Vocabulary:
    """The words of one language, by concept.

    A term is one word or several in a row; `faint*` stands for every word that begins so, `*schmerz*` for every word
    that holds it, `#year` for a number of that name. Fillers (articles, "very") are left out of terms and text alike.
    """

    def __init__(
        self, concepts: Mapping[str, str], *, fillers: str, spelled_right: str,
        numbers: Mapping[str, Sequence[float]], unmasked: frozenset[str],
    ) -> None:  # fmt: skip
        """Terms are separated by commas.

        Args:
            concepts: terms by name of the concept.
            fillers: words that are skipped.
            spelled_right: words that are never taken for a slip of another.
            numbers: least and most value by name, such as `#year`.
            unmasked: concepts that a `harmless` term does not hide.
        """
        self._unmasked = unmasked
        self._fillers = frozenset(fold_text(fillers).replace(",", " ").split())
        self._numbers = numbers
        self._terms: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for concept, terms in concepts.items():
            self._add_terms(concept, terms)
        # A term must not reach over what denies it: "tut nicht weh" is no "tut weh".
        self._denials = {row[0] for rows in self._terms.values() for row, concept in rows if concept == "not"}
        self._patterns = frozenset(pattern for rows in self._terms.values() for row, _ in rows for pattern in row)
        content = {pattern for rows in self._terms.values() for row, concept in rows if concept not in _GRAMMAR
                   for pattern in row if not pattern.startswith(("*", "#"))}  # fmt: skip
        self._by_word: defaultdict[str, set[str]] = defaultdict(set)
        for pattern in content:
            if len(pattern) >= _LEAST_SWAP:
                self._by_word[pattern.strip("*")].add(pattern)
        self._spelled_right = self._fillers.union(fold_text(spelled_right).replace(",", " ").split())
        self._foreign: frozenset[str] = frozenset()
        self._slips: defaultdict[str, set[str]] = defaultdict(set)
        for word in self._by_word:
            for slip in _without_a_letter(word):
                self._slips[slip].add(word)
        self._find_patterns = lru_cache(maxsize=10_000)(self._patterns_of)

    @property
    def patterns(self) -> frozenset[str]:
        """The words of all terms."""
        return self._patterns

    def respect(self, foreign: frozenset[str]) -> None:
        """Take no word of another language for a slip: Spanish "infartos" is no English "infarct"."""
        self._foreign = frozenset(pattern for pattern in foreign if not pattern.startswith("*"))

    def _add_terms(self, concept: str, terms: str) -> None:
        # "Knöchel" is also typed "Knoechel"; folding the text's own "oe" would make "to" of "toe".
        for text in {fold_text(terms), fold_text(terms.casefold().translate(_DIGRAPHS))}:
            for term in text.split(","):
                row = tuple(word for word in term.split() if word not in self._fillers)
                if row and (row, concept) not in self._terms[row[0]]:
                    self._terms[row[0]].append((row, concept))

    def find_concepts(self, words: Sequence[Word]) -> tuple[list[Word], dict[str, list[Occurrence]]]:
        """The words without fillers, and where in them each concept stands, from left to right.

        What overlaps a longer `harmless` term, or one as long, is left out: "chest" in "chest day".
        """
        telling_words = [word for word in words if word.text not in self._fillers]
        fits = [self._find_patterns(word.text) for word in telling_words]
        places = list(self._places(telling_words, fits))
        masks = _longest_masks(len(telling_words), [place for place, concept in places if concept == "harmless"])
        concepts: defaultdict[str, list[Occurrence]] = defaultdict(list)
        for place, concept in places:
            if concept in self._unmasked or place.end - place.start > max(masks[place.start : place.end]):
                concepts[concept].append(place)
        return telling_words, dict(concepts)

    def _places(self, words: Sequence[Word], fits: Sequence[frozenset[str]]) -> Iterator[tuple[Occurrence, str]]:
        passable = [self._denials.isdisjoint(patterns) for patterns in fits]
        for start, patterns in enumerate(fits):
            for row, concept in (entry for pattern in patterns for entry in self._terms.get(pattern, ())):
                end = _find_end(row, fits, start, passable=() if concept in _GRAMMAR else passable)
                if end is not None and words[end - 1].sentence == words[start].sentence:
                    yield Occurrence(start, end), concept

    def _patterns_of(self, word: str) -> frozenset[str]:
        if word[0].isdigit():
            return self._number_patterns(word)
        parts = {f"*{word[i:j]}*" for i in range(len(word)) for j in range(i + 4, len(word) + 1)}
        patterns = (_heads(word) | parts) & self._patterns
        return frozenset(patterns or self._slip_patterns(word))

    def _number_patterns(self, word: str) -> frozenset[str]:
        value = float(re.sub(r"[.,](?=\d{3}$)", "", word.rstrip(".")).replace(",", "."))
        return frozenset(
            {"#", word} | {name for name, (least, most) in self._numbers.items() if least <= value <= most}
        )

    def _slip_patterns(self, word: str) -> set[str]:
        if len(word) < _LEAST_SWAP or word in self._spelled_right or not self._foreign.isdisjoint(_heads(word)):
            return set()
        whole = {pattern for near in self._near_words(word) for pattern in self._by_word[near]}
        ends = range(_LEAST_SLIP, len(word))
        near_stems = {near for end in ends for near in self._near_words(word[:end])}
        return whole | {pattern for near in near_stems for pattern in self._by_word[near] if pattern.endswith("*")}

    def _near_words(self, word: str) -> set[str]:
        near = {neighbour for slip in (word, *_without_a_letter(word)) for neighbour in self._slips.get(slip, ())}
        near |= {slip for slip in _without_a_letter(word) if slip in self._by_word and len(slip) >= _LEAST_SLIP}
        return {neighbour for neighbour in near if neighbour[0] == word[0] and _is_slip(word, neighbour)}


def _heads(word: str) -> set[str]:
    """The patterns that a word fits by its beginning, and the word itself."""
    return {word} | {f"{word[:end]}*" for end in range(2, len(word) + 1)}


def _find_end(
    row: Sequence[str], fits: Sequence[frozenset[str]], start: int, *, passable: Sequence[bool]
) -> int | None:
    """Where a term ends that begins at `start`; None where it is not there.

    Args:
        row: the term's words.
        fits: the patterns that each word of the text fits.
        passable: for each word of the text whether it may stand within a term; empty where none may.
    """
    end, gaps = start + 1, _GAPS if passable else 0
    for pattern in row[1:]:
        while gaps and end < len(fits) and pattern not in fits[end] and passable[end]:
            end, gaps = end + 1, gaps - 1
        if end >= len(fits) or pattern not in fits[end]:
            return None
        end += 1
    return end


def _without_a_letter(word: str) -> set[str]:
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def _is_slip(word: str, neighbour: str) -> bool:
    """Whether one letter is wrong, missing or surplus, or two neighbours have changed places."""
    if len(word) != len(neighbour):
        return (
            min(len(word), len(neighbour)) >= _LEAST_SLIP
        )  # they share all letters but one: that is why they are compared
    places = [
        index
        for index, (letter, other_letter) in enumerate(zip(word, neighbour, strict=True))
        if letter != other_letter
    ]
    if len(places) == 1:
        return len(word) >= _LEAST_SLIP
    return len(places) == 2 and places[1] - places[0] == 1 and sorted(word) == sorted(neighbour)


def _longest_masks(count: int, places: Sequence[Occurrence]) -> list[int]:
    """For each word the length of the longest harmless term that covers it."""
    masks = [0] * count
    for start, end in places:
        for index in range(start, end):
            masks[index] = max(masks[index], end - start)
    return masks
