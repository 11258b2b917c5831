"""The rule by which the answers of a group become pairs: chosen and rejected, by the scores of one scorer."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import Enum
from itertools import islice, takewhile
from typing import Generic, NamedTuple, TypeVar

import msgspec

from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput

PAIRS_MAX = 1_000
SCORER_MAX_CHARS = 64

Answer = TypeVar("Answer")


class PairRule(Enum):
    """The way in which the answers of a group are paired."""

    BEST_WORST = "best_worst"
    ALL = "all"


class PairRecipe(msgspec.Struct, frozen=True):
    """The parameters by which the pairs of each group are found.

    Args:
        scorer: the scorer whose latest scores of the whole traces are compared.
        margin: the minimum difference of the two scores, which always differ.
        per_group: the maximum number of pairs of a group, of all its prompts together; those with the largest
            differences are kept.
    """

    scorer: str
    rule: PairRule = PairRule.BEST_WORST
    margin: float = 0.0
    per_group: int = 1


class ScoredAnswer(NamedTuple, Generic[Answer]):
    """An answer of a group with its score."""

    answer: Answer
    score: float


class PromptAnswer(NamedTuple, Generic[Answer]):
    """An answer, with or without a score.

    Args:
        prompt: a key that the answers of a group to the same prompt share; only those are compared.
    """

    prompt: Hashable
    answer: Answer
    score: float | None


class PreferencePair(NamedTuple, Generic[Answer]):
    """Two answers to one prompt."""

    chosen: ScoredAnswer[Answer]
    rejected: ScoredAnswer[Answer]

    @property
    def margin(self) -> float:
        """The difference of their scores."""
        return self.chosen.score - self.rejected.score


def require_pair_recipe(recipe: PairRecipe) -> PairRecipe:
    """Returns a recipe if its values are in their ranges.

    Raises:
        BadUserInput: the scorer's name, the margin or the number of pairs is out of range.
    """
    require_text(recipe.scorer, 1, SCORER_MAX_CHARS, ["scorer"])
    if not 0 <= recipe.margin < float("inf"):
        raise BadUserInput(f"margin must be a number of at least 0; it is {recipe.margin}.", ["margin"])
    if not 1 <= recipe.per_group <= PAIRS_MAX:
        raise BadUserInput(
            f"pairsPerGroup must be between 1 and {PAIRS_MAX}; it is {recipe.per_group}.", ["pairsPerGroup"]
        )
    return recipe


def pairs_in_group(answers: Iterable[PromptAnswer[Answer]], recipe: PairRecipe) -> list[PreferencePair[Answer]]:
    """Returns the pairs of a group, those with the largest differences first; unscored answers are in no pair."""
    prompts: dict[Hashable, list[ScoredAnswer[Answer]]] = {}
    for found in answers:
        if found.score is not None:
            prompts.setdefault(found.prompt, []).append(ScoredAnswer(found.answer, found.score))
    pairs = [pair for scored in prompts.values() for pair in pairs_of(scored, recipe)]
    return sorted(pairs, key=lambda pair: -pair.margin)[: recipe.per_group]


def pairs_of(answers: Sequence[ScoredAnswer[Answer]], recipe: PairRecipe) -> list[PreferencePair[Answer]]:
    """Returns the pairs of the answers to one prompt, those with the largest differences first.

    ``BEST_WORST`` pairs the best answer with the worst, the second best with the second worst, and so on, so that no
    answer is in two pairs. ``ALL`` pairs each answer with each worse one. Of equal scores the earlier answer counts as
    the better one, so that the same answers always give the same pairs.
    """
    ranked = sorted(answers, key=lambda answer: -answer.score)
    found = outermost(ranked) if recipe.rule is PairRule.BEST_WORST else by_margin(ranked)
    wide = takewhile(lambda pair: pair.margin > 0 and pair.margin >= recipe.margin, found)
    return list(islice(wide, recipe.per_group))


def outermost(ranked: Sequence[ScoredAnswer[Answer]]) -> Iterator[PreferencePair[Answer]]:
    """Yields the best with the worst answer, then the pair inside of it, whose difference is at most as large."""
    for position in range(len(ranked) // 2):
        yield PreferencePair(ranked[position], ranked[-1 - position])


def by_margin(ranked: Sequence[ScoredAnswer[Answer]]) -> Iterator[PreferencePair[Answer]]:
    """Yields every pair of different answers, largest differences first, in memory proportional to those taken."""
    first = (0, len(ranked) - 1)
    heap, seen = [(ranked[-1].score - ranked[0].score, *first)] if ranked else [], {first}
    while heap:
        _, high, low = heapq.heappop(heap)
        if high < low:
            yield PreferencePair(ranked[high], ranked[low])
        for pair in {(high + 1, low), (high, low - 1)} - seen:
            if pair[0] < pair[1]:
                seen.add(pair)
                heapq.heappush(heap, (ranked[pair[1]].score - ranked[pair[0]].score, *pair))
