"""``tunix-rt import``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.options import command_settings, shared_options, uses_server
from tunix_rt.domain.imports.formats import ImportFormat, import_formats
from tunix_rt.domain.imports.formats.rows import ROWS, answer_columns, rows_format
from tunix_rt.domain.imports.tables.columns import (
    COMMA,
    CSV,
    OPTION_SEPARATOR,
    TABLES,
    ColumnMap,
    Rest,
    Split,
    column_map,
)

ORIGINAL = "tunix-rt"
SCORES = "scores"
AUTO = "auto"
ON_ERROR = ("stop", "skip", "keep")
"""The values of ``OnError``, here without the imports that it needs."""
DESCRIPTIONS = {name: format_.description for name, format_ in import_formats().items()} | {
    "csv": "CSV with a header; --map assigns columns to fields.",
    "parquet": "Parquet; --map assigns columns to fields.",
    AUTO: "Detects the format of FILE, shows what it makes of it, and imports after --yes or a question.",
    SCORES: "Scores of stored traces: trace_id, content_hash, or source and external_id; scorer, kind, score.",
    ORIGINAL: "The original tunix-rt: FILE is the URL of its database. Traces, scores, runs, datasets.",
}
HELP = f"""Import traces from FILE; `-` is standard input. JSON and CSV may be plain or gzip; JSON is one record
on each line, or an array of records.

\b
FORMAT is one of:
{chr(10).join(f"  {name:<{max(map(len, DESCRIPTIONS))}}  {text}" for name, text in sorted(DESCRIPTIONS.items()))}

Traces that are stored already are skipped, so an import can be repeated.

\b
Example: tunix-rt import gsm8k train.jsonl --set source=gsm8k/train
"""


@click.command(name="import", help=HELP)
@click.argument("format_", metavar="FORMAT", type=WordChoice(sorted(DESCRIPTIONS)))
@click.argument("file")
@click.option(
    "--on-error",
    type=WordChoice(ON_ERROR),
    default=ON_ERROR[0],
    show_default=True,
    help="How to handle an invalid line: stop (its batch of 2,000 lines is not stored), skip, or keep "
    "(like skip, but text with unknown markup is kept as one step).",
)
@click.option("--map", "columns", metavar="FIELD=COLUMN", multiple=True, help="Column of a field.")
@click.option(
    "--set", "constants", metavar="FIELD=TEXT", multiple=True, help="Constant value of a field for all traces."
)
@click.option(
    "--split-steps",
    type=WordChoice([choice.value for choice in Split]),
    help="How the text of a cell is split into steps.  [default: lines]",
)
@click.option("--delimiter", metavar="CHARACTER", help="Column delimiter of csv: a character, or tab.  [default: ,]")
@click.option(
    "--rest",
    type=WordChoice([choice.value for choice in Rest]),
    help="What to do with unmapped columns.  [default: meta]",
)
@click.option(
    "--datasets",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help=f"For {ORIGINAL}: the folder of its datasets, to import them too.",
)
@click.option(
    "--each", metavar="COLUMN", multiple=True, help=f"For {ROWS}: a column of answers, or COLUMN.FIELD of objects."
)
@click.option(
    "--score", "scores", metavar="[SCORER=]COLUMN", multiple=True, help=f"For {ROWS}: a column of the answers' scores."
)
@click.option("--yes", is_flag=True, help=f"For {AUTO}: import without a question.")
@shared_options
@click.pass_context
def command(
    context: click.Context,
    /,
    format_: str,
    file: str,
    on_error: str,
    datasets: Path | None,
    each: tuple[str, ...],
    scores: tuple[str, ...],
    yes: bool,
    **table: Any,
) -> None:
    from tunix_rt.cli.import_.running import Opening, import_file
    from tunix_rt.domain.imports.importing import OnError

    records = record_format(format_, table["columns"], each, scores)
    map_ = table_map(format_, **table)
    if format_ == ORIGINAL:
        if uses_server(command_settings()):
            raise click.UsageError(f"{ORIGINAL} is imported into a data folder only, not by a server.")
        from tunix_rt.cli.import_.original import import_original

        import_original(file, OnError(on_error), datasets)
        return
    if datasets is not None:
        raise click.UsageError(f"--datasets is for {ORIGINAL} only.")
    if yes and format_ != AUTO:
        raise click.UsageError(f"--yes is for {AUTO} only.")
    opening = Opening(format_, records, file, map_, OnError(on_error))
    if format_ == AUTO:
        from tunix_rt.cli.import_.auto import import_detected

        import_detected(opening, context, confirmed=yes)
        return
    if format_ == SCORES:
        from tunix_rt.cli.import_.scores import import_score_file

        import_score_file(click.File("rb").convert(file, None, context), OnError(on_error))
        return
    import_file(opening, context)


def record_format(
    name: str, columns: tuple[str, ...], each: tuple[str, ...], scores: tuple[str, ...]
) -> ImportFormat | None:
    """Returns the format of JSON records; None for a table or the original application.

    Raises:
        click.UsageError: an option belongs to another format.
        BadUserInput: as ``answer_columns`` does.
    """
    if name == ROWS:
        return rows_format(answer_columns(columns, each, scores, OPTION_SEPARATOR))
    if each or scores:
        raise click.UsageError(f"--each and --score are for {ROWS} only.")
    return import_formats().get(name)


def table_map(
    format_: str,
    columns: tuple[str, ...],
    constants: tuple[str, ...],
    split_steps: str | None,
    delimiter: str | None,
    rest: str | None,
) -> ColumnMap:
    """Returns the column map of the options.

    Raises:
        click.UsageError: an option belongs to another format.
        BadUserInput: as ``column_map`` does.
    """
    if format_ not in TABLES and ((columns and format_ != ROWS) or split_steps or rest):
        raise click.UsageError(f"--map, --split-steps and --rest are for {' and '.join(TABLES)} only.")
    if format_ == SCORES and constants:
        raise click.UsageError(f"--set is for traces; it is not supported for {SCORES}.")
    if format_ == ORIGINAL and constants:
        raise click.UsageError(f"--set is not supported for {ORIGINAL}: its traces are imported unchanged.")
    if format_ != CSV and delimiter is not None:
        raise click.UsageError(f"--delimiter is for {CSV} only.")
    split, left = Split(split_steps or Split.LINES.value), Rest(rest or Rest.META.value)
    return column_map(
        columns if format_ in TABLES else (),
        constants,
        OPTION_SEPARATOR,
        split,
        left,
        COMMA if delimiter is None else delimiter,
    )
