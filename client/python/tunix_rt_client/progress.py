"""Progress bars, in notebooks and terminals."""

from __future__ import annotations

from typing import Any


def progress_bar(total: float | None, unit: str = "it", description: str | None = None) -> Any:
    """Returns a bar of tqdm. It appears after half a second, and not at all where standard error is not a terminal."""
    from tqdm.auto import tqdm

    options: dict[str, Any] = {"unit_scale": True, "unit_divisor": 1024} if unit == "B" else {}
    return tqdm(total=total, unit=unit, desc=description, delay=0.5, disable=None, leave=False, **options)
