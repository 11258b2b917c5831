"""``tunix-rt evaluate``: creates an evaluation, waits for it and prints its result."""

from __future__ import annotations

import asyncio
import re
import sys
import uuid
from collections.abc import Sequence
from typing import Any

import click

from tunix_rt.cli.evaluation.tables import print_evaluation
from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.db.identity import now
from tunix_rt.db.models import evaluations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import resolve_dataset_id
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.evaluations.lifecycle import check_references, create_evaluation
from tunix_rt.domain.filtering.predicates import Compare, Op
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.ledger import ENDS, status_of
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadUserInput
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import RUN_PREFIX

WAIT_SECONDS = 0.2
CANDIDATE = re.compile(r"(?:(?P<name>[^=]*)=)?(?P<kind>source|generation|run|model):(?P<value>.+)", re.DOTALL)


@click.command(name="evaluate")
@click.argument("dataset")
@click.option(
    "--candidate",
    "candidates",
    multiple=True,
    required=True,
    metavar="[NAME=]KIND:VALUE",
    help="A candidate: source:SOURCE, generation:UUID, run:NAME or model:ID; repeat the option for up to 20.",
)
@click.option("--scorer", default="answer_match", show_default=True, help="Scorer of the answers.")
@click.option("--name", help="Name of the evaluation.  [default: a UUID]")
@click.option("--samples-per-prompt", type=int, help="The most answers to one prompt that count, the newest.")
@click.option(
    "--max-new-tokens", type=int, default=512, show_default=True, help="Most tokens of an answer of a run or a model."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@data_dir_option
def command(dataset: str, candidates: tuple[str, ...], **given: Any) -> None:
    """Compare candidates on the prompts of DATASET, a key or a UUID, and print the result.

    It needs no server. The exit status is 0 if the evaluation is completed.
    """
    drafts = [candidate_of(text, position) for position, text in enumerate(candidates)]

    async def evaluate(database: Database, settings: Settings) -> None:
        async with database.read() as session:
            draft = draft_of(await resolve_dataset_id(session, dataset), drafts, **given)
        evaluation_id = await enter(database, settings, draft)
        status = await wait(database, settings, evaluation_id)
        await print_evaluation(database, evaluation_id)
        if status is not JobStatus.COMPLETED:
            sys.exit(1)

    with_database(evaluate)


def candidate_of(text: str, position: int) -> CandidateDraft:
    """Returns the candidate that an option names.

    Raises:
        BadUserInput: the text is malformed.
    """
    found = CANDIDATE.fullmatch(text)
    if found is None:
        raise BadUserInput(
            f"--candidate must be [NAME=]KIND:VALUE with the KIND source, generation, run or model; it is {text!r}."
        )
    value, name = found["value"], found["name"] or found["value"]
    if found["kind"] == "source":
        return CandidateDraft(name, TraceSelection(Compare("source", Op.EQ, value)))
    if found["kind"] in {"run", "model"}:
        return CandidateDraft(name, model_id=value if found["kind"] == "model" else f"{RUN_PREFIX}{value}")
    try:
        return CandidateDraft(name, generation_id=uuid.UUID(value))
    except ValueError:
        raise BadUserInput(f"A generation is named by its UUID; it is {value!r}.", ["candidates", position]) from None


def draft_of(
    dataset_id: uuid.UUID,
    candidates: Sequence[CandidateDraft],
    *,
    scorer: str,
    name: str | None,
    samples_per_prompt: int | None,
    max_new_tokens: int,
    seed: int,
) -> EvaluationDraft:
    """Returns the checked request.

    Raises:
        ValidationErrors: some values are out of their limits.
    """
    title = name or str(uuid.uuid4())
    temperature = 1.0 if (samples_per_prompt or 1) > 1 else 0.0
    sampling = GenerationOptions(temperature=temperature, max_new_tokens=max_new_tokens)
    draft = EvaluationDraft(title, dataset_id, scorer, candidates, samples_per_prompt, seed, sampling)
    draft.check()
    return draft


async def enter(database: Database, settings: Settings, draft: EvaluationDraft) -> uuid.UUID:
    """Creates the evaluation and returns its id.

    Raises:
        BadUserInput, NotFound, Conflict: as ``check_references`` and ``create_evaluation`` do.
    """
    scoring = ScorerService(settings)
    try:
        known = await scoring.scorers()
    finally:
        await scoring.close()
    async with database.read() as session:
        await check_references(session, draft, known)
    async with database.write() as session:
        found: uuid.UUID = (await create_evaluation(session, draft, now()))["id"]
    return found


async def wait(database: Database, settings: Settings, evaluation_id: uuid.UUID) -> JobStatus:
    """Works on pending evaluations and generations until this evaluation has finished; returns its final status.

    Another worker may take it as well; its process continues if the command is interrupted.
    """
    from tunix_rt.jobs.evaluations.kind import Evaluations
    from tunix_rt.jobs.generations.kind import Generations
    from tunix_rt.jobs.worker import Worker

    worker = Worker(database, [Generations(settings), Evaluations(settings)])
    worker.start()
    try:
        while True:
            async with database.read() as session:
                status = await status_of(session, evaluations, evaluation_id)
            if status in ENDS:
                return status
            await asyncio.sleep(WAIT_SECONDS)
    finally:
        await worker.stop()
