"""The findings of a check-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum

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
    for found in findings:
        click.echo(f"{MARKS[found.severity]}  {found.name:<{NAME_WIDTH}}{found.text}")
        if found.advice:
            click.echo(f"    {'':<{NAME_WIDTH}}-> {found.advice}")


def exit_status(findings: Sequence[Finding]) -> int:
    """Returns the exit status: 1 if there is a problem."""
    return int(any(found.severity is Severity.PROBLEM for found in findings))
