"""The mutations."""

from __future__ import annotations

import strawberry

from tunix_rt.api.score_mutations import CreateScorePayload, ScoreTracesPayload, create_score, score_many
from tunix_rt.api.trace_mutations import (
    CreateTracePayload,
    CreateTracesPayload,
    DeleteTracesPayload,
    create_trace,
    create_traces,
    remove_traces,
)


@strawberry.type(description="Everything that can be changed. What the user can mend is answered in `errors`.")
class Mutation:
    create_trace: CreateTracePayload = strawberry.field(resolver=create_trace, description="Stores one trace.")
    create_traces: CreateTracesPayload = strawberry.field(
        resolver=create_traces, description="Stores 1 to 1000 traces, all or none, in input order."
    )
    delete_traces: DeleteTracesPayload = strawberry.field(
        resolver=remove_traces, description="Deletes traces with their scores. There is no way back."
    )
    score_traces: ScoreTracesPayload = strawberry.field(
        resolver=score_many,
        description="Scores traces with a scorer of the server, in batches of 500; appends, never overwrites.",
    )
    create_score: CreateScorePayload = strawberry.field(
        resolver=create_score, description="Stores a person's or a model's judgement of a trace or of one of its steps."
    )
