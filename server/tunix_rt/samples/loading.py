"""Loads the bundled samples."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from functools import cache
from importlib.resources import files

from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.importing import ImportReport
from tunix_rt.domain.imports.storing import import_lines


@cache
def sample_lines() -> tuple[tuple[str, bytes], ...]:
    """Returns the samples as lines, each with its source."""
    lines = files("tunix_rt.samples").joinpath("traces.jsonl").read_bytes().splitlines()
    return tuple((json.loads(line)["meta"]["source"], line) for line in lines)


def sample_sources() -> list[str]:
    """Returns the sources of the samples, sorted."""
    return sorted({source for source, _ in sample_lines()})


async def load_samples(database: Database, max_bytes: int, sources: Collection[str] | None = None) -> ImportReport:
    """Imports the samples that are not stored yet.

    Args:
        sources: the sources to import; all if None.
    """

    async def lines() -> AsyncIterator[bytes]:
        for source, line in sample_lines():
            if sources is None or source in sources:
                yield line

    return await import_lines(database, lines(), get_import_format("jsonl"), max_bytes=max_bytes)
