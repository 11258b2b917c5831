"""Ranks of candidates, in groups of those that do not differ significantly."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def groups_of(order: Sequence[T], apart: Collection[frozenset[T]]) -> list[list[T]]:
    """Returns the largest groups in which no two candidates differ significantly, in order; groups may overlap.

    Two candidates share a group exactly if they do not differ significantly: the groups are the maximal cliques of that
    relation, found by the algorithm of Bron and Kerbosch (1973) with pivots.

    Args:
        order: the candidates, best first.
        apart: the pairs that differ significantly.
    """
    ranks = {candidate: rank for rank, candidate in enumerate(order)}
    equals = {one: {other for other in order if other != one and frozenset((one, other)) not in apart} for one in order}
    found: list[list[T]] = []
    collect_cliques(set(), set(order), set(), equals, found)
    groups = [sorted(clique, key=ranks.__getitem__) for clique in found]
    return sorted(groups, key=lambda group: [ranks[candidate] for candidate in group])


def collect_cliques(
    clique: set[T], open_to: set[T], done: set[T], equals: Mapping[T, set[T]], found: list[list[T]]
) -> None:
    """Appends every maximal clique that contains ``clique``, candidates of ``open_to`` and none of ``done``."""
    if not open_to and not done:
        if clique:
            found.append(list(clique))
        return
    pivot = max(open_to | done, key=lambda candidate: len(equals[candidate] & open_to))
    for candidate in open_to - equals[pivot]:
        near = equals[candidate]
        collect_cliques(clique | {candidate}, open_to & near, done & near, equals, found)
        open_to = open_to - {candidate}
        done = done | {candidate}


def rank_ranges(order: Sequence[T], better: Collection[tuple[T, T]]) -> dict[T, tuple[int, int]]:
    """Returns each candidate's best and worst possible rank.

    Args:
        order: the candidates.
        better: the pairs that differ significantly, the better one first.
    """
    above = {one: sum((other, one) in better for other in order) for one in order}
    below = {one: sum((one, other) in better for other in order) for one in order}
    return {one: (1 + above[one], len(order) - below[one]) for one in order}
