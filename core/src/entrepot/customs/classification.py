"""From words to HS subheadings: ranked suggestions, each with its reasons; a person decides. Pure."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: What a word is worth in the text of the subheading, of its heading, and of its chapter.
_WEIGHT_BY_DIGITS = {6: 1.0, 4: 0.6, 2: 0.25}
#: How much more a word counts that begins the text: "Umbrellas; garden" is about umbrellas.
_LEADING = 1.6
#: A word that only a shop's word leads to.
_WEIGHT_OF_MEANING = 0.8
#: A word that the text excludes: "other than of cotton".
_WEIGHT_EXCLUDED = -0.7
_EXCLUDING = re.compile(r"\b(?:other than|excluding|not|except)\b[^,;]*|\([^)]*(?:other than|excluding|not )[^)]*\)")
_WORD = re.compile(r"[a-z][a-z-]*[a-z]|[a-z]")
_SMALL = frozenset(
    {"a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "whether", "nec"}
)


@dataclass(frozen=True)
class Suggestion:
    """A subheading that the words may mean; ``reasons`` say in words why. Scores compare within one search only."""

    code: str
    description: str
    heading: str
    chapter: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Text:
    """The words of a description, apart from those that it excludes."""

    included: frozenset[str]
    excluded: frozenset[str]
    #: Those before the first comma or semicolon.
    leading: frozenset[str]


class HsTree:
    """Codes of 2, 4 and 6 digits with their descriptions."""

    def __init__(self, descriptions: Mapping[str, str], meanings: Mapping[str, str]) -> None:
        self.descriptions = dict(descriptions)
        self._meanings = {_stem(word): frozenset(words(text)) for word, text in meanings.items()}
        self._texts = {code: _text(description) for code, description in self.descriptions.items()}
        self._codes = [code for code in self.descriptions if len(code) == max(_WEIGHT_BY_DIGITS)]
        seen = Counter(word for code in self._codes for word in self._words_of(code))
        self._rarity = {word: math.log(1 + len(self._codes) / count) for word, count in seen.items()}

    def path(self, code: str) -> tuple[str, ...]:
        """Descriptions from the chapter down to the code; empty for a code that is not in the tree."""
        return tuple(self.descriptions[code[:digits]] for digits in (2, 4, 6) if code[:digits] in self.descriptions)

    def search(self, text: str, *, limit: int = 10) -> list[Suggestion]:
        """Subheadings for the words, the likeliest first; none when no word is known."""
        asked = list(dict.fromkeys(words(text)))
        scored = (self._judge(code, asked) for code in self._codes)
        found = sorted((one for one in scored if one.score > 0), key=lambda one: (-one.score, one.code))
        return found[:limit]

    def _words_of(self, code: str) -> frozenset[str]:
        return frozenset().union(*(self._texts[code[:digits]].included for digits in (2, 4, 6)))

    def _judge(self, code: str, asked: Sequence[str]) -> Suggestion:
        score, reasons = 0.0, []
        for word in asked:
            worth, reason = self._judge_word(code, word)
            score += worth
            reasons += [reason] if reason else []
        chapter, heading, description = (self.descriptions[code[:digits]] for digits in (2, 4, 6))
        return Suggestion(code, description, heading, chapter, round(score, 3), tuple(reasons))

    def _judge_word(self, code: str, word: str) -> tuple[float, str]:
        """What a word says for the code, and why: as it stands, or as what shops mean by it."""
        if word in self._texts[code].excluded:
            return _WEIGHT_EXCLUDED * self._rarity.get(word, 1.0), f"'{word}' is excluded by {code}"
        literal, digits = self._worth(code, word)
        meant = max(
            ((*self._worth(code, other), other) for other in self._meanings.get(word, ())), default=(0.0, 0, "")
        )
        if literal >= _WEIGHT_OF_MEANING * meant[0]:
            return literal, f"'{word}' stands in {code[:digits]}" if literal else ""
        return _WEIGHT_OF_MEANING * meant[0], f"'{word}' is called '{meant[2]}' in {code[: meant[1]]}"

    def _worth(self, code: str, word: str) -> tuple[float, int]:
        """What a word is worth in the nearest text that has it, and how many digits that text has."""
        for digits, weight in _WEIGHT_BY_DIGITS.items():
            text = self._texts[code[:digits]]
            if word in text.included:
                return weight * self._rarity[word] * (_LEADING if word in text.leading else 1), digits
        return 0.0, 0


def words(text: str) -> Iterable[str]:
    """The words of a text that say something, in their simplest form."""
    return (_stem(word) for word in _WORD.findall(text.lower().replace("n.e.c.", " ")) if word not in _SMALL)


def _stem(word: str) -> str:
    """Plural to singular, well enough to compare."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + instead
    return word


def _text(description: str) -> _Text:
    lowered = description.lower()
    excluded = frozenset(word for part in _EXCLUDING.findall(lowered) for word in _with_parts(part))
    kept = _EXCLUDING.sub(" ", lowered)
    included = frozenset(_with_parts(kept))
    return _Text(included, excluded - included, frozenset(_with_parts(re.split("[;,]", kept)[0])))


def _with_parts(text: str) -> Iterable[str]:
    """The words of a text, those with a hyphen also in their parts: lithium-ion speaks of lithium."""
    for word in words(text):
        yield word
        yield from (_stem(part) for part in word.split("-") if "-" in word and len(part) > 1)


@cache
def tree() -> HsTree:
    """The Harmonized System as it is packaged, read once."""
    return HsTree(_table("codes.csv", "code", "description"), _table("words.csv", "word", "means"))


def _table(name: str, key: str, value: str) -> dict[str, str]:
    content = files("entrepot.customs").joinpath("hs", name).read_text(encoding="utf-8")
    return {row[key]: row[value] for row in csv.DictReader(content.splitlines())}
