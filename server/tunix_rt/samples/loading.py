"""Loads the bundled sample."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files

from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.line_imports import import_lines
from tunix_rt.domain.imports.lines import split_lines


async def load_samples(database: Database, max_bytes: int) -> int:
    """Imports the sample and returns the number of new traces."""

    async def chunks() -> AsyncIterator[bytes]:
        yield files("tunix_rt.samples").joinpath("traces.jsonl").read_bytes()

    report = await import_lines(
        database, split_lines(chunks(), max_bytes), get_import_format("jsonl"), max_bytes=max_bytes
    )
    return report.added
