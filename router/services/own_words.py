"""Signs in a person's own words: words are sorted into concepts, and rules say which concepts together are a sign.

The words of each language and the rules stand in `safety.toml`; this room knows how they are compared, not what they
mean. Nobody writes a symptom the way a list of phrases has it, so a rule names concepts ("chest" with "pain") that
stand near each other in a sentence, in any order, misspelt or not. Each rule looks at a window of fixed width, so the
time grows with the length of the text and not faster.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from router.services.vocabulary import Occurrence, Vocabulary, Word, split_words

_REACH = 4  # words from a negation to what it denies
_LIST_REACH = 8  # ... where it is a list that ends in "or"
_NEIGHBOURS = 4  # occurrences of a concept that are looked at on either side; more would cost time and add nothing
_WITHIN = 7  # words, fillers aside, in which the concepts of a rule stand unless it says otherwise


class Rule(NamedTuple):
    """Concepts that together are a sign.

    Attributes:
        sign: what they are a sign of.
        concepts: all of them stand within `within` words of one sentence.
        unless: concepts of which none stands in that sentence.
        is_timeless: whether it counts even if it was long ago.
        is_firm: whether only a negation before all concepts denies it: "laxatives so that I do not gain".
        heals: whether it counts no more once the text says that it is over: "sprained it in May, fine now".
        is_apart: whether no word stands for two of the concepts: "felt sharp" is no sharp pain.
    """

    sign: str
    concepts: tuple[str, ...]
    unless: tuple[str, ...]
    within: int
    is_timeless: bool
    is_firm: bool
    heals: bool
    is_apart: bool


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
        reading = _SignReading(words, concepts)
        return {rule.sign for rule in self._rules if reading.has_sign(rule)}

    def _spell_alike(self, text: str) -> str:
        if self._written_otherwise is None:
            return text
        return self._written_otherwise.sub(lambda match: self._spellings[match[0]], text.casefold())


class _SignReading:
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
        first, *later_concepts = rule.concepts
        return any(self._is_sign(rule, place, later_concepts) for place in self._concepts.get(first, ()))

    def _is_sign(self, rule: Rule, anchor: Occurrence, concepts: Sequence[str]) -> bool:
        sentence = self._words[anchor.start].sentence
        if any(sentence in self._sentences.get(concept, ()) for concept in rule.unless):
            return False
        places = [anchor]
        for concept in concepts:
            near = self._find_nearest(concept, anchor, places if rule.is_apart else ())
            if near is None:
                return False
            places.append(near)
        if max(place.end for place in places) - min(place.start for place in places) > rule.within:
            return False
        if self._is_denied(places, rule.is_firm) or (rule.heals and self._is_over(anchor)):
            return False
        return rule.is_timeless or not self._is_past(sentence)

    def _find_nearest(self, concept: str, anchor: Occurrence, taken: Sequence[Occurrence] = ()) -> Occurrence | None:
        """Where a concept stands nearest to another in its sentence, other than in words that are taken."""
        places = self._concepts.get(concept, ())
        index = bisect_left(self._starts.get(concept, ()), anchor.start)
        around = places[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS]
        sentence = self._words[anchor.start].sentence
        around = [place for place in around if self._words[place.start].sentence == sentence
                  and not any(place.start < other.end and other.start < place.end for other in taken)]  # fmt: skip
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
        foreign_patterns = [
            vocabulary_words.patterns for name, vocabulary_words in vocabularies.items() if name != language
        ]
        vocabulary.respect(frozenset().union(*foreign_patterns))
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
        is_apart=row.get("apart", False),
    )
    if unknown := set(rule.concepts + rule.unless) - set(concepts):
        raise ValueError(f"a rule of {rule.sign} names concepts without words: {', '.join(sorted(unknown))}")
    return rule
