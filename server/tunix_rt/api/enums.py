"""The domain's enums in the schema, with the names and the descriptions of their members.

Importing this module makes each enum usable as a field's type: ``strawberry.enum`` annotates the class itself, so that
types and inputs can use the domain's enum, which the type checker knows.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

import strawberry

from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.models.runs import LogStream, RunMode
from tunix_rt.db.models.views import ViewPage
from tunix_rt.domain.datasets.recipes import Strategy
from tunix_rt.domain.datasets.verification import ChangeKind
from tunix_rt.domain.exports.containers import Container, container_types
from tunix_rt.domain.exports.export_shapes import description_of
from tunix_rt.domain.exports.formats import ExportFormat
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.replays.receipts import ReplayVerdict
from tunix_rt.domain.runs.base_models import ModelSource
from tunix_rt.domain.runs.timeline import LOG, METRIC, STATE
from tunix_rt.domain.traces.suggestions import MetaKind
from tunix_rt.errors import ErrorCode
from tunix_rt.integrations.rediai import Reason as RediaiReason
from tunix_rt.integrations.rediai import RediAIMode as RediaiMode
from tunix_rt.integrations.ungar.package import Game
from tunix_rt.trainer.contract import ArtifactKind, FinishReason, Method, Schedule, ValueKind

E = TypeVar("E", bound=enum.Enum)


def describe_enum(kind: type[E], name: str, description: str, members: Mapping[E, str]) -> None:
    """Registers an enum in the schema under a name.

    Raises:
        KeyError: a member has no description.
    """
    entered: type = strawberry.enum(kind, name=name, description=description)
    for value in entered.__dict__["__strawberry_definition__"].values:
        value.description = members[kind[value.name]]


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
    Strategy,
    "DatasetStrategy",
    "Strategy that chooses the members of a dataset from the candidates that its filter matches.",
    {
        Strategy.LATEST: "The first `limit` candidates in `orderBy`: the newest by default.",
        Strategy.RANDOM: "The `limit` candidates whose ids have the lowest hashes under the seed. Stable: a higher "
        "limit only adds members, and a trace's hash does not depend on what else is stored.",
        Strategy.RANDOM_SAMPLE: "The sample that Python's `random.Random(seed).sample` takes from the candidates, "
        "newest first. Adding or removing one candidate changes the whole sample.",
    },
)

describe_enum(
    ChangeKind,
    "DatasetChangeKind",
    "Kind of difference between a dataset and the stored traces.",
    {
        ChangeKind.CHANGED: "The stored content of the member changed: its SHA-256 differs.",
        ChangeKind.DELETED: "The trace was deleted.",
        ChangeKind.NO_LONGER_SELECTED: "The recipe no longer selects this member, for instance after a newer score.",
        ChangeKind.NEWLY_SELECTED: "The recipe selects this trace now, which is not a member.",
        ChangeKind.MOVED: "The recipe puts this member at another position.",
    },
)

describe_enum(
    ExportFormat,
    "ExportFormat",
    "Format of the records of an export.",
    {member: description_of(member) for member in ExportFormat},
)

describe_enum(
    ReasoningTemplate,
    "ReasoningTemplate",
    "Format in which the reasoning and the final answer of a trace are written as one text.",
    {
        ReasoningTemplate.NUMBERED: "`Reasoning:`, the steps numbered from 1, one per line, and `Answer: ` with the "
        "final answer.",
        ReasoningTemplate.PLAIN: "The steps, one per line, and `Answer: ` with the final answer.",
        ReasoningTemplate.THINK: "The steps between `<think>` and `</think>` with blank lines between them, and the "
        "final answer after a blank line.",
        ReasoningTemplate.BOXED: "The steps, one per line, and the final answer in `\\boxed{}`.",
        ReasoningTemplate.ANSWER: "The steps, one per line, and the final answer between `<answer>` and `</answer>`.",
    },
)

describe_enum(
    Container,
    "ExportContainer",
    "File format of an export.",
    {member: container_types()[member].description for member in Container},
)

describe_enum(
    RunMode,
    "RunMode",
    "Whether a run trains, or only checks its inputs.",
    {
        RunMode.DRY_RUN: "Validates model, dataset and parameters and counts records, tokens and steps. Trains "
        "nothing.",
        RunMode.TRAIN: "Trains the model.",
    },
)

describe_enum(
    Method,
    "RunMethod",
    "Training method.",
    {
        Method.SFT: "Supervised fine-tuning of all weights.",
        Method.LORA: "Supervised fine-tuning of low-rank adapters (LoRA). The weights of the base model are frozen.",
        Method.DPO: "Direct preference optimization on pairs of a better and a worse answer to one prompt; see "
        "`preference`. Trains all weights, or adapters if `lora` is given.",
        Method.GRPO: "Group relative policy optimization: the policy answers prompts while it trains, and learns from "
        "the rewards of its answers; see `GrpoInput`.",
    },
)

describe_enum(
    ReplayVerdict,
    "ReplayVerdict",
    "Result of the comparison of a replay with its original.",
    {
        ReplayVerdict.EQUAL: "The weights are equal at every step that both have.",
        ReplayVerdict.EQUAL_UNTIL: "The weights are equal up to `step` and differ later.",
        ReplayVerdict.DIFFERENT: "The weights differ from the first checkpoint on.",
    },
)

describe_enum(
    MetaKind,
    "MetaKind",
    "Kind of a metadata value, as filters distinguish it.",
    {
        MetaKind.STRING: "A string.",
        MetaKind.NUMBER: "A number.",
        MetaKind.BOOLEAN: "`true` or `false`.",
        MetaKind.NULL: "Null.",
        MetaKind.LIST: "A list; `contains` finds its elements.",
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
    Schedule,
    "LearningRateSchedule",
    "Learning rate schedule after warmup.",
    {
        Schedule.CONSTANT: "Stays at its peak.",
        Schedule.LINEAR: "Decays linearly to 0 at the last step.",
        Schedule.COSINE: "Decays to 0 at the last step along a half cosine.",
    },
)

describe_enum(
    LogStream,
    "RunLogStream",
    "Output stream of a run's process.",
    {
        LogStream.STDOUT: "Standard output: progress reported by the trainer.",
        LogStream.STDERR: "Standard error: output of libraries, warnings and errors.",
    },
)

describe_enum(
    ValueKind,
    "RunValueKind",
    "Kind of floating-point value. JSON can only represent finite ones.",
    {
        ValueKind.FINITE: "A finite number.",
        ValueKind.NAN: "NaN, not a number: the computation diverged.",
        ValueKind.POSITIVE_INFINITY: "Positive infinity.",
        ValueKind.NEGATIVE_INFINITY: "Negative infinity.",
    },
)

describe_enum(
    ArtifactKind,
    "RunArtifactKind",
    "Kind of artifact.",
    {
        ArtifactKind.MANIFEST: "The manifest that the run was started with.",
        ArtifactKind.LOG: "Complete log output of the run.",
        ArtifactKind.EVENTS: "Events reported by the trainer, one JSON object per line.",
        ArtifactKind.WEIGHTS: "Weights of the trained model, in safetensors format.",
        ArtifactKind.ADAPTER: "Weights of the trained LoRA adapter, in safetensors format.",
        ArtifactKind.TOKENIZER: "Tokenizer of the model.",
        ArtifactKind.CONFIG: "Configuration of the model.",
        ArtifactKind.CARD: "Model card: base model, dataset, parameters and results.",
        ArtifactKind.CHECKPOINT: "Checkpoint folder from which training can resume.",
        ArtifactKind.OTHER: "Any other file.",
    },
)

describe_enum(
    FinishReason,
    "FinishReason",
    "Reason why a generated answer ended.",
    {
        FinishReason.STOP: "The model generated its end token.",
        FinishReason.LENGTH: "The maximum number of tokens was generated.",
    },
)

describe_enum(
    ModelSource,
    "BaseModelSource",
    "Origin of a base model.",
    {
        ModelSource.TINY_RANDOM: "Created for the run, with random weights and a tokenizer trained on the dataset. "
        "For trying things out.",
        ModelSource.FOLDER: "A folder in the models folder, in Hugging Face layout.",
        ModelSource.RUN: "A model exported by a training run: `run:` followed by the name of the run's folder.",
    },
)

describe_enum(
    RediaiMode,
    "RediaiMode",
    "Whether RediAI is queried.",
    {
        RediaiMode.MOCK: "RediAI is not queried and counts as healthy.",
        RediaiMode.REAL: "RediAI is queried.",
    },
)

describe_enum(
    RediaiReason,
    "RediaiReason",
    "Reason that RediAI is reported as DOWN.",
    {
        RediaiReason.TIMEOUT: "No response within 5 seconds.",
        RediaiReason.CONNECTION_REFUSED: "The connection failed: it was refused, or the host was not found.",
        RediaiReason.HTTP_STATUS: "The response's status was not 2xx; `message` has the status. Redirects are not "
        "followed.",
        RediaiReason.HTTP_ERROR: "The response was not valid HTTP, or was cut off.",
        RediaiReason.UNEXPECTED: "Another error; `message` has its name.",
    },
)

describe_enum(
    Game,
    "UngarGame",
    "Card games of the UNGAR package.",
    {
        Game.HIGH_CARD_DUEL: "Two players draw one card each and the higher card wins; aces are high.",
        Game.SPADES_MINI: "Two players hold five cards each; spades are trumps.",
        Game.GIN_RUMMY: "Gin rummy. Random play rarely finishes; an episode that takes more than 490 moves is an "
        "error.",
    },
)

describe_enum(
    KeyScope,
    "KeyScope",
    "Permission of an API key.",
    {
        KeyScope.READ: "Read everything but keys.",
        KeyScope.WRITE: "Create and delete traces, scores, datasets, exports, views, rubrics and protected sets. "
        "Includes `READ`.",
        KeyScope.RUN: "Start, change and delete runs, generations and evaluations. Includes `READ`.",
        KeyScope.ADMIN: "Manage keys. Includes all other scopes.",
    },
)


describe_enum(
    AuditOutcome,
    "AuditOutcome",
    "Outcome of an action in the audit log.",
    {AuditOutcome.DONE: "The action was carried out.", AuditOutcome.REFUSED: "The client's key lacked a scope."},
)


@strawberry.enum(description="Kind of run event.")
class RunEventKind(enum.Enum):
    STATE = strawberry.enum_value(STATE, description="A change of status or progress: a `RunState`.")
    LOG = strawberry.enum_value(LOG, description="A line of the log: a `RunLogLine`.")
    METRIC = strawberry.enum_value(METRIC, description="A value of a metric: a `RunMetricPoint`.")
