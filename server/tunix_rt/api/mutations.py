"""The root type of mutations."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import ADMIN, READ, RUN, WRITE
from tunix_rt.api.contamination.mutations import (
    CreateProtectedSetPayload,
    DeleteProtectedSetPayload,
    create_protected_set,
    delete_protected_set,
)
from tunix_rt.api.datasets.mutations import (
    CancelDatasetPayload,
    CreateDatasetPayload,
    DeleteDatasetPayload,
    RetryDatasetPayload,
    SplitDatasetPayload,
    VerifyDatasetPayload,
    cancel_dataset,
    create_dataset,
    delete_dataset,
    retry_dataset,
    split_dataset,
    verify_dataset,
)
from tunix_rt.api.evaluations.mutations import (
    CancelEvaluationPayload,
    CreateEvaluationPayload,
    DeleteEvaluationPayload,
    RetryEvaluationPayload,
    cancel_evaluation,
    create_evaluation,
    delete_evaluation,
    retry_evaluation,
)
from tunix_rt.api.exports.mutations import (
    CancelExportPayload,
    DeleteExportPayload,
    RetryExportPayload,
    StartExportPayload,
    cancel_export,
    delete_export,
    retry_export,
    start_export,
)
from tunix_rt.api.generations.mutations import (
    CancelGenerationPayload,
    DeleteGenerationPayload,
    RetryGenerationPayload,
    StartGenerationPayload,
    cancel_generation,
    delete_generation,
    retry_generation,
    start_generation,
)
from tunix_rt.api.keys.mutations import (
    CreateKeyPayload,
    RevokeKeyPayload,
    RotateKeyPayload,
    create_key,
    revoke_key,
    rotate_key,
)
from tunix_rt.api.rubrics.mutations import (
    CreateRubricPayload,
    DeleteRubricPayload,
    create_rubric,
    delete_rubric,
)
from tunix_rt.api.runs.external import (
    AppendRunEventsPayload,
    FinishRunPayload,
    RegisterRunPayload,
    append_run_events,
    finish_run,
    register_run,
)
from tunix_rt.api.runs.manifest import GenerateManifestPayload, generate_manifest
from tunix_rt.api.runs.mutations import (
    CancelRunPayload,
    DeleteRunPayload,
    ReplayRunPayload,
    RetryRunPayload,
    StartRunPayload,
    UpdateRunPayload,
    cancel_run,
    delete_run,
    replay_run,
    retry_run,
    start_run,
    update_run,
)
from tunix_rt.api.scores.deletion import DeleteScoresPayload, delete_scores
from tunix_rt.api.scores.mutations import (
    CreateScorePayload,
    CreateScoresPayload,
    create_score,
    create_scores,
)
from tunix_rt.api.traces.mutations import (
    CreateTracePayload,
    CreateTracesPayload,
    DeleteTracesPayload,
    create_trace,
    create_traces,
    delete_traces,
)
from tunix_rt.api.traces.samples import ImportSamplesPayload, import_samples
from tunix_rt.api.traces.scoring import ScoreTracesPayload, score_traces
from tunix_rt.api.traces.ungar import GenerateUngarTracesPayload, generate_ungar_traces
from tunix_rt.api.views.mutations import (
    CreateSavedViewPayload,
    DeleteSavedViewPayload,
    create_saved_view,
    delete_saved_view,
)


@strawberry.type(
    description="Operations that change data. Errors that the caller can correct are in `errors` of the payload."
)
class Mutation:
    create_trace: CreateTracePayload = strawberry.field(
        directives=[WRITE], resolver=create_trace, description="Stores a trace."
    )
    create_traces: CreateTracesPayload = strawberry.field(
        directives=[WRITE], resolver=create_traces, description="Stores 1 to 1,000 traces, all or none."
    )
    import_samples: ImportSamplesPayload = strawberry.field(
        directives=[WRITE],
        resolver=import_samples,
        description="Imports the sample traces that are bundled with the server, for trying things out. Samples that "
        "are stored already are skipped.",
    )
    delete_traces: DeleteTracesPayload = strawberry.field(
        directives=[WRITE],
        resolver=delete_traces,
        description="Deletes traces and their scores permanently. All or none.",
    )
    score_traces: ScoreTracesPayload = strawberry.field(
        directives=[WRITE],
        resolver=score_traces,
        description="Scores traces with a scorer of the server. Earlier scores are kept. Large selections take "
        "several requests.",
    )
    create_score: CreateScorePayload = strawberry.field(
        directives=[WRITE],
        resolver=create_score,
        description="Stores the score that a person or a model gives to a trace or to one of its steps.",
    )
    create_scores: CreateScoresPayload = strawberry.field(
        directives=[WRITE],
        resolver=create_scores,
        description="Stores 1 to 1,000 scores that people or models give to traces or to their steps, all or none.",
    )
    delete_scores: DeleteScoresPayload = strawberry.field(
        directives=[WRITE],
        resolver=delete_scores,
        description="Deletes scores that people gave by mistake, permanently; all or none. An older score of the same "
        "scorer, if there is one, becomes the latest again. Scores by code and models cannot be deleted: a newer one "
        "supersedes them. Deleting a score that was given with another API key requires the scope `ADMIN`.",
    )
    create_dataset: CreateDatasetPayload = strawberry.field(
        directives=[WRITE],
        resolver=create_dataset,
        description="Creates a dataset from a selection of the stored traces. A large dataset is built by a "
        "background job; poll `dataset` until it is COMPLETED.",
    )
    split_dataset: SplitDatasetPayload = strawberry.field(
        directives=[WRITE],
        resolver=split_dataset,
        description="Splits a dataset into parts, such as `train` and `test`, each of which is a dataset. Traces with "
        "the same prompt go into the same part, so that parts do not leak into each other.",
    )
    verify_dataset: VerifyDatasetPayload = strawberry.field(
        directives=[READ],
        resolver=verify_dataset,
        description="Checks a dataset against the stored traces, member by member, and derives its recipe again.",
    )
    cancel_dataset: CancelDatasetPayload = strawberry.field(
        directives=[WRITE],
        resolver=cancel_dataset,
        description="Cancels the build of a dataset. A pending one is cancelled at once, a running one within seconds.",
    )
    retry_dataset: RetryDatasetPayload = strawberry.field(
        directives=[WRITE],
        resolver=retry_dataset,
        description="Builds a failed, timed out or cancelled dataset again from its recipe.",
    )
    delete_dataset: DeleteDatasetPayload = strawberry.field(
        directives=[WRITE],
        resolver=delete_dataset,
        description="Deletes a dataset; its traces are kept. Fails while the dataset is being built or a run refers "
        "to it.",
    )
    start_run: StartRunPayload = strawberry.field(
        directives=[RUN],
        resolver=start_run,
        description="Starts a training run or a dry run. Returns at once unless `wait` is true; follow the run with "
        "`runEvents` or poll `run`.",
    )
    cancel_run: CancelRunPayload = strawberry.field(
        directives=[RUN],
        resolver=cancel_run,
        description="Cancels a pending or running run. Training saves a checkpoint before it stops.",
    )
    update_run: UpdateRunPayload = strawberry.field(
        directives=[RUN], resolver=update_run, description="Sets the tags and the notes of a run, in any status."
    )
    retry_run: RetryRunPayload = strawberry.field(
        directives=[RUN],
        resolver=retry_run,
        description="Retries a failed, timed out or cancelled run, which resumes from its last checkpoint.",
    )
    replay_run: ReplayRunPayload = strawberry.field(
        directives=[RUN],
        resolver=replay_run,
        description="Repeats a completed training run as a new run with the same parameters and data, to check whether "
        "it yields the same weights; `Run.replay` has the comparison.",
    )
    delete_run: DeleteRunPayload = strawberry.field(
        directives=[RUN],
        resolver=delete_run,
        description="Deletes a run with its logs, metrics and artifacts permanently. Fails while it is running.",
    )
    register_run: RegisterRunPayload = strawberry.field(
        directives=[RUN],
        resolver=register_run,
        description="Registers a run that is trained elsewhere, by a program that reports metrics and log lines with "
        "`appendRunEvents`, and the final status with `finishRun`.",
    )
    append_run_events: AppendRunEventsPayload = strawberry.field(
        directives=[RUN],
        resolver=append_run_events,
        description="Appends a numbered batch of metrics and log lines to an external run. A batch that is sent again "
        "is stored once.",
    )
    finish_run: FinishRunPayload = strawberry.field(
        directives=[RUN], resolver=finish_run, description="Records the final status of an external run."
    )
    generate_ungar_traces: GenerateUngarTracesPayload = strawberry.field(
        directives=[WRITE],
        resolver=generate_ungar_traces,
        description="Generates traces by random play of UNGAR's card games and stores them, all or none.",
    )
    start_export: StartExportPayload = strawberry.field(
        directives=[WRITE],
        resolver=start_export,
        description="Starts an export of traces to a file and returns at once. Follow it with `exportEvents` or poll "
        "`export`.",
    )
    cancel_export: CancelExportPayload = strawberry.field(
        directives=[WRITE],
        resolver=cancel_export,
        description="Cancels an export. A pending one is cancelled at once, a running one within seconds.",
    )
    retry_export: RetryExportPayload = strawberry.field(
        directives=[WRITE], resolver=retry_export, description="Restarts a failed, timed out or cancelled export."
    )
    delete_export: DeleteExportPayload = strawberry.field(
        directives=[WRITE],
        resolver=delete_export,
        description="Deletes an export with its file and events. Fails while it is running.",
    )
    create_evaluation: CreateEvaluationPayload = strawberry.field(
        directives=[RUN],
        resolver=create_evaluation,
        description="Compares candidates on the prompts of a dataset by a scorer, and freezes the result. Returns at "
        "once; follow the evaluation with `evaluationEvents` or poll `evaluation`.",
    )
    start_generation: StartGenerationPayload = strawberry.field(
        directives=[RUN],
        resolver=start_generation,
        description="Starts a generation: a model answers prompts, and each answer is stored as a trace. Returns at "
        "once unless `wait` is true; follow the generation with `generationEvents` or poll `generation`.",
    )
    cancel_generation: CancelGenerationPayload = strawberry.field(
        directives=[RUN],
        resolver=cancel_generation,
        description="Cancels a generation. A pending one is cancelled at once, a running one after its current batch. "
        "Its answers are kept.",
    )
    retry_generation: RetryGenerationPayload = strawberry.field(
        directives=[RUN],
        resolver=retry_generation,
        description="Resumes a failed, timed out or cancelled generation: the missing answers are generated.",
    )
    delete_generation: DeleteGenerationPayload = strawberry.field(
        directives=[RUN],
        resolver=delete_generation,
        description="Deletes a generation with its events. Its answers are kept. Fails while it is running.",
    )
    cancel_evaluation: CancelEvaluationPayload = strawberry.field(
        directives=[RUN],
        resolver=cancel_evaluation,
        description="Cancels an evaluation. A pending one is cancelled at once, a running one within seconds.",
    )
    retry_evaluation: RetryEvaluationPayload = strawberry.field(
        directives=[RUN], resolver=retry_evaluation, description="Restarts a failed, timed out or cancelled evaluation."
    )
    delete_evaluation: DeleteEvaluationPayload = strawberry.field(
        directives=[RUN],
        resolver=delete_evaluation,
        description="Deletes an evaluation with its results and events; traces and scores are kept. Fails while it is "
        "running.",
    )
    create_saved_view: CreateSavedViewPayload = strawberry.field(
        directives=[WRITE],
        resolver=create_saved_view,
        description="Saves a view of a page of the web client. Fails if another view of the page has the name.",
    )
    delete_saved_view: DeleteSavedViewPayload = strawberry.field(
        directives=[WRITE], resolver=delete_saved_view, description="Deletes a saved view."
    )
    create_protected_set: CreateProtectedSetPayload = strawberry.field(
        directives=[WRITE],
        resolver=create_protected_set,
        description="Registers prompts that no training data may contain; only their hashes and signatures are stored. "
        "`startRun` compares its training data with all protected sets. Fails if another protected set has the name.",
    )
    delete_protected_set: DeleteProtectedSetPayload = strawberry.field(
        directives=[WRITE], resolver=delete_protected_set, description="Deletes a protected set."
    )
    create_rubric: CreateRubricPayload = strawberry.field(
        directives=[WRITE],
        resolver=create_rubric,
        description="Stores a rubric for reviews. Fails if another rubric has the name.",
    )
    delete_rubric: DeleteRubricPayload = strawberry.field(
        directives=[WRITE],
        resolver=delete_rubric,
        description="Deletes a rubric; scores that were given by it are kept.",
    )
    generate_manifest: GenerateManifestPayload = strawberry.field(
        directives=[WRITE],
        resolver=generate_manifest,
        description="Generates the trainer's manifest for a dataset. If the dataset has no current export, one is "
        "started.",
    )
    create_key: CreateKeyPayload = strawberry.field(
        resolver=create_key,
        directives=[ADMIN],
        description="Creates an API key. As soon as there is a key, every request needs one. Fails if another key has "
        "the name.",
    )
    revoke_key: RevokeKeyPayload = strawberry.field(
        resolver=revoke_key,
        directives=[ADMIN],
        description="Revokes an API key permanently. This server refuses it at once, others refuse it within five "
        "seconds; streams that use it end.",
    )
    rotate_key: RotateKeyPayload = strawberry.field(
        resolver=rotate_key,
        directives=[ADMIN],
        description="Replaces the secret of an API key. The old secret is refused as if the key were revoked.",
    )
