"""The index of evaluation prompts, in which training prompts are looked up."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from enum import Enum

import msgspec

from tunix_rt.domain.contamination.fingerprints import (
    NGRAM_WORDS,
    bands_of,
    equality_key,
    jaccard,
    ngrams_of,
    shingles_of,
    words_of,
)

NGRAM_OVERLAP_MIN = 0.1
NEAR_OVERLAP_MIN = 0.5
COMMON_PROMPTS = 50
"""An 8-gram, or a band, of more evaluation prompts is boilerplate, such as an instruction, and does not count."""


class ContaminationKind(Enum):
    """The relation of a training prompt to an evaluation prompt, the worst first."""

    EQUAL_PROMPT = "EQUAL_PROMPT"
    SHARED_NGRAMS = "SHARED_NGRAMS"
    NEAR_DUPLICATE = "NEAR_DUPLICATE"


class PromptMatch(msgspec.Struct, frozen=True):
    """A training prompt and an evaluation prompt that are too similar.

    Args:
        train_id, eval_id: a trace of each prompt.
        overlap: the Jaccard index of the 8-grams, or of the adjacent word pairs for NEAR_DUPLICATE; 1 for equal ones.
    """

    kind: ContaminationKind
    train_id: uuid.UUID
    eval_id: uuid.UUID
    overlap: float


class EvaluatedPrompt(msgspec.Struct, gc=False):
    """An evaluation prompt in the index."""

    trace_id: uuid.UUID
    words: tuple[str, ...]
    ngrams: int = 0


class PromptIndex:
    """The evaluation prompts by their words and operators, 8-grams and MinHash bands."""

    def __init__(self) -> None:
        self.prompts: list[EvaluatedPrompt] = []
        self._by_equality: dict[int, list[int]] = defaultdict(list)
        self._by_ngram: dict[int, list[int]] = defaultdict(list)
        self._by_band: dict[tuple[int, ...], list[int]] = defaultdict(list)

    def add(self, trace_id: uuid.UUID, prompt: str) -> None:
        """Adds a prompt."""
        position, words = len(self.prompts), tuple(words_of(prompt))
        self.prompts.append(EvaluatedPrompt(trace_id, words))
        self._by_equality[equality_key(prompt)].append(position)
        for ngram in ngrams_of(words):
            self._by_ngram[ngram].append(position)
        if len(words) >= NGRAM_WORDS:
            for band in bands_of(shingles_of(words)):
                self._by_band[band].append(position)

    def finish(self) -> None:
        """Removes boilerplate and counts the 8-grams of each prompt, after the last one was added."""
        self._by_ngram = {key: found for key, found in self._by_ngram.items() if len(found) <= COMMON_PROMPTS}
        self._by_band = {key: found for key, found in self._by_band.items() if len(found) <= COMMON_PROMPTS}
        for positions in self._by_ngram.values():
            for position in positions:
                self.prompts[position].ngrams += 1

    def matches(self, trace_id: uuid.UUID, prompt: str) -> Iterator[PromptMatch]:
        """Yields the evaluation prompts that a training prompt is too similar to, each once."""
        words = tuple(words_of(prompt))
        found = dict.fromkeys(self._by_equality.get(equality_key(prompt), ()), (ContaminationKind.EQUAL_PROMPT, 1.0))
        for position, overlap in self._find_shared(words):
            found.setdefault(position, (ContaminationKind.SHARED_NGRAMS, overlap))
        for position, overlap in self._near(words, frozenset(found)):
            found[position] = (ContaminationKind.NEAR_DUPLICATE, overlap)
        for position, (kind, overlap) in found.items():
            yield PromptMatch(kind, trace_id, self.prompts[position].trace_id, round(overlap, 4))

    def _find_shared(self, words: tuple[str, ...]) -> Iterator[tuple[int, float]]:
        """Yields the prompts that share enough 8-grams, with the overlap."""
        ngrams = ngrams_of(words)
        common = Counter(position for ngram in ngrams for position in self._by_ngram.get(ngram, ()))
        for position, count in common.items():
            overlap = count / (len(ngrams) + self.prompts[position].ngrams - count)
            if overlap >= NGRAM_OVERLAP_MIN:
                yield position, overlap

    def _near(self, words: tuple[str, ...], known: Collection[int]) -> Iterator[tuple[int, float]]:
        """Yields further prompts of at least eight words that are near duplicates, with the overlap."""
        if len(words) < NGRAM_WORDS:
            return
        shingles = shingles_of(words)
        candidates = {position for band in bands_of(shingles) for position in self._by_band.get(band, ())}
        for position in sorted(candidates):
            overlap = jaccard(shingles, shingles_of(self.prompts[position].words))
            if overlap >= NEAR_OVERLAP_MIN and position not in known:
                yield position, overlap
