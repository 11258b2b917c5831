"""``tunix-rt score run``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from tunix_rt.cli import INTERRUPTED
from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.naming import names_of
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import trace_filter, trace_filter_options
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.tables import print_json
from tunix_rt.cli.score.documents import SCORE_TRACES
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadId

COUNTS = ("scoredCount", "skippedCount", "unscoredCount", "failedCount")
SHOWN_FAILURES = 20


@click.command(name="run")
@click.argument("traces", nargs=-1)
@click.option("--scorer", default="baseline", show_default=True, help="Scorer; `tunix-rt score scorers` lists them.")
@trace_filter_options
@click.option("--only-missing", is_flag=True, help="Only traces without a score of this version of the scorer.")
@shared_options
def run(
    traces: tuple[str, ...], scorer: str, where: str | None, source: str | None, search: str | None, only_missing: bool
) -> None:
    """Score TRACES, UUIDs, or the traces that a filter selects; all traces if neither is given.

    The exit status is 1 if the scorer failed on a trace.

    \b
    Example: tunix-rt score run --scorer answer_match --source gsm8k --only-missing
    """
    selected = trace_filter(where, source, search)
    if traces and selected is not None:
        raise click.UsageError("Give either TRACES or a filter, not both.")
    chosen = {
        "scorer": scorer,
        "ids": list(traces) or None,
        "where": None if traces else selected or {},
        "onlyMissing": only_missing,
    }
    report: dict[str, Any] = dict.fromkeys(COUNTS, 0) | {"failures": [], "missingUuids": []}
    with report_stored(report):
        run_operations(lambda client: score_all(client, chosen, report))
    print_report(report)
    sys.exit(1 if report["failedCount"] else 0)


@contextmanager
def report_stored(report: dict[str, Any]) -> Iterator[None]:
    """Exits with status 130 on Ctrl-C, after printing what is stored, and how to score the rest."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(err=True)  # ends the line of the terminal's ^C
        print_report(report)
        click.echo(
            "The counted scores are stored; scores of the last part may be stored, too. To score the rest, repeat the "
            "command with --only-missing.",
            err=True,
        )
        raise SystemExit(INTERRUPTED) from None


async def score_all(client: OperationClient, chosen: dict[str, Any], report: dict[str, Any]) -> None:
    """Scores traces part by part until none remains; the report receives the counts of each part."""
    after = None
    with progress(f"scoring with {chosen['scorer']}") as show:
        while True:
            part = await score_part(client, {**chosen, "after": after})
            for name in COUNTS:
                report[name] += part[name] or 0
            report["failures"] += part["failures"]
            report["missingUuids"] += part["missingUuids"]
            after = part["lastId"]
            if not part["remainingCount"] or after is None:
                return
            show(f"{report['scoredCount']:,} scored, {part['remainingCount']:,} remaining")


async def score_part(client: OperationClient, chosen: dict[str, Any]) -> dict[str, Any]:
    """Scores the next traces and returns the payload.

    Raises:
        TunixRtError: as ``call_input`` does; with a hint if a trace has the name of a scorer.
    """
    try:
        part: dict[str, Any] = await call_input(client, SCORE_TRACES, chosen)
    except BadId as error:
        scorers = [name for name in await names_of(client, "scorer") if name in chosen["ids"]]
        error.message += "".join(f" The scorer is given as --scorer {name}." for name in scorers)
        raise
    return part


def print_report(report: dict[str, Any]) -> None:
    """Prints the counts and the first failures."""
    for failure in report["failures"][:SHOWN_FAILURES]:
        click.echo(f"{failure['traceUuid']}: {failure['message']}", err=True)
    if report["missingUuids"]:
        click.echo(f"Not found: {', '.join(report['missingUuids'])}", err=True)
    if wants_json():
        print_json(report)
        return
    parts = [
        f"{quantity(report['scoredCount'], 'trace')} scored",
        *([f"{report['skippedCount']:,} scored before"] if report["skippedCount"] else []),
        *([f"{report['unscoredCount']:,} without a score"] if report["unscoredCount"] else []),
        *([f"{report['failedCount']:,} failed"] if report["failedCount"] else []),
    ]
    click.echo(", ".join(parts) + ".")
