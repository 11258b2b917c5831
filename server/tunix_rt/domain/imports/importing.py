"""The source and the report of an import, and its batches of lines or rows, read into drafts of traces.

This module imports no database, as ``preparation_process`` needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tunix_rt.domain.imports.lines import line_count
from tunix_rt.domain.text import clip, path_text
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, ErrorCode, TunixRtError, ValidationErrors, errors_of

BATCH_LINES = 2000
BATCH_BYTES = 16 * 1024 * 1024
"""The size at which a batch ends, so that lines of a megabyte take no more memory than short ones."""
REPORTED_REFUSALS = 1000
FIELD_CHARS, REASON_CHARS = 200, 380
"""The longest texts of a refusal: a name in the data, which both may quote, can have megabytes."""
LINE_OVERHEAD = 4
"""The maximum size of a line, as a multiple of a stored trace: escapes such as ``\\u00e9`` shrink in decoding."""


class OnError(Enum):
    """The effect of an invalid line on an import.

    KEEP skips invalid lines like SKIP, except those with unknown markup, which are stored unparsed as a trace with one
    step.
    """

    STOP = "stop"
    SKIP = "skip"
    KEEP = "keep"


@dataclass(frozen=True)
class Refusal:
    """An error of one line; ``line`` counts from 1, and ``field`` is empty for the whole line.

    Args:
        name: the line's name, if lines have names.
    """

    line: int
    field: str
    code: ErrorCode
    reason: str
    name: str = ""


@dataclass
class ImportReport:
    """Counts and errors of an import so far.

    ``refusals`` has the first 1,000 errors; ``rejected`` counts all refused lines. ``scores`` counts new scores, of new
    and of stored traces. ``unit`` is the unit of the counts: lines, elements of an array, or rows.
    """

    lines: int = 0
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    scores: int = 0
    stopped: bool = False
    unit: str = "line"
    refusals: list[Refusal] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Returns the report as JSON; an error has its record's ``name`` only if records have names."""
        refusals = [
            {"line": found.line, "field": found.field, "code": found.code.value, "reason": found.reason}
            | ({"name": found.name} if found.name else {})
            for found in self.refusals
        ]
        counts = ("lines", "unit", "added", "duplicates", "rejected", "scores", "stopped")
        return {name: getattr(self, name) for name in counts} | {"refusals": refusals}

    def add(self, later: ImportReport) -> None:
        """Adds the lines that were read, and those that were refused, according to a report of later lines."""
        self.lines = later.lines
        self.rejected += later.rejected
        self.refusals += later.refusals[: max(REPORTED_REFUSALS - len(self.refusals), 0)]

    def refuse(self, line: int, error: TunixRtError, row: str = "") -> None:
        """Records a refused line with all its errors."""
        self.rejected += 1
        room = REPORTED_REFUSALS - len(self.refusals)
        for single in errors_of(error)[: max(room, 0)]:
            name = clip(path_text(single.path), FIELD_CHARS) if single.path else ""
            self.refusals.append(Refusal(line, name, single.code, clip(single.message, REASON_CHARS), row))


class PartlyRead(ValidationErrors):
    """The errors of some traces of a record, with the drafts of its other traces, which SKIP and KEEP store."""

    def __init__(self, errors: Sequence[TunixRtError], drafts: Sequence[TraceDraft]) -> None:
        super().__init__(errors)
        self.drafts = drafts


@dataclass(frozen=True)
class RecordProgram:
    """The reading of JSON records, in values that can be sent to another process.

    Args:
        name: the name of the import format.
        max_bytes, keep, constants: as for ``RecordOptions``.
    """

    name: str
    max_bytes: int
    keep: bool
    constants: dict[str, str]


@dataclass(frozen=True)
class ImportSource:
    """Batches of lines or rows, and the function that parses them.

    Args:
        batches: batches of lines or rows, with an error in place of one that could not be read.
        read: returns the traces of a line or row and its number, counted from 1; none if it is blank. Raises
            BadUserInput with all of its errors, ``PartlyRead`` if some traces are valid. Called in a separate thread.
        unit: returns the unit's name once the first record was read; None if the unit is known before.
        program: how another process reads the same records after the first; None if it cannot.
    """

    batches: AsyncIterable[Sequence[Any]]
    read: Callable[[Any, int], Sequence[TraceDraft]]
    unit: Callable[[], str] | None = None
    program: RecordProgram | None = None


async def batches(lines: AsyncIterable[bytes | BadUserInput]) -> AsyncIterator[list[bytes | BadUserInput]]:
    """Yields lists of at most ``BATCH_LINES`` lines, fewer if they reach ``BATCH_BYTES``."""
    batch: list[bytes | BadUserInput] = []
    size = 0
    async for line in lines:
        batch.append(line)
        size += len(line) if isinstance(line, bytes) else 0
        if len(batch) == BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def read_batch(
    batch: Sequence[Any], read: Callable[[Any, int], Sequence[TraceDraft]], report: ImportReport
) -> list[TraceDraft]:
    """Returns the drafts of a batch's valid lines, or valid parts of lines, and records the errors of the others.

    Blank lines are counted and skipped.
    """
    drafts: list[TraceDraft] = []
    for line in batch:
        report.lines += line_count(line)
        try:
            if isinstance(line, BadUserInput):
                raise line
            drafts.extend(read(line, report.lines))
        except BadUserInput as error:
            report.refuse(report.lines, error)
            if isinstance(error, PartlyRead):
                drafts.extend(error.drafts)
    return drafts
