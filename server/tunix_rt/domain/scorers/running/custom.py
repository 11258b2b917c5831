"""Custom scorers: Python files in a folder, and entry points of installed packages.

Their code is loaded in separate processes alone, so a file that is wrong, slow or large is no harm to the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from tunix_rt.domain.scorers.base import Scorer, ScorerExecution, ScorerProgram, ScorerSource, runs_elsewhere
from tunix_rt.domain.scorers.running.processes import ScorerProcesses
from tunix_rt.domain.scorers.running.worker import GROUP

FILES_MAX = 100
"""The maximum number of files that are loaded from the folder."""


class CustomScorers:
    """The scorers of a folder and of installed packages; those that changed are loaded again.

    Args:
        folder: the folder of the files; it need not exist.
    """

    def __init__(self, folder: Path, processes: ScorerProcesses) -> None:
        self._folder = folder
        self._processes = processes
        self._known: dict[ScorerProgram, Scorer] = {}
        self._lock = asyncio.Lock()

    async def find(self, taken: Mapping[str, Scorer]) -> dict[str, Scorer]:
        """Returns the scorers by name.

        Args:
            taken: the scorers whose names cannot be used.
        """
        async with self._lock:
            programs = await asyncio.to_thread(lambda: [*files_of(self._folder), *packages()])
            self._known = {program: self._known.get(program) or await self._load(program) for program in programs}
        found: dict[str, Scorer] = {}
        for scorer in self._known.values():
            unique = scorer if scorer.name not in {*taken, *found} else rename_scorer(scorer)
            found.setdefault(unique.name, unique)
        return found

    async def _load(self, program: ScorerProgram) -> Scorer:
        """Returns the scorer of a program."""
        frame = await self._processes.describe(program)
        is_ready = frame[0] == "ready"
        name, version, description, low, high = frame[1:] if is_ready else describe_unloaded(program)
        return Scorer(
            name=name,
            version=version,
            description=description,
            low=low,
            high=high,
            score=runs_elsewhere,
            source=program.source,
            origin=origin_of(program),
            execution=ScorerExecution.PROCESS,
            program=program,
            unavailable=None if is_ready else f"{origin_of(program)}: {frame[1]}",
        )


def describe_unloaded(program: ScorerProgram) -> tuple[str, str, str, float, float]:
    """Returns name, version, description and range of a scorer that could not be loaded."""
    return Path(program.name).stem, "0", "This scorer could not be loaded.", 0.0, 1.0


def files_of(folder: Path) -> Iterator[ScorerProgram]:
    """Yields the program of each file of a folder, by name; files that start with an underscore are helpers."""
    files = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_")]
    for path in files[:FILES_MAX]:
        state = path.stat()
        yield ScorerProgram(ScorerSource.FOLDER, str(path.absolute()), f"{state.st_mtime_ns}.{state.st_size}")


def packages() -> Iterator[ScorerProgram]:
    """Yields the program of each entry point of installed packages, by name."""
    for point in sorted(entry_points(group=GROUP), key=lambda found: found.name):
        yield ScorerProgram(
            ScorerSource.PACKAGE, point.name, f"{point.dist.name} {point.dist.version}" if point.dist else ""
        )


def origin_of(program: ScorerProgram) -> str:
    """Returns the file's name, or the package with its version."""
    return Path(program.name).name if program.source is ScorerSource.FOLDER else program.stamp


def rename_scorer(scorer: Scorer) -> Scorer:
    """Returns a scorer whose name is taken, under a name that shows where it comes from."""
    return replace(
        scorer,
        name=f"{scorer.name} ({scorer.origin})",
        unavailable=f"Another scorer has the name {scorer.name}; rename the one of {scorer.origin}.",
    )
