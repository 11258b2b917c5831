"""The resources that an engine reserves for an attempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tunix_rt.errors import BadUserInput

BOUNDS_OF_RESOURCES: Mapping[str, tuple[float, float]] = {
    "cpus": (0.1, 1024),
    "gpus": (1, 16),
    "tpus": (1, 16),
    "memory_gib": (1, 65_536),
}
"""The range of each resource of an attempt, which runs on one host."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The resources that an engine reserves for an attempt; None leaves the choice to the engine.

    Args:
        tpus: the number of chips.
    """

    cpus: float | None = None
    gpus: int | None = None
    tpus: int | None = None
    memory_gib: int | None = None


def resource_errors(resources: Resources) -> Iterator[BadUserInput]:
    """Yields an error for each resource that is out of its range."""
    for name, (low, high) in BOUNDS_OF_RESOURCES.items():
        value = getattr(resources, name)
        if value is not None and not low <= value <= high:
            path = ["resources", name]
            yield BadUserInput(f"{name} must be between {low:g} and {high:,g}; it is {value:g}.", path)
