"""Signs in a person's own words: words are sorted into concepts, and rules say which concepts together are a sign.

The words of each language and the rules stand in `safety.toml`; this room knows how they are compared, not what they
mean. Nobody writes a symptom the way a list of phrases has it, so a rule names concepts ("chest" with "pain") that
stand near each other in a sentence, in any order, misspelt or not. Each word is looked up once and each rule looks at a
window of fixed width, so the time grows with the length of the text and not faster.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

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
_REACH = 4  # words from a negation to what it denies
_LIST_REACH = 8  # ... where it is a list that ends in "or"
_GAPS = 1  # words that may stand within a term of several: "woke up on the gym floor" for "woke up on floor"
_WITHIN = 7  # words, fillers aside, in which the concepts of a rule stand unless it says otherwise


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


class Rule(NamedTuple):
    """Concepts that together are a sign.

    Attributes:
        sign: what they are a sign of.
        concepts: all of them stand within `within` words of one sentence.
        unless: concepts of which none stands in that sentence.
        is_timeless: whether it counts even if it was long ago.
        is_firm: whether only a negation before all concepts denies it: "laxatives so that I do not gain".
        heals: whether it counts no more once the text says that it is over: "sprained it in May, fine now".
    """

    sign: str
    concepts: tuple[str, ...]
    unless: tuple[str, ...]
    within: int
    is_timeless: bool
    is_firm: bool
    heals: bool


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
        self._patterns = frozenset(pattern for rows in self._terms.values() for row, _ in rows for pattern in row)
        content = {pattern for rows in self._terms.values() for row, concept in rows if concept not in _GRAMMAR
                   for pattern in row if not pattern.startswith(("*", "#"))}  # fmt: skip
        self._by_word = {pattern.strip("*"): pattern for pattern in content if len(pattern) >= _LEAST_SWAP}
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
        kept = [word for word in words if word.text not in self._fillers]
        fits = [self._find_patterns(word.text) for word in kept]
        places = list(self._places(kept, fits))
        masks = _longest_masks(len(kept), [place for place, concept in places if concept == "harmless"])
        concepts: defaultdict[str, list[Occurrence]] = defaultdict(list)
        for place, concept in places:
            if concept in self._unmasked or place.end - place.start > max(masks[place.start : place.end]):
                concepts[concept].append(place)
        return kept, dict(concepts)

    def _places(self, words: Sequence[Word], fits: Sequence[frozenset[str]]) -> Iterator[tuple[Occurrence, str]]:
        for start, patterns in enumerate(fits):
            for row, concept in (entry for pattern in patterns for entry in self._terms.get(pattern, ())):
                end = _find_end(row, fits, start, gaps=0 if concept in _GRAMMAR else _GAPS)
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
        return frozenset({"#", word} | {name for name, (least, most) in self._numbers.items() if least <= value <= most})

    def _slip_patterns(self, word: str) -> set[str]:
        if len(word) < _LEAST_SWAP or word in self._spelled_right or not self._foreign.isdisjoint(_heads(word)):
            return set()
        whole = self._near_words(word)
        ends = range(_LEAST_SLIP, len(word))
        stems = {near for end in ends for near in self._near_words(word[:end]) if self._by_word[near].endswith("*")}
        return {self._by_word[near] for near in whole | stems}

    def _near_words(self, word: str) -> set[str]:
        near = {other for slip in (word, *_without_a_letter(word)) for other in self._slips.get(slip, ())}
        near |= {slip for slip in _without_a_letter(word) if slip in self._by_word and len(slip) >= _LEAST_SLIP}
        return {other for other in near if other[0] == word[0] and _is_slip(word, other)}


def _heads(word: str) -> set[str]:
    """The patterns that a word fits by its beginning, and the word itself."""
    return {word} | {f"{word[:end]}*" for end in range(2, len(word) + 1)}


def _find_end(row: Sequence[str], fits: Sequence[frozenset[str]], start: int, *, gaps: int) -> int | None:
    """Where a term ends that begins at `start`, with at most so many other words in it; None where it is not there."""
    end = start + 1
    for pattern in row[1:]:
        place = next((index for index in range(end, min(end + gaps + 1, len(fits))) if pattern in fits[index]), None)
        if place is None:
            return None
        gaps -= place - end
        end = place + 1
    return end


def _without_a_letter(word: str) -> set[str]:
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def _is_slip(word: str, other: str) -> bool:
    """Whether one letter is wrong, missing or surplus, or two neighbours have changed places."""
    if len(word) != len(other):
        return (
            min(len(word), len(other)) >= _LEAST_SLIP
        )  # they share all letters but one: that is why they are compared
    places = [index for index, (mine, theirs) in enumerate(zip(word, other, strict=True)) if mine != theirs]
    if len(places) == 1:
        return len(word) >= _LEAST_SLIP
    return len(places) == 2 and places[1] - places[0] == 1 and sorted(word) == sorted(other)


def _longest_masks(count: int, places: Sequence[Occurrence]) -> list[int]:
    """For each word the length of the longest harmless term that covers it."""
    masks = [0] * count
    for start, end in places:
        for index in range(start, end):
            masks[index] = max(masks[index], end - start)
    return masks


class Reader:
    """Reads a text in one language."""

    def __init__(self, vocabulary: Vocabulary, rules: Sequence[Rule], spellings: Mapping[str, str]) -> None:
        """Rules and spellings may be shared among languages.

        Args:
            spellings: how the vocabulary writes what people write otherwise: "cannot" for "can't".
        """
        self._vocabulary = vocabulary
        self._rules = rules
        self._spellings = spellings
        written = "|".join(re.escape(words) for words in sorted(spellings, key=len, reverse=True))
        self._written_otherwise = re.compile(rf"\b(?:{written})\b(?!-)") if spellings else None

    def find_signs(self, text: str) -> set[str]:
        """Every sign in the text."""
        words, concepts = self._vocabulary.find_concepts(split_words(self._spell_alike(text)))
        reading = _Reading(words, concepts)
        return {rule.sign for rule in self._rules if reading.has_sign(rule)}

    def _spell_alike(self, text: str) -> str:
        if self._written_otherwise is None:
            return text
        return self._written_otherwise.sub(lambda match: self._spellings[match[0]], text.casefold())


class _Reading:
    def __init__(self, words: Sequence[Word], concepts: Mapping[str, list[Occurrence]]) -> None:
        self._words = words
        self._concepts = concepts
        self._starts = {concept: [place.start for place in places] for concept, places in concepts.items()}
        self._sentences = {concept: {words[place.start].sentence for place in places}
                           for concept, places in concepts.items()}  # fmt: skip
        affirmed = {index for place in concepts.get("affirmed", ()) for index in range(*place)}
        self._negations = {place.start: place.end for place in concepts.get("not", ()) if place.start not in affirmed}
        self._answers = {place.start for place in concepts.get("none", ())}
        self._turns = {place.start for place in concepts.get("turn", ())}
        self._alternatives = {place.start for place in concepts.get("or", ())}

    def has_sign(self, rule: Rule) -> bool:
        first, *others = rule.concepts
        return any(self._is_sign(rule, place, others) for place in self._concepts.get(first, ()))

    def _is_sign(self, rule: Rule, anchor: Occurrence, others: Sequence[str]) -> bool:
        sentence = self._words[anchor.start].sentence
        if any(sentence in self._sentences.get(concept, ()) for concept in rule.unless):
            return False
        places = [anchor]
        for concept in others:
            near = self._find_nearest(concept, anchor)
            if near is None or self._words[near.start].sentence != sentence:
                return False
            places.append(near)
        if max(place.end for place in places) - min(place.start for place in places) > rule.within:
            return False
        if self._is_denied(places, rule.is_firm) or (rule.heals and self._is_over(anchor)):
            return False
        return rule.is_timeless or not self._is_past(sentence)

    def _find_nearest(self, concept: str, anchor: Occurrence) -> Occurrence | None:
        places = self._concepts.get(concept, ())
        index = bisect_left(self._starts.get(concept, ()), anchor.start)
        around = places[max(0, index - 1) : index + 1]
        sentence = self._words[anchor.start].sentence
        around = [place for place in around if self._words[place.start].sentence == sentence]
        return min(around, key=lambda place: abs(place.start - anchor.start), default=None)

    def _is_past(self, sentence: int) -> bool:
        if sentence not in self._sentences.get("past", ()):
            return False
        # "from 2019, fine now" is past; "since 2019, and now worse" is not.
        return sentence not in self._sentences.get("now", ()) or sentence in self._sentences.get("over", ())

    def _is_over(self, anchor: Occurrence) -> bool:
        over = self._find_nearest("over", anchor)
        if over is None or over.start > anchor.start:
            return over is not None
        # "The knee is fine now, but the ankle is swollen" says nothing of the ankle.
        return not any(over.end <= place.start < anchor.start for place in self._concepts.get("contrast", ()))

    def _is_denied(self, places: Sequence[Occurrence], is_firm: bool) -> bool:
        covered = sorted({index for place in places for index in range(place.start, place.end)})
        first, last = covered[0], covered[-1]
        sentence = self._words[first].sentence
        for index in range(max(0, first - _LIST_REACH), first if is_firm else last):
            # A negation that is part of the sign ("can't breathe") denies nothing.
            if index in self._negations and index not in covered and self._words[index].sentence == sentence:
                target = covered[bisect_left(covered, index)]
                if self._reaches(self._negations[index], target):
                    return True
        return self._has_answer_no(last + 1, sentence)

    def _reaches(self, start: int, target: int) -> bool:
        """Whether a negation that ends before `start` denies the word at `target`."""
        if any(index in self._turns for index in range(start, target)):
            return False  # "not great but chest pain"
        # "No pain, numbness or swelling" denies all three; "no luck, chest pain" denies luck.
        if any(index in self._alternatives for index in range(start, target + 3)):
            return target - start < _LIST_REACH
        commas = any(self._words[index].is_after_comma for index in range(start, target + 1))
        return not commas and target - start < _REACH

    def _has_answer_no(self, index: int, sentence: int) -> bool:
        """Whether "none" follows: "chest pain: none"."""
        behind = self._words[index + 1] if index + 1 < len(self._words) else None
        is_last = behind is None or behind.sentence != sentence or behind.is_after_comma
        return is_last and index in self._answers and self._words[index].sentence == sentence


def compile_readers(data: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Reader]:
    """A reader for each language, from the tables `concepts`, `fillers`, `numbers` and `rules`.

    Raises:
        ValueError: a rule names a concept for which there are no words.
    """
    rules = [_compile_rule(row, data["concepts"]) for row in data["rules"]]
    vocabularies = {}
    signs = {concept for rule in rules for concept in rule.concepts}
    unmasked = frozenset(concept for rule in rules for concept in rule.unless if concept not in signs)
    for language in languages:
        concepts = {name: words.get(language, "") for name, words in data["concepts"].items()}
        # Names of exercises are English in every language ("leg day"), and each reader reads every text.
        concepts["harmless"] = ", ".join(filter(None, data["concepts"]["harmless"].values()))
        vocabularies[language] = Vocabulary(
            concepts,
            fillers=data["fillers"][language],
            spelled_right=", ".join(data["spelled_right"].values()),
            numbers=data["numbers"],
            unmasked=unmasked,
        )
    for language, vocabulary in vocabularies.items():
        others = [other.patterns for name, other in vocabularies.items() if name != language]
        vocabulary.respect(frozenset().union(*others))
    spellings = data.get("spellings", {})
    return {language: Reader(vocabulary, rules, spellings) for language, vocabulary in vocabularies.items()}


def _compile_rule(row: Mapping[str, Any], concepts: Mapping[str, Any]) -> Rule:
    rule = Rule(
        sign=row["sign"],
        concepts=tuple(row["all"]),
        unless=tuple(row.get("unless", ())),
        within=row.get("within", _WITHIN),
        is_timeless=row.get("timeless", False),
        is_firm=row.get("firm", False),
        heals=row.get("heals", False),
    )
    if unknown := set(rule.concepts + rule.unless) - set(concepts):
        raise ValueError(f"a rule of {rule.sign} names concepts without words: {', '.join(sorted(unknown))}")
    return rule
