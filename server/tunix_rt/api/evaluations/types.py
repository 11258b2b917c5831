"""Evaluations in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
import uuid

import strawberry

from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.evaluations.candidates import EVALUATION_CANDIDATE_LIST, EvaluationCandidate, objects_named_by
from tunix_rt.api.evaluations.events import EVENT_LIST, EvaluationEvent
from tunix_rt.api.evaluations.pairs import EVALUATION_PAIR_LIST, EvaluationPair
from tunix_rt.api.filtering.evaluations import EvaluationWhere
from tunix_rt.api.jobs import Job, job_sources
from tunix_rt.api.lists.fields import batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Alias, Shape, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import evaluation_candidates, evaluation_events, evaluation_pairs, evaluations
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.evaluations import EVALUATIONS


@strawberry.type(
    description="A comparison of candidates on the prompts of a dataset by one scorer, computed by a background job. "
    "The result is frozen once it is completed."
)
class Evaluation(Node, Job):
    row_id: strawberry.Private[uuid.UUID]
    dataset_id: strawberry.Private[uuid.UUID | None]
    name: str = strawberry.field(description="Unique name of the evaluation.")
    dataset_key: str = strawberry.field(description="Key of the dataset of the prompts.")
    dataset: Dataset | None = batched_field(
        objects_named_by("dataset_id", DATASET_LIST),
        Dataset | None,
        "The dataset of the prompts; null if it was deleted.",
    )
    scorer: str = strawberry.field(description="Name of the scorer.")
    samples_per_prompt: int | None = strawberry.field(
        description="Maximum number of answers to one prompt that count, the newest ones; null for the default."
    )
    seed: BigInt = strawberry.field(description="Random seed of the resampling.")
    prompt_count: int = strawberry.field(description="Number of prompts of the dataset; 0 until completed.")
    candidates: Connection[EvaluationCandidate] = child_connection(
        EVALUATION_CANDIDATE_LIST,
        evaluation_candidates.c.evaluation_id,
        "The candidates, 1 to 20, in the order of the input by default.",
    )
    pairs: Connection[EvaluationPair] = child_connection(
        EVALUATION_PAIR_LIST,
        evaluation_pairs.c.evaluation_id,
        "Comparisons of every two candidates with a common prompt, up to 190; none until completed.",
    )
    events: Connection[EvaluationEvent] = child_connection(
        EVENT_LIST, evaluation_events.c.evaluation_id, "Events of the evaluation in chronological order."
    )


ROW_ID = Alias(evaluations.c.id, "row_id")
EVALUATION_SHAPE = Shape(
    make=Evaluation,
    table=evaluations,
    sources=node_sources("Evaluation", evaluations.c.id)
    | job_sources(evaluations)
    | {
        "candidates": ROW_ID,
        "pairs": ROW_ID,
        "events": ROW_ID,
        "dataset": evaluations.c.dataset_id,
        "name": evaluations.c.name,
        "datasetKey": evaluations.c.dataset_key,
        "scorer": evaluations.c.scorer,
        "samplesPerPrompt": evaluations.c.samples_per_prompt,
        "seed": evaluations.c.seed,
        "promptCount": evaluations.c.prompt_count,
    },
)


@strawberry.enum(description="Fields that evaluations can be sorted by.")
class EvaluationOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    NAME = strawberry.enum_value("name", description="Unique name.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of evaluations.")
class EvaluationOrder:
    field: EvaluationOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVALUATION_LIST = Listing(
    name="Evaluation",
    shape=EVALUATION_SHAPE,
    identity=evaluations.c.id,
    filterable=EVALUATIONS,
    where=EvaluationWhere,
    order=EvaluationOrder,
    default=(Term(evaluations.c.created_at, descending=True),),
)
