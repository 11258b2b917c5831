"""The findings of a check-up."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import print_json

NAME_WIDTH = 16


class Severity(Enum):
    """The weight of a finding: only a problem makes the check-up fail."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


MARKS = {Severity.OK: "ok", Severity.NOTE: "--", Severity.PROBLEM: "!!"}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        advice: what to do; empty if there is nothing to do.
    """

    name: str
    severity: Severity
    text: str
    advice: str = ""


def ok(name: str, text: str) -> Finding:
    """Returns a finding without a problem."""
    return Finding(name, Severity.OK, text)


def note(name: str, text: str, advice: str = "") -> Finding:
    """Returns a finding that limits what can be done, but is no problem."""
    return Finding(name, Severity.NOTE, text, advice)


def problem(name: str, text: str, advice: str) -> Finding:
    """Returns a problem with what to do."""
    return Finding(name, Severity.PROBLEM, text, advice)


def print_findings(findings: Sequence[Finding]) -> None:
    """Prints findings, one a line with its advice below; with ``--json`` as an array of objects."""
    if wants_json():
        print_json([asdict(found) | {"severity": found.severity.value} for found in findings])
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    for found in findings:
        for line in lines_of(found, width):
            click.echo(line)


def lines_of(found: Finding, width: int) -> list[str]:
    """Returns the lines of a finding and its advice, of at most this width."""
    title = f"{MARKS[found.severity]}  {found.name:<{NAME_WIDTH}}"
    margin = " " * len(title)
    wrap = partial(textwrap.wrap, width=width, break_on_hyphens=False, break_long_words=False)
    lines = wrap(found.text, initial_indent=title, subsequent_indent=margin)
    return [*lines, *wrap(found.advice, initial_indent=f"{margin}-> ", subsequent_indent=f"{margin}   ")]


def exit_status(findings: Sequence[Finding]) -> int:
    """Returns the exit status: 1 if there is a problem."""
    return int(any(found.severity is Severity.PROBLEM for found in findings))
