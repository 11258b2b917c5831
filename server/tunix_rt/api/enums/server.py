"""The enums of errors, jobs, keys and views in the schema."""

from __future__ import annotations

from tunix_rt.api.enums.describing import describe_enum
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.models.views import ViewPage
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import ErrorCode

describe_enum(
    ErrorCode,
    "ErrorCode",
    "Kind of error. Also in `extensions.code` of top-level errors.",
    {
        ErrorCode.UNAUTHENTICATED: "The API key is missing, unknown, revoked or expired.",
        ErrorCode.FORBIDDEN: "The request is not allowed: the API key lacks a scope, or `Host` or `Origin` is foreign.",
        ErrorCode.BAD_ID: "An id is malformed or belongs to an object of another type.",
        ErrorCode.BAD_CURSOR: "A cursor is malformed or belongs to another list or sort order.",
        ErrorCode.BAD_USER_INPUT: "A value or the GraphQL document is invalid; the message names the limit.",
        ErrorCode.NOT_FOUND: "The requested object does not exist.",
        ErrorCode.TOO_COSTLY: "The request exceeds a limit on the work of one request; see `serverInfo.limits`.",
        ErrorCode.RATE_LIMITED: "The API key has used up its points for the minute, or has too many operations open; "
        "`extensions.retryAfterSeconds` is the time to wait, if it is known.",
        ErrorCode.TRAINER_FAILED: "The trainer of a run failed, was killed, or exited without reporting a result.",
        ErrorCode.SCORER_FAILED: "A scorer raised an exception, or its process or endpoint failed.",
        ErrorCode.TIMEOUT: "The request or job exceeded its time limit.",
        ErrorCode.CONFLICT: "The request conflicts with stored data or with the current state of an object.",
        ErrorCode.UNAVAILABLE: "A system that the server depends on cannot be reached at present; the same request "
        "may succeed later. In a payload: an optional package is not installed; the message has the install command.",
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: "The server has no persisted document with this hash; send its text "
        "as `query`.",
        ErrorCode.INTERNAL: "An unexpected error of the server. Its log has the details under `extensions.requestId`.",
    },
)

describe_enum(
    JobStatus,
    "JobStatus",
    "Status of a job. All but PENDING and RUNNING are final unless the job is retried.",
    {
        JobStatus.PENDING: "Waiting for a worker.",
        JobStatus.RUNNING: "In progress.",
        JobStatus.COMPLETED: "Finished successfully.",
        JobStatus.FAILED: "Finished with an error; see `error`.",
        JobStatus.TIMEOUT: "Stopped because it exceeded its time limit.",
        JobStatus.CANCELLED: "Cancelled by a user.",
    },
)

describe_enum(
    JobKindName,
    "JobKind",
    "Kind of job.",
    {
        JobKindName.DATASET: "Build of a large dataset.",
        JobKindName.DRY_RUN: "Check of a training run without training.",
        JobKindName.EVALUATION: "Evaluation of candidates.",
        JobKindName.EXPORT: "Export to a file.",
        JobKindName.GENERATION: "Generation of answers by a model.",
        JobKindName.RUN: "Training run.",
    },
)

describe_enum(
    ViewPage,
    "SavedViewPage",
    "A page of the web client that can have saved views.",
    {
        ViewPage.TRACES: "The list of traces.",
        ViewPage.DATASETS: "The list of datasets.",
        ViewPage.RUNS: "The table of training runs.",
        ViewPage.REVIEW: "The review queue.",
    },
)

describe_enum(
    KeyScope,
    "KeyScope",
    "Permission of an API key.",
    {
        KeyScope.READ: "Read everything except API keys and the audit log.",
        KeyScope.WRITE: "Create and delete traces, scores, datasets, exports, views, rubrics and protected sets. "
        "Includes `READ`.",
        KeyScope.RUN: "Start, change and delete runs, generations and evaluations. Includes `READ`.",
        KeyScope.ADMIN: "Manage API keys and read the audit log. Includes all other scopes.",
    },
)

describe_enum(
    AuditOutcome,
    "AuditOutcome",
    "Outcome of an action in the audit log.",
    {AuditOutcome.DONE: "The action was carried out.", AuditOutcome.REFUSED: "The client's key lacked a scope."},
)
