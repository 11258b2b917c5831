"""A typed client of tunix-rt for notebooks and scripts.

    from tunix_rt_client import Client

    client = Client("http://127.0.0.1:8000")
    client.traces(where={"source": {"eq": "gsm8k"}}).to_pandas()

``AsyncClient`` has the same methods, to be awaited.
"""

from __future__ import annotations

from tunix_rt_client._async.client import AsyncClient
from tunix_rt_client._async.datasets import AsyncDataset
from tunix_rt_client._async.evaluations import AsyncEvaluation
from tunix_rt_client._async.exports import AsyncExport
from tunix_rt_client._async.generations import AsyncGeneration
from tunix_rt_client._async.runs import AsyncRun
from tunix_rt_client._async.traces import AsyncTraces
from tunix_rt_client._generated.records import (
    Artifact,
    Candidate,
    Comparison,
    Group,
    MetricSeries,
    Overlap,
    Score,
    Standing,
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
    TooCostly,
    TrainerFailed,
    TunixRtError,
    Unauthenticated,
    Unavailable,
    WaitTimeout,
)
from tunix_rt_client.records import ScoringReport, Trace
from tunix_rt_client.reports import ImportReport, Refusal

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
    "Forbidden",
    "Generation",
    "Group",
    "ImportReport",
    "InternalError",
    "JobFailed",
    "MetricSeries",
    "NotFound",
    "Overlap",
    "RateLimited",
    "Refusal",
    "RequestError",
    "RequestTimeout",
    "Run",
    "Score",
    "ScoringReport",
    "Standing",
    "Step",
    "TooCostly",
    "Trace",
    "Traces",
    "TrainerFailed",
    "TunixRtError",
    "Unauthenticated",
    "Unavailable",
    "Verification",
    "WaitTimeout",
    "__version__",
]
