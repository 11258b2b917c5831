"""Imports of files by a server: the file is sent as it is, and the server reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import click

from tunix_rt.cli import INTERRUPTED
from tunix_rt.cli.client.remote import remote_client
from tunix_rt.cli.client.running import report_place
from tunix_rt.cli.import_.eval_logs import is_eval_log
from tunix_rt.cli.import_.files import chunks_of, is_parquet
from tunix_rt.cli.import_.progress import progress_bar, size_of
from tunix_rt.domain.imports.importing import ImportReport, OnError, Refusal
from tunix_rt.domain.imports.tables.columns import CSV, PARQUET
from tunix_rt.errors import ErrorCode
from tunix_rt.settings import Settings

TRACES = "/v1/traces"
SCORES = "/v1/scores"
LINES_TYPE = "application/x-ndjson"
MEDIA_TYPES = {CSV: "text/csv", PARQUET: "application/vnd.apache.parquet"}
LISTED = {"columns": "map", "constants": "set", "each": "each", "scores": "score"}
"""The options with several values, and the query parameters that have them."""

STORED = (
    "The server may have stored the records that it had received. To import the rest, repeat the command: nothing is "
    "stored twice."
)
"""The outcome of an interrupted upload."""

Parameters = list[tuple[str, str]]


def trace_parameters(name: str, options: Mapping[str, Any]) -> Parameters:
    """Returns the query of ``POST /v1/traces`` for the options of the command.

    Args:
        name: the format's name.
    """
    values: Parameters = [("format", name), ("on_error", options["on_error"])]
    for option, parameter in LISTED.items():
        values += [(parameter, with_colon(parameter, text)) for text in options[option]]
    single = {parameter: options[parameter] for parameter in ("split_steps", "delimiter", "rest")}
    return values + [(parameter, value) for parameter, value in single.items() if value is not None]


def with_colon(parameter: str, text: str) -> str:
    """Returns the value of an option as the server takes it: ``FIELD:COLUMN`` for ``FIELD=COLUMN``."""
    return text if parameter == "each" else text.replace("=", ":", 1)


def send_traces(settings: Settings, name: str, path: str, context: click.Context) -> ImportReport:
    """Lets the server import a file of traces; raises as ``require_file`` and ``send`` do."""
    file = require_file(path, context)
    return run_upload(send(settings, TRACES, trace_parameters(name, context.params), file, media_of(name, file)))


def send_scores(settings: Settings, file: IO[bytes], on_error: OnError) -> ImportReport:
    """Lets the server import a file of scores; raises as ``send`` does."""
    return run_upload(send(settings, SCORES, [("on_error", on_error.value)], file, LINES_TYPE))


def require_file(path: str, context: click.Context) -> IO[bytes]:
    """Opens a file or standard input.

    Raises:
        click.UsageError: there is no such file, or it is a folder, which cannot be sent.
    """
    if Path(path).is_dir():
        raise click.UsageError("A folder cannot be imported by a server; import its files one by one.")
    if is_eval_log(Path(path)):
        raise click.UsageError("A server takes logs of Inspect as JSON: write it with `inspect log convert --to json`.")
    opened: IO[bytes] = click.File("rb").convert(path, None, context)
    return opened


def media_of(name: str, file: IO[bytes]) -> str:
    """Returns the media type of a file in a format."""
    return MEDIA_TYPES[PARQUET] if is_parquet(file) else MEDIA_TYPES.get(name, LINES_TYPE)


async def send(
    settings: Settings, path: str, parameters: Sequence[tuple[str, str]], file: IO[bytes], media: str
) -> ImportReport:
    """Sends a file to the server, showing the progress, and returns the server's report.

    Raises:
        TunixRtError: as ``RemoteClient.upload`` does.
    """
    async with remote_client(settings) as client:
        report_place(client.place)
        with progress_bar() as bar:
            bar.expect(size_of(file))
            chunks: AsyncIterator[bytes] = chunks_of(file, bar.advance)
            return report_of(await client.upload(path, parameters, media, chunks))


def run_upload(sent: Coroutine[Any, Any, ImportReport]) -> ImportReport:
    """Runs an upload; on Ctrl-C it prints what the server has stored, and exits with status 130."""
    try:
        return asyncio.run(sent)
    except KeyboardInterrupt:
        click.echo(f"\n{STORED}", err=True)
        raise SystemExit(INTERRUPTED) from None


def report_of(body: Mapping[str, Any]) -> ImportReport:
    """Returns the report of a response."""
    refusals = [
        Refusal(found["line"], found["field"], ErrorCode(found["code"]), found["reason"]) for found in body["refusals"]
    ]
    names = ("lines", "added", "duplicates", "rejected", "scores", "stopped", "unit")
    return ImportReport(**{name: body[name] for name in names}, refusals=refusals)
