"""The bundled sample: small traces to look around with in a new installation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files

from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import format_named
from tunix_rt.domain.imports.line_imports import import_lines
from tunix_rt.domain.imports.lines import split_lines


async def load_samples(database: Database, max_bytes: int) -> int:
    """Imports the sample and gives how many traces were new."""

    async def chunks() -> AsyncIterator[bytes]:
        yield files(__name__).joinpath("traces.jsonl").read_bytes()

    report = await import_lines(database, split_lines(chunks(), max_bytes), format_named("jsonl"), max_bytes=max_bytes)
    return report.added
