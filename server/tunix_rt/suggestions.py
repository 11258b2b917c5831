"""Suggestions for misspelt names: "Did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SUGGESTED = 3
SIMILARITY = 0.6


def close_names(name: str, names: Iterable[str]) -> list[str]:
    """Returns the names that are similar to one, the most similar first; upper and lower case are equal."""
    by_lower = {known.lower(): known for known in names}
    return [by_lower[found] for found in get_close_matches(name.lower(), by_lower, SUGGESTED, SIMILARITY)]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Returns a question with the names that are similar to one, with a space before it; empty if none is."""
    found = close_names(name, names)
    return f" Did you mean {' or '.join(map(repr, found))}?" if found else ""
