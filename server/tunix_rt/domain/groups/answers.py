"""The distinct final answers of a group: those that differ in more than spelling, with their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunix_rt.domain.answers.comparison import answer_key


@dataclass(frozen=True)
class CountedAnswer:
    """Traces of a group with the same text as final answer.

    Args:
        first_seq: the ``seq`` of the oldest of them, its position in the order of commits.
        graded: how many of them have a score.
        correct: how many of them are correct.
    """

    text: str
    first_seq: int
    count: int
    graded: int
    correct: int


@dataclass(frozen=True)
class DistinctAnswer:
    """A final answer of a group in one spelling.

    Args:
        answer: the text of the oldest trace with this answer.
        count: how many traces have it.
        graded_count: how many of them have a score.
        correct_count: how many of them are correct.
    """

    answer: str
    count: int
    graded_count: int
    correct_count: int

    @property
    def correct(self) -> bool | None:
        """True if more than half of the graded traces with this answer are correct; None if none is graded."""
        return 2 * self.correct_count > self.graded_count if self.graded_count else None


def distinct_answers(found: Iterable[CountedAnswer]) -> list[DistinctAnswer]:
    """Returns the distinct answers, the most frequent first, equally frequent ones by their oldest trace."""
    spellings: dict[str, list[CountedAnswer]] = {}
    for answer in sorted(found, key=lambda one: one.first_seq):
        spellings.setdefault(answer_key(answer.text), []).append(answer)
    return sorted(map(merge_spellings, spellings.values()), key=lambda one: -one.count)


def majority_of(answers: Sequence[DistinctAnswer]) -> DistinctAnswer | None:
    """Returns the most frequent of the distinct answers; None if there are several and each occurs once."""
    first = next(iter(answers), None)
    return first if first is not None and (first.count > 1 or len(answers) == 1) else None


def merge_spellings(same: Sequence[CountedAnswer]) -> DistinctAnswer:
    """Returns one answer for several spellings of it, the oldest first."""
    return DistinctAnswer(
        same[0].text,
        sum(one.count for one in same),
        sum(one.graded for one in same),
        sum(one.correct for one in same),
    )
