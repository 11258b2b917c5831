"""Candidates of evaluations in GraphQL."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.evaluations import EvaluationCandidateWhere
from tunix_rt.api.generations.types import GENERATION_LIST, Generation
from tunix_rt.api.lists.fields import NamedListing, batched_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Shape, as_enum, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.api.runs.types import RUN_LIST, Run
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import evaluation_candidates
from tunix_rt.db.models.evaluations import CandidateKind
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.evaluations import EVALUATION_CANDIDATES

EVALUATION = NamedListing("tunix_rt.api.evaluations.types", "Evaluation")


def objects_named_by(
    attribute: str, listing: Listing | NamedListing
) -> Callable[[list[Any], Call], Awaitable[list[Any]]]:
    """Returns a batch of the objects whose ids rows have in an attribute; None where there is none."""

    async def batch(rows: list[Any], call: Call) -> list[Any]:
        ids = [getattr(row, attribute) for row in rows]
        wanted = [found for found in dict.fromkeys(ids) if found is not None]
        known = await objects_by_id(listing.listing(), call.context, wanted, frozenset(call.selection))
        return [known.get(found) for found in ids]

    return batch


@strawberry.type(
    description="A candidate of an evaluation: a set of answers to the dataset's prompts. Its result is frozen: it "
    "does not change when traces or scores are deleted or added."
)
class EvaluationCandidate(Node):
    evaluation_id: strawberry.Private[uuid.UUID]
    run_id: strawberry.Private[uuid.UUID | None]
    generation_id: strawberry.Private[uuid.UUID | None]
    name: str = strawberry.field(description="Name of the candidate, unique in the evaluation.")
    kind: CandidateKind = strawberry.field(description="Source of the answers.")
    evaluation = batched_field(
        objects_named_by("evaluation_id", EVALUATION), EVALUATION.node, "The evaluation that the candidate belongs to."
    )
    run: Run | None = batched_field(
        objects_named_by("run_id", RUN_LIST), Run | None, "The run whose model answered; null if there is none."
    )
    model_id: str | None = strawberry.field(
        description="The model that answered, such as `run:NAME`; null for a filter."
    )
    generation: Generation | None = batched_field(
        objects_named_by("generation_id", GENERATION_LIST),
        Generation | None,
        "The generation that produced the answers; null for a filter, or if it was deleted.",
    )
    mean: float | None = strawberry.field(
        description="Mean over prompts of the mean score of the prompt's answers, so that every prompt counts once. "
        "Null until the evaluation is completed, or if no answer has a score."
    )
    low: float | None = strawberry.field(
        description="Lower bound of the 95 % confidence interval of the mean: percentile bootstrap over prompts with "
        "10,000 resamples; exact (Clopper-Pearson) if all scores are 0, or all are 1. Null if `mean` is."
    )
    high: float | None = strawberry.field(description="Upper bound of the confidence interval; null if `mean` is.")
    prompt_count: int = strawberry.field(description="Number of prompts with a scored answer.")
    answer_count: int = strawberry.field(description="Number of answers, with and without a score.")
    unscored_count: int = strawberry.field(
        description="Number of answers without a score by the scorer; they do not count in `mean`."
    )
    token_count: BigInt | None = strawberry.field(
        description="Number of tokens of all answers; null unless it is known for every answer."
    )


COLUMNS = evaluation_candidates.c
EVALUATION_CANDIDATE_SHAPE = Shape(
    make=EvaluationCandidate,
    table=evaluation_candidates,
    sources=node_sources("EvaluationCandidate", COLUMNS.id)
    | {
        "evaluation": COLUMNS.evaluation_id,
        "run": COLUMNS.run_id,
        "generation": COLUMNS.generation_id,
        "name": COLUMNS.name,
        "kind": as_enum(COLUMNS.kind, CandidateKind),
        "modelId": COLUMNS.model_id,
        "mean": COLUMNS.mean,
        "low": COLUMNS.low,
        "high": COLUMNS.high,
        "promptCount": COLUMNS.prompt_count,
        "answerCount": COLUMNS.answer_count,
        "unscoredCount": COLUMNS.unscored_count,
        "tokenCount": COLUMNS.token_count,
    },
)


@strawberry.enum(description="Fields that the candidates of evaluations can be sorted by.")
class EvaluationCandidateOrderField(enum.Enum):
    POSITION = strawberry.enum_value("position", description="Position in the input.")
    NAME = strawberry.enum_value("name", description="Name of the candidate.")
    MEAN = strawberry.enum_value("mean", description="Mean score.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of candidates.")
class EvaluationCandidateOrder:
    field: EvaluationCandidateOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVALUATION_CANDIDATE_LIST = Listing(
    name="EvaluationCandidate",
    shape=EVALUATION_CANDIDATE_SHAPE,
    identity=COLUMNS.id,
    filterable=EVALUATION_CANDIDATES,
    where=EvaluationCandidateWhere,
    order=EvaluationCandidateOrder,
    default=(Term(COLUMNS.position, descending=False),),
)
