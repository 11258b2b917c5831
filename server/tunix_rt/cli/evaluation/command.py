"""``tunix-rt evaluation``: list, show, watch, cancel, retry and delete evaluations, and rank their candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.changing import cancel_job, delete_job, retry_job
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.evaluation.documents import CANCEL, DELETE, LEADERBOARD, LIST, RETRY
from tunix_rt.cli.evaluation.show import show
from tunix_rt.cli.evaluation.tables import interval
from tunix_rt.cli.evaluation.watch import watch
from tunix_rt.cli.filters import STATUSES, filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.cli.output.tables import Columns, print_rows

COLUMNS: Columns = {
    "EVALUATION": "uuid",
    "NAME": "name",
    "STATUS": "status",
    "DATASET": "datasetKey",
    "SCORER": "scorer",
    "PROMPTS": "promptCount",
    "CREATED": "createdAt",
}


def rank_of(entry: Mapping[str, Any]) -> str:
    """Returns the ranks that a candidate may have."""
    best, worst = entry["bestRank"], entry["worstRank"]
    return str(best) if best == worst else f"{best} to {worst}"


RANKS: Columns = {
    "RANK": rank_of,
    "CANDIDATE": "candidate.name",
    "EVALUATION": "candidate.evaluation.name",
    "MEAN": "candidate.mean",
    "95 % INTERVAL": lambda entry: interval(entry["candidate"]),
    "PROMPTS": "candidate.promptCount",
    "ANSWERS": "candidate.answerCount",
}


@click.group(name="evaluation")
def command() -> None:
    """List, show, watch, cancel, retry and delete evaluations, and rank their candidates.

    \b
    Example: tunix-rt evaluation list
    """


@command.command(name="list")
@where_option("evaluations", "EvaluationWhere")
@click.option("--status", type=WordChoice(STATUSES), help="Only those with this status.")
@order_option("name:asc")
@limit_option("evaluations")
@shared_options
def list_(where: str | None, status: str | None, order: tuple[str, ...], limit: int) -> None:
    """List evaluations, the newest first.

    \b
    Example: tunix-rt evaluation list --status completed
    """
    selected = filter_of(where, status=status)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "evaluations", total)


@command.command(name="leaderboard")
@click.argument("dataset")
@click.option("--scorer", default="answer_match", show_default=True, help="Scorer of the answers.")
@shared_options
def leaderboard(dataset: str, scorer: str) -> None:
    """Rank the candidates of all evaluations of DATASET, a key or a UUID, by one scorer.

    \b
    Example: tunix-rt evaluation leaderboard maths-test-v1
    """

    async def fetch(client: OperationClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await call(client, LEADERBOARD, datasetId=dataset, scorer=scorer))["entries"]
        return found

    print_rows(RANKS, run_operations(fetch), "candidates")


@command.command(name="cancel")
@click.argument("evaluation")
@shared_options
def cancel(evaluation: str) -> None:
    """Cancel EVALUATION, a name or a UUID.

    \b
    Example: tunix-rt evaluation cancel again
    """
    cancel_job(CANCEL, "evaluation", evaluation)


@command.command(name="retry")
@click.argument("evaluation")
@shared_options
def retry(evaluation: str) -> None:
    """Retry EVALUATION, a name or a UUID, which failed, timed out or was cancelled.

    \b
    Example: tunix-rt evaluation retry again
    """
    retry_job(RETRY, "evaluation", evaluation)


@command.command(name="delete")
@click.argument("evaluation")
@confirmation_option("The evaluation {evaluation} and its result will be deleted.")
@shared_options
def delete(evaluation: str) -> None:
    """Delete EVALUATION, a name or a UUID, with its result. Traces are kept.

    \b
    Example: tunix-rt evaluation delete again --yes
    """
    delete_job(DELETE, evaluation)


command.add_command(show)
command.add_command(watch)
