"""The result of an evaluation as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import print_json, print_table
from tunix_rt.cli.output.values import text_of

COMPLETED = "COMPLETED"
CANDIDATES = ("CANDIDATE", "MEAN", "95 % INTERVAL", "PROMPTS", "ANSWERS", "UNSCORED", "TOKENS")
PAIRS = ("A", "B", "A - B", "95 % INTERVAL", "CONCLUSION", "P", "P (HOLM)", "WINS", "LOSSES", "TIES", "BOTH WRONG")


def print_evaluation(found: Mapping[str, Any]) -> None:
    """Prints an evaluation's status and, once it is completed, its candidates and pairs; with ``--json`` the object."""
    if wants_json():
        print_json(found)
        return
    about = f"{found['datasetKey']} by {found['scorer']}, {found['promptCount']} prompts"
    click.echo(f"{found['name']}: {found['status']}, {about}")
    if found["error"] is not None:
        click.echo(found["error"]["message"], err=True)
    candidates, pairs = found["candidates"]["nodes"], found["pairs"]["nodes"]
    if found["status"] == COMPLETED:
        click.echo()
        print_table(CANDIDATES, [candidate_cells(candidate) for candidate in candidates])
        report_missing_scores(found["scorer"], candidates)
    if pairs:
        click.echo()
        print_table(PAIRS, [pair_cells(pair) for pair in pairs])


def report_missing_scores(scorer: str, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Prints which candidates have no mean because none of their answers has a score."""
    names = [candidate["name"] for candidate in candidates if candidate["mean"] is None]
    if names:
        hint = "`tunix-rt score scorers` has what it compares."
        click.echo(f"tunix-rt: No answer has a score by {scorer}, of: {', '.join(names)}. {hint}", err=True)


def candidate_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns a candidate's row of the table."""
    counts = (row["promptCount"], row["answerCount"], row["unscoredCount"], row["tokenCount"])
    return (row["name"], text_of(row["mean"]), interval(row), *map(text_of, counts))


def pair_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns a pair's row of the table."""
    counts = (row["winCount"], row["lossCount"], row["tieCount"], row["bothWrongCount"])
    difference = (f"{row['difference']:+.4g}", interval(row))
    p_values = (f"{row['pValue']:.3g}", f"{row['pHolm']:.3g}")
    return (row["a"]["name"], row["b"]["name"], *difference, conclusion(row), *p_values, *map(str, counts))


def interval(row: Mapping[str, Any]) -> str:
    """Returns an interval as text; empty if there is none."""
    return "" if row["low"] is None else f"{row['low']:.4g} to {row['high']:.4g}"


def conclusion(row: Mapping[str, Any]) -> str:
    """Returns what a pair shows: which candidate is better, or how many prompts could show it."""
    if row["significant"]:
        return f"{row['a' if row['difference'] > 0 else 'b']['name']} is better"
    if row["difference"] == 0:
        return "no difference"
    if row["promptsNeeded"] is None or row["promptsNeeded"] <= row["promptCount"]:
        return "not significant"
    return f"not significant; {row['promptsNeeded']} prompts could show this difference"
