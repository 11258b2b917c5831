"""``tunix-rt import auto``: detects a file's format, shows what an import would make of it, and imports it."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import click

from tunix_rt.cli.import_.eval_logs import is_eval_log
from tunix_rt.cli.import_.files import chunks_of, is_parquet
from tunix_rt.cli.import_.folders import records_in
from tunix_rt.cli.import_.progress import Bar
from tunix_rt.cli.import_.report import print_refusals
from tunix_rt.cli.import_.running import Opening, import_file, source_opener, unit_of
from tunix_rt.cli.options import command_settings, wants_json
from tunix_rt.domain.imports.detection import ROWS_ADVICE, FirstRecord, candidates_for, first_record, proposed_map
from tunix_rt.domain.imports.formats import import_formats
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportReport, read_batch
from tunix_rt.domain.imports.tables.columns import COMMA, OPTION_SEPARATOR, TAB, TAB_NAMES, ColumnMap, Split
from tunix_rt.domain.imports.tables.parquet import parquet_columns
from tunix_rt.domain.imports.tables.recognition import map_options
from tunix_rt.domain.text import quantity
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.settings import Settings

SAMPLE_RECORDS = 2000
"""The number of records that are read before the question; at least one batch."""
SHOWN_ERRORS = 3
DELIMITER_NAMES = {TAB: TAB_NAMES[0]}
SILENT = Bar(advance=lambda _: None, expect=lambda _: None, show=lambda _: None)


@dataclass(frozen=True)
class Trial:
    """The result of reading the first records of a file in a format."""

    opening: Opening
    report: ImportReport
    drafts: Sequence[TraceDraft]
    is_whole: bool

    @property
    def taken(self) -> int:
        """The number of records that are not refused."""
        return self.report.lines - self.report.rejected


def better_of(likely: Trial, other: Trial) -> Trial:
    """Returns the likelier of two trials, unless the other takes more records and makes more traces of them.

    More traces of the same records are no sign of a format: each step of a record might be taken for an answer.
    """
    return other if other.taken > likely.taken and len(other.drafts) > len(likely.drafts) else likely


def import_detected(opening: Opening, context: click.Context, *, confirmed: bool) -> None:
    """Imports a file in the likeliest format that takes most of its first records, after a question or ``--yes``.

    Raises:
        BadUserInput: the format is unknown; the message has the fields of the first record.
        click.UsageError: there is no such file, or the question would be in the JSON.
    """
    if wants_json() and not confirmed:
        raise click.UsageError("--json prints the report only; add --yes to import without a question.")
    settings = command_settings()
    first = start_of(opening.file, settings, context)
    openings = [
        replace(opening, name=name, format_=import_formats().get(name), map_=proposed_map(name, opening.map_, first))
        for name in candidates_for(first)
    ]
    found = [asyncio.run(trial_of(one, settings, context)) for one in openings]
    best = reduce(better_of, found)
    print_trial(best)
    if not best.drafts:
        click.echo(f"No format takes any of these records. {ROWS_ADVICE}", err=True)
        sys.exit(1)
    if confirmed or (sys.stdin.isatty() and click.confirm("Import?")):
        context.params.update(options_of(best.opening.map_))
        import_file(best.opening, context)
    elif not sys.stdin.isatty():
        click.echo("Nothing was imported. Add --yes to import.")


def options_of(map_: ColumnMap) -> dict[str, Any]:
    """Returns a column map as options of ``import``, without those that have their default."""
    return {
        "columns": map_options(map_, OPTION_SEPARATOR),
        "split_steps": None if map_.split is Split.LINES else map_.split.value,
        "delimiter": None if map_.delimiter == COMMA else DELIMITER_NAMES.get(map_.delimiter, map_.delimiter),
    }


def start_of(file: str, settings: Settings, context: click.Context) -> FirstRecord:
    """Returns the first record of a file or folder; raises as ``import_detected`` does."""
    path = Path(file)
    if path.is_dir() or is_eval_log(path):
        return FirstRecord(next(records_in(path, settings.trace_max_bytes * LINE_OVERHEAD)).content)
    if file == "-":
        raise click.UsageError("The format of standard input cannot be detected; name it.")
    with click.File("rb").convert(file, None, context) as opened:
        if is_parquet(opened):
            return FirstRecord(b"", columns=asyncio.run(parquet_columns(opened)))
        found = asyncio.run(first_record(chunks_of(opened, lambda _: None), settings.trace_max_bytes))
        if found.content.strip() == b"{" and path.suffix == ".json":
            return FirstRecord(path.read_bytes())
        return found


async def trial_of(opening: Opening, settings: Settings, context: click.Context) -> Trial:
    """Reads the first records of a file in a format, and stores nothing."""
    report, drafts, is_whole = ImportReport(unit=unit_of(opening.name)), list[TraceDraft](), True
    async with source_opener(opening, settings, context)(SILENT) as source:
        async for batch in source.batches:
            if report.lines >= SAMPLE_RECORDS:
                is_whole = False
                break
            drafts += read_batch(batch, source.read, report)
            report.unit = source.unit() if source.unit else report.unit
    return Trial(opening, report, drafts, is_whole)


def print_trial(trial: Trial) -> None:
    """Prints the format, the number and the shape of the traces, and the first errors; not for ``--json``."""
    if wants_json():
        return
    report, drafts = trial.report, trial.drafts
    description = import_formats()[trial.opening.name].description if trial.opening.format_ else "A table."
    click.echo(f"{trial.opening.file}: {trial.opening.name}. {description}")
    if options := words_of(options_of(trial.opening.map_)):
        click.echo(f"Columns: {options}")
    which = "The" if trial.is_whole else "The first"
    refused = f", {quantity(report.rejected, report.unit)} refused" if report.rejected else ""
    click.echo(f"{which} {quantity(report.lines, report.unit)}: {quantity(len(drafts), 'trace')}{refused}.")
    for line in shape_of(drafts):
        click.echo(f"  {line}")
    print_refusals(report.refusals[:SHOWN_ERRORS], report.unit)


def words_of(options: dict[str, Any]) -> str:
    """Returns the options of a column map as they are given to ``import``; empty if there are none."""
    words = [f"--map {shlex.quote(part)}" for part in options["columns"]]
    single = {"--split-steps": options["split_steps"], "--delimiter": options["delimiter"]}
    return " ".join([*words, *(f"{name} {shlex.quote(value)}" for name, value in single.items() if value)])


def shape_of(drafts: Sequence[TraceDraft]) -> list[str]:
    """Returns lines that describe traces: their steps, scores, references and groups, and one of them."""
    if not drafts:
        return []
    counts = [len(draft.payload.steps) for draft in drafts]
    types = Counter(step.type for draft in drafts for step in draft.payload.steps)
    scorers = Counter(score.scorer for draft in drafts for score in draft.scores)
    first = drafts[0].payload
    return [
        f"steps: {min(counts)} to {max(counts)} ({join_counts(types)})",
        *([f"scores: {join_counts(scorers)}"] if scorers else []),
        f"prompts: {len({draft.payload.prompt for draft in drafts}):,}",
        f"reference answers: {sum(draft.reference_answer is not None for draft in drafts):,}",
        f"first: {excerpt(first.prompt)} -> {excerpt(first.final_answer)}",
    ]


def join_counts(counts: Counter[str]) -> str:
    """Returns names with their counts, the most frequent first."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common(10))


def excerpt(text: str) -> str:
    """Returns the beginning of a text on one line, in quotes."""
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:60] + "…")
