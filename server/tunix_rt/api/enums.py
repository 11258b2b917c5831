"""The domain's enums in the schema: every name and every member's description, written once.

Importing this module makes each enum usable as a field's type: ``strawberry.enum`` annotates the class itself, so that
types and inputs name the domain's enum, and the type checker knows it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeVar

import strawberry

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import ArtifactKind, LogStream, RunMethod, RunMode, ValueKind
from tunix_rt.domain.datasets.recipes import Strategy
from tunix_rt.domain.datasets.verification import ChangeKind
from tunix_rt.domain.exports.containers import Container, packagings
from tunix_rt.domain.exports.formats import ExportFormat, renderings
from tunix_rt.domain.runs.base_models import ModelSource
from tunix_rt.domain.runs.manifest import Schedule
from tunix_rt.domain.runs.timeline import LOG, METRIC, STATE
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.errors import ErrorCode
from tunix_rt.integrations.rediai import Mode as RediaiMode
from tunix_rt.integrations.rediai import Reason as RediaiReason
from tunix_rt.integrations.ungar.package import Game

E = TypeVar("E", bound=enum.Enum)


def describe_enum(kind: type[E], name: str, description: str, members: Mapping[E, str]) -> None:
    """Enters an enum in the schema under a name.

    Raises:
        KeyError: a member has no description.
    """
    entered: type = strawberry.enum(kind, name=name, description=description)
    for value in entered.__dict__["__strawberry_definition__"].values:
        value.description = members[kind[value.name]]


describe_enum(
    ErrorCode,
    "ErrorCode",
    "What kind of error it is; also in `extensions.code` of top-level errors.",
    {
        ErrorCode.UNAUTHENTICATED: "No key, or one that is not valid.",
        ErrorCode.FORBIDDEN: "Refused, whoever asks in this way.",
        ErrorCode.BAD_ID: "An id is malformed, or of another type than asked for.",
        ErrorCode.BAD_CURSOR: "A cursor is malformed, or of another list or order.",
        ErrorCode.BAD_USER_INPUT: "A value or the document itself is wrong; the message names the limit.",
        ErrorCode.NOT_FOUND: "What was named does not exist.",
        ErrorCode.TOO_COSTLY: "More is asked for than one request may.",
        ErrorCode.RATE_LIMITED: "Too many requests in a short time.",
        ErrorCode.TRAINER_FAILED: "The trainer of a run failed inside, was killed, or ended without a word.",
        ErrorCode.TIMEOUT: "It took longer than one request may.",
        ErrorCode.CONFLICT: "It contradicts what is stored already.",
        ErrorCode.UNAVAILABLE: "A system behind the server cannot be reached now, and the same request may succeed "
        "later. In a payload: an optional package is not installed, and the message has the line that installs it.",
        ErrorCode.INTERNAL: "An error of the server; its log has more under the request id.",
    },
)

describe_enum(
    JobStatus,
    "JobStatus",
    "Where a job is; all but the first two are ends.",
    {
        JobStatus.PENDING: "It waits for a process.",
        JobStatus.RUNNING: "A process works on it.",
        JobStatus.COMPLETED: "It is done.",
        JobStatus.FAILED: "It could not be done; `error` says why.",
        JobStatus.TIMEOUT: "It took longer than it may.",
        JobStatus.CANCELLED: "A user ended it.",
    },
)

describe_enum(
    ScoreKind,
    "ScoreKind",
    "Who gave a score.",
    {
        ScoreKind.CODE: "A scorer of the server: the same trace always gets the same score.",
        ScoreKind.MODEL: "A model's judgement.",
        ScoreKind.HUMAN: "A person's judgement.",
    },
)

describe_enum(
    Strategy,
    "DatasetStrategy",
    "Which of the traces that a filter matches become members.",
    {
        Strategy.LATEST: "The first `limit` in `orderBy`, newest first unless ordered otherwise.",
        Strategy.RANDOM: "The `limit` traces whose ids hash lowest under the seed: the same ones whatever else is "
        "stored, and a larger limit only adds to them.",
        Strategy.RANDOM_SAMPLE: "What Python's `random.Random(seed).sample` takes of the newest-first list: one more "
        "trace in the selection changes it.",
    },
)

describe_enum(
    ChangeKind,
    "DatasetChangeKind",
    "What became of a trace since the dataset was built.",
    {
        ChangeKind.CHANGED: "The stored trace is not the one that became a member: its sha256 differs.",
        ChangeKind.DELETED: "The trace was deleted.",
        ChangeKind.LEFT: "The recipe would not select this member again, after a new score for instance.",
        ChangeKind.ENTERED: "The recipe would select this trace now, which is no member.",
        ChangeKind.MOVED: "The recipe would put this member in another place.",
    },
)

describe_enum(
    ExportFormat,
    "ExportFormat",
    "What the records of an export look like.",
    {member: renderings()[member].description for member in ExportFormat},
)

describe_enum(
    Container,
    "ExportContainer",
    "What the file of an export is.",
    {member: packagings()[member].description for member in Container},
)

describe_enum(
    RunMode,
    "TunixRunMode",
    "Whether a run only checks, or trains.",
    {
        RunMode.DRY_RUN: "Checks that it could train, and counts what training would see; trains nothing.",
        RunMode.LOCAL: "Trains, in a process on a machine of the server's.",
    },
)

describe_enum(
    RunMethod,
    "TunixRunMethod",
    "What of a model is trained.",
    {
        RunMethod.SFT: "Supervised fine-tuning of every weight.",
        RunMethod.LORA: "Supervised fine-tuning of low-rank adapters; the model's own weights stay as they are.",
    },
)

describe_enum(
    Schedule,
    "TunixSchedule",
    "How the learning rate goes on once it is warm.",
    {
        Schedule.CONSTANT: "It stays as it is.",
        Schedule.LINEAR: "It falls in a straight line to nothing at the last step.",
        Schedule.COSINE: "It falls along a cosine to nothing at the last step.",
    },
)

describe_enum(
    LogStream,
    "RunLogStream",
    "Where a line of a run came from.",
    {
        LogStream.STDOUT: "What the run says to people.",
        LogStream.STDERR: "What its libraries say, and what went wrong.",
    },
)

describe_enum(
    ValueKind,
    "RunValueKind",
    "What a metric's value is; JSON has no word for three of these.",
    {
        ValueKind.FINITE: "A number.",
        ValueKind.NAN: "Not a number: the computation has come to nothing, as 0/0 does.",
        ValueKind.POSITIVE_INFINITY: "Greater than every number.",
        ValueKind.NEGATIVE_INFINITY: "Less than every number.",
    },
)

describe_enum(
    ArtifactKind,
    "RunArtifactKind",
    "What a file of a run is for.",
    {
        ArtifactKind.MANIFEST: "The manifest that it was started with.",
        ArtifactKind.LOG: "What it said, whole.",
        ArtifactKind.EVENTS: "What the trainer told, event by event.",
        ArtifactKind.WEIGHTS: "Weights of the trained model, in safetensors.",
        ArtifactKind.ADAPTER: "Low-rank adapters, in safetensors.",
        ArtifactKind.TOKENIZER: "The model's tokenizer.",
        ArtifactKind.CONFIG: "The model's configuration.",
        ArtifactKind.CARD: "The model's card: what it is and what it was made of.",
        ArtifactKind.CHECKPOINT: "A folder from which training can go on.",
        ArtifactKind.OTHER: "Anything else.",
    },
)

describe_enum(
    ModelSource,
    "TunixModelSource",
    "Where a model comes from.",
    {
        ModelSource.TINY_RANDOM: "Made on the spot, with random weights and a tokenizer trained on the dataset.",
        ModelSource.FOLDER: "A folder below the models folder, as Hugging Face lays it out.",
    },
)

describe_enum(
    RediaiMode,
    "RediaiMode",
    "Whether RediAI is asked at all.",
    {
        RediaiMode.MOCK: "RediAI is not asked, and counts as healthy.",
        RediaiMode.REAL: "RediAI is asked.",
    },
)

describe_enum(
    RediaiReason,
    "RediaiReason",
    "Why RediAI counts as down.",
    {
        RediaiReason.TIMEOUT: "There was no answer within 5 seconds.",
        RediaiReason.CONNECTION_REFUSED: "No connection could be made: it was refused, or there is no such host.",
        RediaiReason.HTTP_STATUS: "The answer's status was not 2xx; the message has it. Redirects are not followed.",
        RediaiReason.HTTP_ERROR: "The answer was not HTTP, or broke off.",
        RediaiReason.UNEXPECTED: "Something else went wrong; the message names it.",
    },
)

describe_enum(
    Game,
    "UngarGame",
    "UNGAR's card games.",
    {
        Game.HIGH_CARD_DUEL: "Two players draw one card each, and the higher one wins; aces are high.",
        Game.SPADES_MINI: "Two players, five cards each, spades are trumps.",
        Game.GIN_RUMMY: "Gin Rummy: its random episodes rarely end, and one that does not is refused after 490 moves.",
    },
)


@strawberry.enum(description="What an event of a run is.")
class RunEventKind(enum.Enum):
    STATE = strawberry.enum_value(STATE, description="Where the run was: a `RunState`.")
    LOG = strawberry.enum_value(LOG, description="A line of its log: a `RunLogLine`.")
    METRIC = strawberry.enum_value(METRIC, description="A metric's value: a `RunMetricPoint`.")
