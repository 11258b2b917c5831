"""Recipes: the origin of a dataset, stored with it so that it can be derived again and compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from tunix_rt.domain.traces.selection import NEWEST_FIRST, TraceSelection
from tunix_rt.errors import BadUserInput

LIMIT_MAX = 10_000_000


class Strategy(Enum):
    """The strategy for selecting members from the traces that match a filter."""

    LATEST = "LATEST"
    RANDOM = "RANDOM"
    RANDOM_SAMPLE = "RANDOM_SAMPLE"


class Sampling(msgspec.Struct, frozen=True, tag="drawing"):
    """Members sampled from all traces.

    Args:
        seed: the random seed; None for LATEST.
        limit: the maximum number of members, 1 to 10,000,000.
    """

    selection: TraceSelection
    strategy: Strategy
    seed: int | None
    limit: int


class Part(msgspec.Struct, frozen=True):
    """A part of a split: its name and number of traces."""

    name: str
    count: int


class Splitting(msgspec.Struct, frozen=True, tag="splitting"):
    """Members taken from a parent dataset; all traces with the same prompt are in the same part.

    Args:
        parent_sha256: the parent's digest when it was split.
        parts: all parts of the split, in order; ``part`` names this one.
    """

    parent_id: uuid.UUID
    parent_key: str
    parent_sha256: str
    part: str
    parts: tuple[Part, ...]
    seed: int


class ListedMembers(msgspec.Struct, frozen=True, tag="listing"):
    """Members listed by another application.

    Args:
        origin: the application that the list comes from.
        manifest: its record of how the members were selected.
    """

    origin: str
    manifest: dict[str, Any]


Recipe: TypeAlias = Sampling | Splitting | ListedMembers


def sampling_errors(recipe: Sampling) -> Iterator[BadUserInput]:
    """Yields the errors of a sampling: a limit out of range, a seed or an order that the strategy cannot use."""
    if not 1 <= recipe.limit <= LIMIT_MAX:
        yield BadUserInput(f"limit must be between 1 and {LIMIT_MAX}; it is {recipe.limit}.", ["limit"])
    if recipe.strategy is Strategy.LATEST:
        if recipe.seed is not None:
            yield BadUserInput("seed is for the random strategies; LATEST takes the first by orderBy.", ["seed"])
        return
    if recipe.seed is None:
        yield BadUserInput(f"strategy {recipe.strategy.value} needs a seed.", ["seed"])
    if recipe.selection.order != NEWEST_FIRST:
        yield BadUserInput(f"orderBy is for strategy LATEST; {recipe.strategy.value} has its own order.", ["orderBy"])


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """Returns a recipe as JSON values."""
    built: dict[str, Any] = msgspec.to_builtins(recipe)
    return built


def recipe_of(value: Mapping[str, Any]) -> Recipe:
    """Returns the recipe from JSON values."""
    return msgspec.convert(value, Recipe)  # type: ignore[no-any-return]
