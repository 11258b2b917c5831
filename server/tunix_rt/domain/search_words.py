"""Search words: folds and splits texts for the search indexes, by the same rules for both databases.

Folding removes differences of case and of compatibility forms (NFKC, Unicode case folding). The dotted and the dotless
Turkish i are one letter, and accents are kept. A word is a run of letters, digits and the marks on them. A run in a
script without spaces is split into bigrams: each character with the next one, and the last one alone, so that a run is
found by any part of it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunix_rt.errors import BadUserInput, PathPart

SEARCHED_CHARS = 100_000
WORD_MAX_CHARS = 255
"""Longer words are indexed by their SHA-256: PostgreSQL's words have at most 2,046 bytes."""

ASCII_FOLDING = bytes(ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else 32 for code in range(256))
"""From each ASCII character to its lower case, or to a space if it separates words."""

SPACED = re.compile(r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")

UNSPACED_RANGES = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ece\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109f"  # Myanmar
    "\u1780-\u17d3\u17dc"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # Han: radicals and marks
    "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # Hiragana, Katakana
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U0001aff0-\U0001b16f\U00020000-\U000323af"
)
"""Letters, and marks on them, of scripts without spaces between words."""

UNSPACED = re.compile(f"[{UNSPACED_RANGES}]")
RUNS = re.compile(f"[{UNSPACED_RANGES}]+|[^{UNSPACED_RANGES}]+")
ZERO_WIDTH_SPACE = "\u200b"


def fold(text: str) -> str:
    """Returns the folded text: equal for texts that differ only in case or in compatibility forms."""
    if text.isascii():
        return text.lower()
    return compose(compose(text).replace("\u0130", "i").replace("\u0131", "i").casefold())


def compose(text: str) -> str:
    """Returns a text in NFKC."""
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def words_of(text: str) -> list[str]:
    """Returns the words of a text in order, including bigrams of scripts without spaces."""
    found = words_of_ascii(text[:SEARCHED_CHARS]) if text.isascii() else words_beyond_ascii(text[:SEARCHED_CHARS])
    if max(map(len, found), default=0) > WORD_MAX_CHARS:
        return [index_form(word) for word in found]
    return found


def words_of_ascii(text: str) -> list[str]:
    """Returns the words of a text in ASCII; translating bytes takes a tenth of the time of translating a text."""
    return text.encode("ascii").translate(ASCII_FOLDING).decode("ascii").split()


def words_beyond_ascii(text: str) -> list[str]:
    """Returns the words of any text."""
    folded = fold(text)[:SEARCHED_CHARS]
    if folded.isascii():
        return words_of_ascii(folded)
    special = [char for char in set(folded) if char > "\x7f"]
    for char in special:
        if (instead := replacement(char)) != char:
            folded = folded.replace(char, instead)
    found = SPACED.findall(folded)
    if any(map(is_mark, special)):
        found = [run for run in found if run.isascii() or not all(map(is_mark, run))]
    return [word for run in found for word in split_run(run)] if UNSPACED.search(folded) else found


def replacement(char: str) -> str:
    """Returns the replacement of a non-ASCII character: itself in a word, a space between words, empty if invisible."""
    category = unicodedata.category(char)
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return ""  # variation selectors
    if category[0] in "LN" or category in {"Mn", "Mc"}:
        return char
    return "" if category == "Cf" and char != ZERO_WIDTH_SPACE else " "


def is_mark(char: str) -> bool:
    """Returns whether a character is a mark on the one before it."""
    return unicodedata.category(char)[0] == "M"


def split_run(run: str) -> Iterator[str]:
    """Yields the words of a run that has no separators."""
    if run.isascii():
        yield run
        return
    for part in RUNS.findall(run):
        if UNSPACED.match(part):
            yield from (part[position : position + 2] for position in range(len(part)))
        elif not all(map(is_mark, part)):
            yield part


def index_form(word: str) -> str:
    """Returns a word, or its SHA-256 if it is too long."""
    return word if len(word) <= WORD_MAX_CHARS else hashlib.sha256(word.encode()).hexdigest()


@dataclass(frozen=True)
class Phrase:
    """A sequence of adjacent words.

    Args:
        is_prefix: whether the last word is a single character of a script without spaces, to be matched as a prefix.
    """

    words: tuple[str, ...]
    is_prefix: bool


def required_phrases(search: str, path: Sequence[PathPart] = ("where", "search")) -> list[Phrase]:
    """Returns the phrases of a search, at least one.

    Raises:
        BadUserInput: the search has no word; the error has ``path``.
    """
    phrases = phrases_of(search)
    if not phrases:
        raise BadUserInput("search needs at least one word of letters or digits.", path)
    return phrases


def phrases_of(search: str) -> list[Phrase]:
    """Returns the phrases of a search: one for each space-separated term that has a word."""
    return [phrase_of(found) for term in search.split() if (found := words_of(term))]


def phrase_of(words: list[str]) -> Phrase:
    """Returns the phrase for a term's words; in a script without spaces, the text may continue after them."""
    last = words[-1]
    if len(last) != 1 or not UNSPACED.match(last):
        return Phrase(tuple(words), is_prefix=False)
    before = words[-2] if len(words) > 1 else ""
    if len(before) == 2 and UNSPACED.match(before):
        return Phrase(tuple(words[:-1]), is_prefix=False)
    return Phrase(tuple(words), is_prefix=True)
