"""The mutations."""

from __future__ import annotations

import strawberry

from tunix_rt.api.datasets.mutations import (
    CancelDatasetPayload,
    CreateDatasetPayload,
    DeleteDatasetPayload,
    RetryDatasetPayload,
    SplitDatasetPayload,
    VerifyDatasetPayload,
    again_dataset,
    create_dataset,
    end_dataset,
    remove_dataset,
    split_dataset,
    verify_dataset,
)
from tunix_rt.api.exports.mutations import (
    CancelExportPayload,
    DeleteExportPayload,
    RetryExportPayload,
    StartExportPayload,
    again_export,
    end_export,
    remove_export,
    start_export,
)
from tunix_rt.api.runs.manifest import TunixManifestPayload, tunix_manifest
from tunix_rt.api.runs.mutations import (
    CancelTunixRunPayload,
    DeleteTunixRunPayload,
    RetryTunixRunPayload,
    StartTunixRunPayload,
    again_run,
    end_run,
    remove_run,
    start_run,
)
from tunix_rt.api.scores.mutations import CreateScorePayload, ScoreTracesPayload, create_score, score_many
from tunix_rt.api.traces.mutations import (
    CreateTracePayload,
    CreateTracesPayload,
    DeleteTracesPayload,
    create_trace,
    create_traces,
    remove_traces,
)
from tunix_rt.api.traces.ungar import GenerateUngarTracesPayload, generate_ungar_traces


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
    create_dataset: CreateDatasetPayload = strawberry.field(
        resolver=create_dataset,
        description="Freezes a selection of traces, made over all that are stored, as a dataset that never changes. "
        "A large one is built by a process of its own.",
    )
    split_dataset: SplitDatasetPayload = strawberry.field(
        resolver=split_dataset,
        description="Splits a dataset into parts, each a dataset of its own; all traces of a prompt go into one part.",
    )
    verify_dataset: VerifyDatasetPayload = strawberry.field(
        resolver=verify_dataset,
        description="Compares a dataset with what is stored now, member by member, and derives its recipe again.",
    )
    cancel_dataset: CancelDatasetPayload = strawberry.field(
        resolver=end_dataset,
        description="Cancels the building of a dataset: at once if it waits; one that is built ends within a second or "
        "two.",
    )
    retry_dataset: RetryDatasetPayload = strawberry.field(
        resolver=again_dataset,
        description="Builds a dataset from its recipe again that failed, timed out or was cancelled.",
    )
    delete_dataset: DeleteDatasetPayload = strawberry.field(
        resolver=remove_dataset,
        description="Deletes a dataset; its traces stay. Refused while it is built, or a run refers to it.",
    )
    start_tunix_run: StartTunixRunPayload = strawberry.field(
        resolver=start_run,
        description="Starts a run, which checks or trains in its own time: follow it with `tunixRunEvents`, or ask for "
        "`tunixRun`. With `wait: true` it answers when the run has ended.",
    )
    cancel_tunix_run: CancelTunixRunPayload = strawberry.field(
        resolver=end_run, description="Ends a run that waits or runs; one that trains saves a checkpoint first."
    )
    retry_tunix_run: RetryTunixRunPayload = strawberry.field(
        resolver=again_run,
        description="Lets a run that failed, timed out or was cancelled go on from its last checkpoint.",
    )
    delete_tunix_run: DeleteTunixRunPayload = strawberry.field(
        resolver=remove_run,
        description="Deletes a run with all that it said and made. Refused while it runs. There is no way back.",
    )
    generate_ungar_traces: GenerateUngarTracesPayload = strawberry.field(
        resolver=generate_ungar_traces,
        description="Plays card games of UNGAR's at random, and stores a trace of each, all or none.",
    )
    start_export: StartExportPayload = strawberry.field(
        resolver=start_export,
        description="Starts to write traces to a file, and answers at once; `exportEvents` tells how it goes on.",
    )
    cancel_export: CancelExportPayload = strawberry.field(
        resolver=end_export,
        description="Cancels an export: at once if it waits; one that runs ends within a second or two.",
    )
    retry_export: RetryExportPayload = strawberry.field(
        resolver=again_export, description="Lets an export that failed, timed out or was cancelled begin again."
    )
    delete_export: DeleteExportPayload = strawberry.field(
        resolver=remove_export, description="Deletes an export with its file and its events. Refused while it runs."
    )
    tunix_manifest: TunixManifestPayload = strawberry.field(
        resolver=tunix_manifest,
        description="Gives the manifest of a training on a dataset, which is exported first where no export is there.",
    )
