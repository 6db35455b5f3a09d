"""How much a name resembles a listed one: without case, accents, punctuation and order of words. Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from entrepot_feature_denied_list.listing import Entry

#: Words count as the same although a letter or two differ.
WORD_CUTOFF = 0.84
#: Weight of "all of the listed name is there"; the rest is "and nothing else is".
_LISTED = 0.75
_VARIANTS = 30
#: Letters that decomposition leaves alone.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True)
class Resemblance:
    """A listed name that resembles, from 0 to 1.0 for the same words."""

    entry: Entry
    name: str
    score: float


class Index:
    """The list, ready to be asked: an entry is looked at only when it shares a word with the name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._names = [(entry, name, words(name)) for entry in entries for name in entry.names]
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_letters: dict[str, set[int]] = defaultdict(set)
        for place, (_, _, listed) in enumerate(self._names):
            self._by_letters["".join(listed)].add(place)
            for word in listed:
                self._by_word[word].add(place)

    def resembling(self, name: str, threshold: float) -> list[Resemblance]:
        """Entries at or above the threshold, each once with its closest name, the closest first."""
        asked = words(name)
        if not asked:
            return []
        alike = {word: self._variants(word) for word in asked}
        best: dict[str, Resemblance] = {}
        for place, score in (*self._by_words(alike), *self._joined(asked, threshold)):
            entry, listed_name, _ = self._names[place]
            known = best.get(entry.id)
            if score >= threshold and (known is None or score > known.score):
                best[entry.id] = Resemblance(entry, listed_name, round(score, 3))
        return sorted(best.values(), key=lambda found: (-found.score, found.entry.id))

    def _variants(self, word: str) -> dict[str, float]:
        """Words of the list that are this one, give or take a letter."""
        close = get_close_matches(word, self._by_word, n=_VARIANTS, cutoff=WORD_CUTOFF)
        return {found: SequenceMatcher(None, found, word).ratio() for found in close}

    def _by_words(self, alike: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[int, float]]:
        places = {place for variants in alike.values() for word in variants for place in self._by_word[word]}
        return ((place, _score(self._names[place][2], alike)) for place in places)

    def _joined(self, asked: tuple[str, ...], threshold: float) -> Iterator[tuple[int, float]]:
        """Names that differ in where words are parted: "Aero Caribbean" and "Aerocaribbean"."""
        letters = "".join(asked)
        for found in get_close_matches(letters, self._by_letters, n=_VARIANTS, cutoff=max(threshold, WORD_CUTOFF)):
            for place in self._by_letters[found]:
                yield place, SequenceMatcher(None, found, letters).ratio()


def words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters without accents; "S.A." is one word, "Anglo-Caribbean" two."""
    plain = unicodedata.normalize("NFKD", name.replace(".", "").replace("'", "")).casefold().translate(_LETTERS)
    letters = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return tuple("".join(letters).split())


def _score(listed: tuple[str, ...], alike: Mapping[str, Mapping[str, float]]) -> float:
    """Shares of letters that find a counterpart, each word used once."""
    free, met, used = list(alike), 0.0, 0
    for word in listed:
        closest = max(free, key=lambda asked: alike[asked].get(word, 0.0), default=None)
        if closest is None or word not in alike[closest]:
            continue
        met += alike[closest][word] * len(word)
        used += len(closest)
        free.remove(closest)
    return _LISTED * met / sum(map(len, listed)) + (1 - _LISTED) * used / sum(map(len, alike))
