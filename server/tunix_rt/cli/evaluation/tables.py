"""The result of an evaluation as tables."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.run.show import print_table
from tunix_rt.db.session import Database
from tunix_rt.domain.evaluations.lookup import get_evaluation, pairs_of
from tunix_rt.domain.evaluations.significance import ALPHA
from tunix_rt.domain.evaluations.storage import candidates_of

CANDIDATES = ("CANDIDATE", "MEAN", "95 % INTERVAL", "PROMPTS", "ANSWERS", "UNSCORED", "TOKENS")
PAIRS = ("A", "B", "A - B", "95 % INTERVAL", "P", "P (HOLM)", "WINS", "LOSSES", "TIES", "BOTH WRONG", "CONCLUSION")


async def print_evaluation(database: Database, evaluation_id: uuid.UUID) -> None:
    """Prints an evaluation's status and, once it is completed, its candidates and pairs."""
    async with database.read() as session:
        row = await get_evaluation(session, str(evaluation_id))
        candidates = await candidates_of(session, evaluation_id)
        pairs = await pairs_of(session, evaluation_id)
    click.echo(f"{row.name}: {row.status}, {row.dataset_key} by {row.scorer}, {row.prompt_count} prompts")
    if row.error_message is not None:
        click.echo(row.error_message, err=True)
    if any(candidate.mean is not None for candidate in candidates):
        click.echo()
        print_table(CANDIDATES, [candidate_cells(candidate) for candidate in candidates])
    if pairs:
        names = {candidate.id: candidate.name for candidate in candidates}
        click.echo()
        print_table(PAIRS, [pair_cells(pair, names) for pair in pairs])


def candidate_cells(row: Any) -> tuple[str, ...]:
    """Returns a candidate's row of the table."""
    mean = "" if row.mean is None else f"{row.mean:.4g}"
    tokens = "" if row.token_count is None else str(row.token_count)
    counts = (str(row.prompt_count), str(row.answer_count), str(row.unscored_count))
    return (row.name, mean, "" if row.mean is None else interval(row.low, row.high), *counts, tokens)


def pair_cells(row: Any, names: Mapping[uuid.UUID, str]) -> tuple[str, ...]:
    """Returns a pair's row of the table."""
    counts = (row.win_count, row.loss_count, row.tie_count, row.both_wrong_count)
    numbers = (f"{row.difference:+.4g}", interval(row.low, row.high), f"{row.p_value:.3g}", f"{row.p_holm:.3g}")
    return (names[row.a_id], names[row.b_id], *numbers, *map(str, counts), conclusion(row, names))


def interval(low: float, high: float) -> str:
    """Returns an interval as text."""
    return f"{low:.4g} to {high:.4g}"


def conclusion(row: Any, names: Mapping[uuid.UUID, str]) -> str:
    """Returns what a pair shows: which candidate is better, or how many prompts could show it."""
    if row.p_holm < ALPHA:
        return f"{names[row.a_id if row.difference > 0 else row.b_id]} is better"
    if row.prompts_needed is None:
        return "no difference"
    return f"not significant; {row.prompts_needed} prompts could show this difference"
