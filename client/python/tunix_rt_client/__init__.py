"""A typed client of tunix-rt for notebooks and scripts.

    from tunix_rt_client import Client

    client = Client("http://127.0.0.1:8000")
    client.traces(where={"source": {"eq": "gsm8k"}}).to_pandas()

``AsyncClient`` has the same methods, to be awaited.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tunix_rt_client._generated.records import (
    Artifact,
    Candidate,
    Comparison,
    FailedScoring,
    Group,
    LeaderboardEntry,
    MetricSeries,
    Overlap,
    Score,
    Step,
    Verification,
)
from tunix_rt_client._sync.client import Client
from tunix_rt_client._sync.datasets import Dataset
from tunix_rt_client._sync.evaluations import Evaluation
from tunix_rt_client._sync.exports import Export
from tunix_rt_client._sync.generations import Generation
from tunix_rt_client._sync.runs import Run
from tunix_rt_client._sync.traces import Traces
from tunix_rt_client.errors import (
    BadInput,
    Conflict,
    ConnectionLost,
    Forbidden,
    InternalError,
    JobFailed,
    NotFound,
    RateLimited,
    RequestError,
    RequestTimeout,
    ScorerFailed,
    TooCostly,
    TrainerFailed,
    TunixRtError,
    Unauthenticated,
    Unavailable,
    UnknownArgument,
    WaitTimeout,
)
from tunix_rt_client.records import ScoringReport, Trace
from tunix_rt_client.reports import ImportReport, Leaderboard, Refusal

if TYPE_CHECKING:
    from tunix_rt_client._async.client import AsyncClient
    from tunix_rt_client._async.datasets import AsyncDataset
    from tunix_rt_client._async.evaluations import AsyncEvaluation
    from tunix_rt_client._async.exports import AsyncExport
    from tunix_rt_client._async.generations import AsyncGeneration
    from tunix_rt_client._async.runs import AsyncRun
    from tunix_rt_client._async.traces import AsyncTraces

__version__ = "0.1.0"

__all__ = [
    "Artifact",
    "AsyncClient",
    "AsyncDataset",
    "AsyncEvaluation",
    "AsyncExport",
    "AsyncGeneration",
    "AsyncRun",
    "AsyncTraces",
    "BadInput",
    "Candidate",
    "Client",
    "Comparison",
    "Conflict",
    "ConnectionLost",
    "Dataset",
    "Evaluation",
    "Export",
    "FailedScoring",
    "Forbidden",
    "Generation",
    "Group",
    "ImportReport",
    "InternalError",
    "JobFailed",
    "Leaderboard",
    "LeaderboardEntry",
    "MetricSeries",
    "NotFound",
    "Overlap",
    "RateLimited",
    "Refusal",
    "RequestError",
    "RequestTimeout",
    "Run",
    "Score",
    "ScorerFailed",
    "ScoringReport",
    "Step",
    "TooCostly",
    "Trace",
    "Traces",
    "TrainerFailed",
    "TunixRtError",
    "Unauthenticated",
    "Unavailable",
    "UnknownArgument",
    "Verification",
    "WaitTimeout",
    "__version__",
]

ASYNC = {
    "AsyncClient": "tunix_rt_client._async.client",
    "AsyncDataset": "tunix_rt_client._async.datasets",
    "AsyncEvaluation": "tunix_rt_client._async.evaluations",
    "AsyncExport": "tunix_rt_client._async.exports",
    "AsyncGeneration": "tunix_rt_client._async.generations",
    "AsyncRun": "tunix_rt_client._async.runs",
    "AsyncTraces": "tunix_rt_client._async.traces",
}
"""The async classes with their modules, imported when they are used: importing asyncio takes a while."""


def __getattr__(name: str) -> Any:
    """Returns an async class.

    Raises:
        AttributeError: there is none of that name.
    """
    if name not in ASYNC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(ASYNC[name]), name)
