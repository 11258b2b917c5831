"""Recipes: how a dataset came about, stored whole with it, so that it can be derived again and compared."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from tunix_rt.domain.selection import NEWEST_FIRST, Selection
from tunix_rt.domain.text import INT64
from tunix_rt.errors import BadUserInput

LIMIT_MAX = 10_000_000


class Strategy(Enum):
    """Which of the traces that a filter matches become members."""

    LATEST = "LATEST"
    RANDOM = "RANDOM"
    RANDOM_SAMPLE = "RANDOM_SAMPLE"


class Drawing(msgspec.Struct, frozen=True, tag="drawing"):
    """Members drawn from all traces.

    Args:
        seed: what makes a random choice repeatable; None for LATEST.
        limit: the most members, 1 to 10,000,000.
    """

    selection: Selection
    strategy: Strategy
    seed: int | None
    limit: int


class Part(msgspec.Struct, frozen=True):
    """One part of a split: its name and how many traces it shall have."""

    name: str
    count: int


class Splitting(msgspec.Struct, frozen=True, tag="splitting"):
    """Members taken from a parent dataset, every prompt wholly into one part.

    Args:
        parent_sha256: of the parent when it was split.
        parts: every part of the split, in order; ``part`` names this one.
    """

    parent_id: uuid.UUID
    parent_key: str
    parent_sha256: str
    part: str
    parts: tuple[Part, ...]
    seed: int


Recipe: TypeAlias = Drawing | Splitting


def check_drawing(recipe: Drawing) -> Drawing:
    """A drawing within its limits.

    Raises:
        BadUserInput: for a limit out of range, a random choice without a seed, or an order of what is random.
    """
    if not 1 <= recipe.limit <= LIMIT_MAX:
        raise BadUserInput(f"limit must be between 1 and {LIMIT_MAX}, it is {recipe.limit}.", ["limit"])
    if recipe.strategy is Strategy.LATEST:
        return recipe
    check_seed(recipe.seed, f"strategy {recipe.strategy.value} needs a seed, so that it can be repeated.")
    if recipe.selection.order != NEWEST_FIRST:
        raise BadUserInput(
            f"orderBy is for strategy LATEST; {recipe.strategy.value} makes an order of its own.", ["orderBy"]
        )
    return recipe


def check_seed(seed: int | None, missing: str) -> int:
    """A seed that can be stored.

    Raises:
        BadUserInput: if there is none (saying ``missing``), or it has more than 64 bits.
    """
    if seed is None:
        raise BadUserInput(missing, ["seed"])
    if seed not in INT64:
        raise BadUserInput("seed must be an integer of at most 64 bits.", ["seed"])
    return seed


def stored(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON."""
    built: dict[str, Any] = msgspec.to_builtins(recipe)
    return built


def recipe_of(value: Mapping[str, Any]) -> Recipe:
    """The recipe that ``stored`` made JSON of."""
    return msgspec.convert(value, Recipe)  # type: ignore[no-any-return]
