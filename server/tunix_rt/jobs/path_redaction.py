"""What people are told of places on the server's disk: where they are below a folder of it, never where that is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tunix_rt.settings import Settings

ABSOLUTE = re.compile(r"(?<![\w.:/~])(?:/[\w.@+-]+)+/([\w.@+-]+)")
"""A path from the root on, and its last name; no part of a URL."""


class PathRedaction:
    """Takes the server's folders out of what is told.

    Args:
        folder: where what is told was done, such as a run's.
    """

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        python = settings.trainer_python or sys.executable
        known = {
            **dict.fromkeys(spellings(folder) if folder is not None else (), "its folder"),
            **dict.fromkeys(spellings(settings.models_folder), "the models folder"),
            **dict.fromkeys(spellings(settings.data_dir), "the data folder"),
            python: "the trainer's interpreter",
        }
        self._names = [(place, known[place]) for place in sorted(known, key=len, reverse=True) if "/" in place[:-1]]

    def line(self, text: str) -> str:
        """A line of a log without the server's folders."""
        for place, name in self._names:
            if place in text:
                text = text.replace(f"{place}/", "").replace(place, name)
        return text

    def message(self, text: str) -> str:
        """A message without any path from the root on: of such, the last name stays."""
        return ABSOLUTE.sub(r"\1", self.line(text))


def spellings(folder: Path) -> Iterator[str]:
    """How a folder may be written."""
    yield str(folder)
    yield str(folder.absolute())
    yield str(folder.resolve())
