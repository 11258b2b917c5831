"""``tunix-rt demo``."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunix_rt.cli.output.values import decimals

if TYPE_CHECKING:
    from tunix_rt.cli.demo.loop import DemoResult, Report
    from tunix_rt.cli.demo.server import DemoServer

FOLDER = ".tunix-rt-demo"


@click.command(name="demo")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help="Data folder of the demo."
)
@click.option("--port", type=int, help="TCP port of its server.  [default: a free one]")
@click.option("--exit", "leave", is_flag=True, help="Stop the server at the end instead of keeping it for the links.")
def command(data_dir: Path, port: int | None, leave: bool) -> None:
    """Run the whole loop on small sums, with real training.

    Makes 400 arithmetic traces, grades them, splits them without a shared prompt, trains a tiny model, lets it answer
    the held-out prompts before and after, and evaluates the difference. It takes two to three minutes on two cores and
    needs Tunix: pip install 'tunix-rt[tunix]'

    The results stay in the data folder. A second demo in the same folder adds to the first.

    \b
    Example: tunix-rt demo --exit
    """
    from tunix_rt.cli.demo.loop import run_demo
    from tunix_rt.cli.demo.server import demo_server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with demo_server(data_dir, port or free_port()) as server:
        with stages() as report:
            result = run_demo(server, f"{datetime.now(UTC):%Y%m%d-%H%M%S}", report)
        show(server, result)
        if not leave:
            wait_for_interrupt(server)


@contextlib.contextmanager
def stages() -> Iterator[Report]:
    """Yields what shows the progress of the stages: bars on a terminal, else a line a finished stage."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    tasks: dict[str, TaskID] = {}
    terminal = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), disable=not terminal) as progress:

        def report(stage: str, done: float, note: str) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=1.0, remark=note)
            progress.update(tasks[stage], completed=done, remark=note)
            if done >= 1 and not terminal and not progress.tasks[tasks[stage]].fields.get("shown"):
                progress.update(tasks[stage], shown=True)
                click.echo(f"{stage}: {note or 'done'}", err=True)

        yield report


def show(server: DemoServer, result: DemoResult) -> None:
    """Prints the table of the evaluation and the links to what was made."""
    from rich.console import Console
    from rich.table import Table

    table = Table("Candidate", "Exact match", "95 % interval", "Prompts", title="Sums that were not in the training")
    for found in reversed(result.candidates):
        interval = f"{decimals(found['low'])} to {decimals(found['high'])}"
        table.add_row(found["name"], decimals(found["mean"]), interval, str(found["promptCount"]))
    Console().print(table)
    pair = result.pair
    click.echo(
        f"After minus before: {decimals(pair['difference'], '+')} "
        f"({decimals(pair['low'], '+')} to {decimals(pair['high'], '+')}), "
        f"p = {pair['pValue']:.2g}; "
        f"{pair['winCount']} wins, {pair['lossCount']} losses, {pair['tieCount']} ties, "
        f"{pair['bothWrongCount']} both wrong"
    )
    click.echo(f"Run:        {server.url}/runs/{result.run}")
    click.echo(f"Evaluation: {server.url}/evaluations/{result.evaluation}")


def wait_for_interrupt(server: DemoServer) -> None:
    """Keeps the server until Ctrl-C, or until it ends by itself."""
    click.echo("The server keeps running for these links; Ctrl-C stops it.", err=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.process.wait()


def free_port() -> int:
    """Returns a port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
