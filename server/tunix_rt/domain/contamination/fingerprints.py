"""Fingerprints of prompts: words, hashed word n-grams, and MinHash signatures of one permutation.

The MinHash is the one of one permutation with rotation: each shingle is hashed once, the hash's low bits choose a bin,
and a bin keeps the least hash. Empty bins borrow from the next one that is not empty.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

NGRAM_WORDS = 8
SHINGLE_WORDS = 2
BINS = 63
BAND_ROWS = 3
"""Bins of a band: prompts that agree in all bins of a band are compared, which finds 19 of 20 pairs at 0.5."""
WORD = re.compile(r"\w+")
WORD_OR_OPERATOR = re.compile(
    r"\w+"
    r"|(?<=\d)[.:](?=\d)"
    r"|(?<=[\d)])\s*[-+*/^=<>\u00d7\u00f7\u2212]+(?=\s*[-\u2212]?[\d(])"
    r"|(?<![\w)])[-\u2212](?=\d)"
)
"""A word, a point or colon inside of a number, an operator between two numbers, or the sign of a number."""
ONE_SPELLING = str.maketrans({"\u00d7": "*", "\u00f7": "/", "\u2212": "-"})


def words_of(prompt: str) -> list[str]:
    """Returns the words of a prompt without case and punctuation."""
    return WORD.findall(prompt.casefold())


def equality_key(prompt: str) -> int:
    """Returns a hash of the words of a prompt and the operators between its numbers, valid in this process alone.

    It is equal for equal prompts: ``12 + 5`` and ``12 * 5`` have the same words, but are different tasks.
    """
    found = WORD_OR_OPERATOR.findall(prompt.casefold())
    return hash(" ".join([part.strip() for part in found]).translate(ONE_SPELLING))


def ngrams_of(words: Sequence[str]) -> set[int]:
    """Returns the hashes of the 8-grams of words, valid in this process alone; empty for fewer than eight words."""
    return {hash(" ".join(words[start : start + NGRAM_WORDS])) for start in range(len(words) - NGRAM_WORDS + 1)}


def shingles_of(words: Sequence[str]) -> set[int]:
    """Returns the hashes of the pairs of adjacent words; of the single word if there is only one."""
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return {zlib.crc32(" ".join(words[start : start + SHINGLE_WORDS]).encode()) for start in range(last)}


def signature_of(shingles: set[int]) -> list[int]:
    """Returns the least hash of each bin."""
    return fill_empty_bins(least_of(shingles), -1)


def least_of(shingles: set[int]) -> list[int]:
    """Returns the least hash of each bin; -1 for an empty bin."""
    least = [-1] * BINS
    for shingle in shingles:
        number, value = shingle % BINS, shingle // BINS
        if least[number] < 0 or value < least[number]:
            least[number] = value
    return least


def fill_empty_bins(least: Sequence[int], empty: int) -> list[int]:
    """Returns the values of bins, where those that are ``empty`` have the value of the next one that is not."""
    filled = list(least)
    for position in range(2 * BINS - 1, -1, -1):  # twice around, so that the last bins can borrow from the first
        if filled[position % BINS] == empty:
            filled[position % BINS] = filled[(position + 1) % BINS]
    return filled


def bands_of(shingles: set[int]) -> list[tuple[int, ...]]:
    """Returns the bands of a signature, each with its position."""
    signature = signature_of(shingles)
    return [(start, *signature[start : start + BAND_ROWS]) for start in range(0, BINS, BAND_ROWS)]


def jaccard(one: set[int], other: set[int]) -> float:
    """Returns the share of the elements of two sets that are in both; 0 for empty sets."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
