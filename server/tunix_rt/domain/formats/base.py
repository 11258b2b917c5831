"""What an import format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parsed:
    """A line as a trace that is yet to be checked, and its name where it comes from."""

    trace: dict[str, Any]
    external_id: str | None = None


@dataclass(frozen=True)
class Format:
    """A named way to read a line.

    Args:
        parse: from a decoded line and its number, counted from 1, to a trace; raises BadUserInput.
    """

    name: str
    description: str
    parse: Callable[[Any, int], Parsed]
