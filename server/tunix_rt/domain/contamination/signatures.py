"""Signatures of prompts in 63 bytes, and an index in which near duplicates are found by them alone.

A byte keeps eight bits of the least hash of a bin, and is 0 if the bin is empty. The bytes of two signatures are equal
by chance in one bin of 255, for which the estimated Jaccard index is corrected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import eq, or_

import msgspec

from tunix_rt.domain.contamination.fingerprints import (
    BAND_ROWS,
    BINS,
    NGRAM_WORDS,
    fill_empty_bins,
    least_of,
    shingles_of,
    words_of,
)
from tunix_rt.domain.contamination.matching import COMMON_PROMPTS, NEAR_OVERLAP_MIN

VALUES = 255


class PromptSignature(msgspec.Struct, frozen=True, gc=False):
    """The signature of a prompt.

    Args:
        stored: a byte for each bin; 0 if it is empty.
        filled: the same, where empty bins borrow from the next one; bands are taken from it.
    """

    stored: bytes
    filled: bytes

    def bands(self) -> Iterator[bytes]:
        """Yields the bands, in order."""
        return (self.filled[start : start + BAND_ROWS] for start in range(0, BINS, BAND_ROWS))


def stored_signature(prompt: str) -> bytes | None:
    """Returns the signature of a prompt as it is stored; None for fewer than eight words."""
    words = words_of(prompt)
    if len(words) < NGRAM_WORDS:
        return None
    return bytes(0 if value < 0 else value % VALUES + 1 for value in least_of(shingles_of(words)))


def read_signature(stored: bytes) -> PromptSignature:
    """Returns a stored signature with its empty bins filled."""
    return PromptSignature(stored, bytes(fill_empty_bins(stored, 0)))


def estimated_jaccard(one: bytes, other: bytes) -> float:
    """Returns the estimated Jaccard index of the adjacent word pairs of two prompts, from their stored signatures."""
    unused = bytes(map(or_, one, other)).count(0)
    equal, used = sum(map(eq, one, other)) - unused, len(one) - unused
    return max(0.0, (equal / used - 1 / VALUES) / (1 - 1 / VALUES)) if used else 0.0


class SignatureIndex:
    """Signatures by their bands.

    Args:
        stored: signatures as they are stored.
    """

    def __init__(self, stored: Iterable[bytes]) -> None:
        self._by_band: list[dict[bytes, list[bytes]]] = [defaultdict(list) for _ in range(BINS // BAND_ROWS)]
        for signature in map(read_signature, stored):
            for known, band in zip(self._by_band, signature.bands(), strict=True):
                known[band].append(signature.stored)

    def has_near(self, signature: PromptSignature) -> bool:
        """Returns whether a near duplicate is in the index, by the estimated Jaccard index.

        A band of more than ``COMMON_PROMPTS`` signatures is boilerplate.
        """
        shared = (known.get(band, []) for known, band in zip(self._by_band, signature.bands(), strict=True))
        candidates = {stored for found in shared if len(found) <= COMMON_PROMPTS for stored in found}
        return any(estimated_jaccard(signature.stored, stored) >= NEAR_OVERLAP_MIN for stored in candidates)
