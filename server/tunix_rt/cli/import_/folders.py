"""Folders, archives, and files of one record, as sources of traces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import chain, starmap
from pathlib import Path
from typing import NamedTuple

import click

from tunix_rt.cli.import_.eval_logs import is_eval_log, samples_of
from tunix_rt.domain.imports.formats import ImportFormat
from tunix_rt.domain.imports.importing import BATCH_BYTES, BATCH_LINES, LINE_OVERHEAD, ImportSource
from tunix_rt.domain.imports.line_imports import RecordOptions, record_reader
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, errors_of

INSPECT = "inspect"
"""The format of the samples in an archive."""
METADATA, STEPS = "metadata.json", "step_*.json"


class NamedRecord(NamedTuple):
    """The bytes of a record, and the path of its file or folder for errors."""

    name: str
    content: bytes


def is_whole(format_: ImportFormat, path: Path) -> bool:
    """Returns whether a path is a folder or an archive of records, or a file with one record.

    Raises:
        click.UsageError: it is a folder, but the format has no folders, or an archive of another format.
    """
    if is_eval_log(path):
        if format_.name != INSPECT:
            raise click.UsageError(f"{path.name} is a log of Inspect; import it as {INSPECT}.")
        return True
    if path.is_dir() and not format_.whole_files:
        raise click.UsageError(f"{path} is a folder; {format_.name} takes files only.")
    return format_.whole_files and (path.is_dir() or path.suffix == ".json")


def folder_source(path: Path, reading: RecordOptions) -> ImportSource:
    """Returns the records below a folder or in an archive, or the one of a file, as a source of traces.

    Raises:
        click.UsageError: there are none.
        BadUserInput, NotInstalled: as ``samples_of`` does, while records are read.
    """
    most = reading.max_bytes * LINE_OVERHEAD
    records = records_in(path, most)
    read_record = record_reader(reading)

    def read(record: NamedRecord, number: int) -> list[TraceDraft]:
        if len(record.content) > most:
            raise BadUserInput(f"{record.name}: It has more than {most} bytes.")
        try:
            return read_record(record.content, number)
        except BadUserInput as error:
            for single in errors_of(error):
                single.message = f"{record.name}: {single.message}"
            raise

    return ImportSource(batches(records), read, lambda: "sample" if is_eval_log(path) else "file")


def records_in(path: Path, max_bytes: int) -> Iterator[NamedRecord]:
    """Returns the records of a folder, an archive or a file; raises as ``folder_source`` does."""
    records = (
        starmap(NamedRecord, samples_of(path, max_bytes)) if is_eval_log(path) else map(record_at, places_in(path))
    )
    first = next(records, None)
    if first is None:
        raise click.UsageError(f"There are no {'samples' if is_eval_log(path) else 'JSON files'} in {path}.")
    return chain([first], records)


def places_in(path: Path) -> list[Path]:
    """Returns the places of the records below a folder in their order: folders of Tunix's trajectories, or files."""
    if path.is_file():
        return [path]
    trajectories = sorted(found.parent for found in path.rglob(METADATA))
    return trajectories or sorted(path.rglob("*.json"))


def record_at(place: Path) -> NamedRecord:
    """Returns the record of a file, or the metadata and the steps of a folder in one."""
    if place.is_file():
        return NamedRecord(place.name, place.read_bytes())
    steps = b",".join(step.read_bytes() for step in sorted(place.glob(STEPS)))
    content = b'{"metadata":' + (place / METADATA).read_bytes() + b',"steps":[' + steps + b"]}"
    return NamedRecord(place.name, content)


async def batches(records: Iterator[NamedRecord]) -> AsyncIterator[list[NamedRecord]]:
    """Yields lists of records of bounded size."""
    for batch in batches_of(records):
        yield batch


def batches_of(records: Iterator[NamedRecord]) -> Iterator[list[NamedRecord]]:
    """Yields lists of at most ``BATCH_LINES`` records, fewer if they reach ``BATCH_BYTES``."""
    batch: list[NamedRecord] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.content)
        if len(batch) == BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
