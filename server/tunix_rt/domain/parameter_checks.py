"""Checks of the parameters of a training: numbers within their bounds, and texts on one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from tunix_rt.domain.text import path_text
from tunix_rt.errors import BadUserInput, PathPart
from tunix_rt.trainer.contract import BOUNDS, Bounds


def require_one_line(text: str, path: Sequence[PathPart]) -> str:
    """Returns the text if it fits on one line; the trainer rejects any other.

    Raises:
        BadUserInput: with the path of the field.
    """
    odd = next((position for position, char in enumerate(text) if not char.isprintable()), None)
    if odd is None:
        return text
    raise BadUserInput(
        f"{path_text(path)} must be on one line, of characters that print; the one at {odd} is not.", path
    )


def number_errors(given: Any, *path: PathPart, bounds: Mapping[str, Bounds] = BOUNDS) -> Iterator[BadUserInput]:
    """Yields an error for each number of a dataclass that is out of its range; NaN is out of every range."""
    for spec in fields(given):
        value, allowed = getattr(given, spec.name), bounds.get(spec.name)
        if allowed is not None and value is not None and value not in allowed:
            yield BadUserInput(f"{spec.name} must be {allowed}; it is {value}.", [*path, spec.name])
