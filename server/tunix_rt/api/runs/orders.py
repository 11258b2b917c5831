"""The sort order of runs: by a column, or by the last value of a metric."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.db.paging import Term
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.metrics import last_value, require_metric
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput

METRIC = "metric"
"""The value of the order field that names no column."""

METRIC_MAX_CHARS = 1000


@strawberry.enum(description="Fields that runs can be sorted by.")
class RunOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    STARTED_AT = strawberry.enum_value("started_at", description="Start of the current or last attempt.")
    COMPLETED_AT = strawberry.enum_value("completed_at", description="Time of completion.")
    STATUS = strawberry.enum_value("status", description="Name of the status, alphabetically.")
    DATASET_KEY = strawberry.enum_value("dataset_key", description="Key of the training dataset.")
    MODEL_ID = strawberry.enum_value("model_id", description="The base model.")
    DURATION_SECONDS = strawberry.enum_value("duration_seconds", description="Duration of the last attempt.")
    OUTPUT_NAME = strawberry.enum_value("output_name", description="Name of the run's folder.")
    METHOD = strawberry.enum_value("method", description="Name of the training method, alphabetically.")
    LEARNING_RATE = strawberry.enum_value("learning_rate", description="Peak learning rate.")
    NUM_EPOCHS = strawberry.enum_value("num_epochs", description="Number of epochs.")
    BATCH_SIZE = strawberry.enum_value("batch_size", description="Number of records per batch.")
    MAX_SEQ_LENGTH = strawberry.enum_value("max_seq_length", description="Maximum number of tokens of a record.")
    MAX_STEPS = strawberry.enum_value("max_steps", description="Number of steps, in place of epochs.")
    SEED = strawberry.enum_value("seed", description="Random seed.")
    GRADIENT_ACCUMULATION_STEPS = strawberry.enum_value(
        "gradient_accumulation_steps", description="Number of batches whose gradients are accumulated per step."
    )
    WARMUP_STEPS = strawberry.enum_value("warmup_steps", description="Number of warmup steps.")
    SCHEDULE = strawberry.enum_value("schedule", description="Name of the learning rate schedule, alphabetically.")
    WEIGHT_DECAY = strawberry.enum_value("weight_decay", description="Weight decay of AdamW.")
    MAX_GRAD_NORM = strawberry.enum_value("max_grad_norm", description="Maximum gradient norm.")
    LORA_RANK = strawberry.enum_value("lora_rank", description="LoRA rank.")
    LORA_ALPHA = strawberry.enum_value("lora_alpha", description="LoRA alpha.")
    METRIC = strawberry.enum_value(
        METRIC, description="Last value of the metric that `metric` names; runs without a finite one sort last."
    )
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of runs.")
class RunOrder:
    field: RunOrderField = strawberry.field(description="Field to sort by.")
    metric: str | None = strawberry.field(
        default=UNSET,
        description="Name of the metric, such as `eval/loss`. Required with METRIC, not allowed otherwise. A metric "
        "that no run has is an error, unless it is one that every training reports, or no run has any metric yet.",
    )
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


def metric_term(part: RunOrder) -> Term | None:
    """Returns the term of an order by a metric; None for an order by a column.

    Raises:
        BadUserInput: the metric is missing, superfluous or malformed.
    """
    metric = given_or_none(part.metric)
    if (part.field is RunOrderField.METRIC) != (metric is not None):
        raise BadUserInput(
            "metric is required with the field METRIC, and not allowed otherwise.", ["orderBy", "metric"]
        )
    if metric is None:
        return None
    require_text(metric, 1, METRIC_MAX_CHARS, ["orderBy", "metric"])
    return Term(last_value(metric), part.direction is OrderDirection.DESC)


async def require_ordering_metrics(session: Session, order_by: Sequence[RunOrder]) -> None:
    """Requires that each metric of an order exists; raises as ``require_metric`` does."""
    for number, part in enumerate(order_by):
        if metric := given_or_none(part.metric):
            await require_metric(session, metric, ["orderBy", number, "metric"])
