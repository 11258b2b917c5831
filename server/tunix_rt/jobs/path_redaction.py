"""Removes the server's absolute paths from messages and log lines: only the part below a known folder is shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tunix_rt.settings import Settings

ABSOLUTE = re.compile(r"(?<![\w.:/~])(?:/[\w.@+-]+)+/([\w.@+-]+)")
"""An absolute path, with its last name as a group; no part of a URL."""


class PathRedaction:
    """Removes the server's folders from texts.

    Args:
        folder: the folder that the texts are about, such as a run's.
    """

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        python = settings.trainer_python or sys.executable
        known = {
            **dict.fromkeys(spellings(folder) if folder is not None else (), "its folder"),
            **dict.fromkeys(spellings(settings.models_folder), "the models folder"),
            **dict.fromkeys(spellings(settings.data_dir), "the data folder"),
            python: "the trainer's interpreter",
        }
        self._names = [(path, known[path]) for path in sorted(known, key=len, reverse=True) if "/" in path[:-1]]

    def line(self, text: str) -> str:
        """Returns a log line without the server's folders."""
        for path, name in self._names:
            if path in text:
                text = text.replace(f"{path}/", "").replace(path, name)
        return text

    def message(self, text: str) -> str:
        """Returns a message without absolute paths: each is reduced to its last name."""
        return ABSOLUTE.sub(r"\1", self.line(text))


def spellings(folder: Path) -> Iterator[str]:
    """Yields the ways to write a folder's path."""
    yield str(folder)
    yield str(folder.absolute())
    yield str(folder.resolve())
