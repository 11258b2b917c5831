"""Filters of traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.datasets import DatasetsRelation
from tunix_rt.api.filtering.operators import (
    DateTimeFilter,
    IdFilter,
    IntFilter,
    MetaFilter,
    StringFilter,
    Where,
    op,
)
from tunix_rt.api.filtering.origins import TraceOriginWhere
from tunix_rt.api.filtering.scores import ScoresRelation


@strawberry.input(description="Filters traces. All given conditions must hold; `{}` matches every trace.")
class TraceWhere(Where):
    SEARCHES_WORDS: ClassVar[bool] = True
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Trace"}

    and_: list[TraceWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[TraceWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: TraceWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The trace's `id` or `uuid`.")
    created_at: DateTimeFilter | None = op("Time at which the trace was stored.")
    trace_version: StringFilter | None = op("Version of the trace format.")
    source: StringFilter | None = op("Collection that the trace comes from.")
    external_id: StringFilter | None = op("Identifier of the trace in the system it comes from.")
    reference_answer: StringFilter | None = op("Reference answer. Not indexed.")
    group: StringFilter | None = op("Group of the trace; its `promptHash` if no group was given.")
    step_count: IntFilter | None = op("Number of steps.")
    char_count: IntFilter | None = op("Number of characters in the prompt, the final answer and all steps.")
    prompt_preview: StringFilter | None = op("First 200 characters of the prompt.")
    final_answer_preview: StringFilter | None = op("First 200 characters of the final answer.")
    prompt_hash: StringFilter | None = op("SHA-256 of the prompt, in hexadecimal.")
    content_hash: StringFilter | None = op("SHA-256 of the whole trace and its `externalId`, in hexadecimal.")
    meta: list[MetaFilter] | None = op("Conditions on metadata values; all of them must hold.")
    scores: ScoresRelation | None = op("Conditions on the trace's scores.")
    produced_by: TraceOriginWhere | None = op("Conditions on the model that generated the trace.")
    datasets: DatasetsRelation | None = op("Conditions on the datasets that contain the trace.")
    search: str | None = op(
        "Full-text search in prompt, steps and final answer, case-insensitive: every term must occur. A term with "
        "punctuation inside, such as `48/2`, is a phrase. In Chinese, Japanese and Thai any substring is found. "
        "Covers the first 100,000 characters of a trace."
    )
