"""Suggestions for misspelt names: "Did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise

SUGGESTED = 3
SIMILARITY = 0.6
NAME_MAX_CHARS = 200
"""Maximum length of a name for which there are suggestions."""
COMPARED = 8
"""Number of names that are compared exactly, which takes a millisecond for long ones."""


def close_names(name: str, names: Iterable[str]) -> list[str]:
    """Returns the names that are similar to one, the most similar first; upper and lower case are equal."""
    if len(name) > NAME_MAX_CHARS:
        return []
    by_lower = {known.lower(): known for known in names if len(known) <= NAME_MAX_CHARS}
    wanted, lower = parts_of(name.lower()), name.lower()
    nearest = sorted(by_lower, key=lambda known: -overlap(wanted, parts_of(known)))[:COMPARED]
    return [by_lower[found] for found in get_close_matches(lower, nearest, SUGGESTED, SIMILARITY)]


def parts_of(name: str) -> set[str]:
    """Returns the characters of a name, and its pairs of neighbouring characters."""
    return {*name, *map("".join, pairwise(name))}


def overlap(one: set[str], other: set[str]) -> float:
    """Returns the share of the parts of two names that they have in common, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Returns a question with the names that are similar to one, with a space before it; empty if none is."""
    found = close_names(name, names)
    return f" Did you mean {' or '.join(map(repr, found))}?" if found else ""
