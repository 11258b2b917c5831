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
from tunix_rt.api.filtering.scores import ScoresRelation


@strawberry.input(description="Which traces: every condition given must hold.")
class TraceWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Trace"}

    and_: list[TraceWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[TraceWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: TraceWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The trace's id.")
    created_at: DateTimeFilter | None = op("When it was stored.")
    trace_version: StringFilter | None = op("The version of the trace's format.")
    source: StringFilter | None = op("Where it comes from.")
    external_id: StringFilter | None = op("Its name where it comes from.")
    step_count: IntFilter | None = op("How many steps it has.")
    char_count: IntFilter | None = op("Characters of prompt, final answer and all steps together.")
    prompt_preview: StringFilter | None = op("The prompt's first 200 characters.")
    final_answer_preview: StringFilter | None = op("The final answer's first 200 characters.")
    prompt_hash: StringFilter | None = op("sha256 of the prompt, in hex.")
    content_hash: StringFilter | None = op("sha256 of the whole trace and its external id, in hex.")
    meta: list[MetaFilter] | None = op("Values inside the metadata; all of these hold.")
    scores: ScoresRelation | None = op("The trace's scores.")
    datasets: DatasetsRelation | None = op("The datasets that the trace is in.")
    search: str | None = op(
        "Words that all occur in the prompt, the steps or the answer, in any case; a term with punctuation inside, "
        "such as `48/2`, is a phrase. In Chinese, Japanese and Thai any part of a text is found. The first 100,000 "
        "characters of a trace are searched."
    )
