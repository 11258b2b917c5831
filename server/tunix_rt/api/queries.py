"""The root type of queries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated

import strawberry

from tunix_rt.api.access.scopes import ADMIN, ANY_KEY, READ
from tunix_rt.api.audit.types import AUDIT_EVENT_LIST, AuditEvent
from tunix_rt.api.contamination.pairs import CONTAMINATED_PAIR_LIST
from tunix_rt.api.contamination.protected import PROTECTED_SET_LIST, ProtectedSet
from tunix_rt.api.contamination.queries import find_contamination
from tunix_rt.api.contamination.types import CONTAMINATION_LIST, Contamination
from tunix_rt.api.context import Context
from tunix_rt.api.datasets.queries import overlap_of
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.datasets.verification import DatasetOverlap
from tunix_rt.api.evaluations.candidates import EVALUATION_CANDIDATE_LIST
from tunix_rt.api.evaluations.leaderboard import Leaderboard, leaderboard
from tunix_rt.api.evaluations.pairs import EVALUATION_PAIR_LIST
from tunix_rt.api.evaluations.types import EVALUATION_LIST, Evaluation
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.exports.types import EXPORT_LIST, Export
from tunix_rt.api.generations.types import GENERATION_LIST, Generation
from tunix_rt.api.groups.queries import find_group, find_groups
from tunix_rt.api.groups.summary import TraceGroupSummary, summarize_groups
from tunix_rt.api.groups.types import TraceGroup
from tunix_rt.api.keys.types import API_KEY_LIST, ApiKey
from tunix_rt.api.keys.viewer import Viewer, viewer_of
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.lists.listing import Listing, objects_by_id
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.rubrics.types import RUBRIC_LIST, Rubric
from tunix_rt.api.runs.artifacts import RUN_ARTIFACT_LIST
from tunix_rt.api.runs.comparison import RunComparison, compare_runs
from tunix_rt.api.runs.models import BaseModel, base_models
from tunix_rt.api.runs.types import RUN_LIST, Run
from tunix_rt.api.scores.queries import ScorerInUse, find_scorers_in_use
from tunix_rt.api.scores.types import SCORE_LIST, Score, ScorerInfo
from tunix_rt.api.server.health import Health, health_of
from tunix_rt.api.server.info import ServerInfo, server_info
from tunix_rt.api.server.packages import TunixStatus, UngarStatus, tunix_status, ungar_status
from tunix_rt.api.server.workers import WorkerInfo, find_workers
from tunix_rt.api.traces.agreement import ScorerAgreement, find_agreement
from tunix_rt.api.traces.comparison import TraceComparison, compare
from tunix_rt.api.traces.distributions import SourceCount, TraceDistributions, count_sources, find_distributions
from tunix_rt.api.traces.queries import find_trace
from tunix_rt.api.traces.suggestions import MetaPath, find_meta_paths
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.api.views.types import SAVED_VIEW_LIST, SavedView
from tunix_rt.domain.global_ids import bare_uuid, parse_global_id
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadId, BadUserInput, PathPart

LISTINGS = (
    TRACE_LIST,
    SCORE_LIST,
    DATASET_LIST,
    EXPORT_LIST,
    GENERATION_LIST,
    RUN_LIST,
    RUN_ARTIFACT_LIST,
    SAVED_VIEW_LIST,
    RUBRIC_LIST,
    EVALUATION_LIST,
    EVALUATION_CANDIDATE_LIST,
    EVALUATION_PAIR_LIST,
    CONTAMINATION_LIST,
    CONTAMINATED_PAIR_LIST,
    PROTECTED_SET_LIST,
    API_KEY_LIST,
    AUDIT_EVENT_LIST,
)
ADMIN_NODES = frozenset({API_KEY_LIST.name, AUDIT_EVENT_LIST.name})
"""The types whose objects only administrators find."""

NODES: Mapping[str, Listing] = {listing.name: listing for listing in LISTINGS}
"""The listings of all types that implement `Node`, by type name."""

NODES_MAX = 500
Info = strawberry.Info[Context, None]
NodeId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of an object, or its `uuid`.")]
NodeIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="The ids or UUIDs of up to 500 objects of any type.")
]
BaseId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare against: its `id` or `uuid`.")]
OtherId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare: its `id` or `uuid`.")]


async def nodes_by_id(info: Info, ids: list[strawberry.ID], *path: PathPart) -> list[Node | None]:
    """Returns the nodes of ids in their order, with None for those that do not exist.

    Raises:
        BadId: an id is malformed or of an unknown type.
    """
    keys = [key_of(text, path or ("ids", position)) for position, text in enumerate(ids)]
    found: dict[tuple[str, uuid.UUID], Node] = {}
    names = frozenset(selected(info))
    is_admin = KeyScope.ADMIN in info.context.granted.scopes
    for name, listing in NODES.items():
        if name in ADMIN_NODES and not is_admin:
            continue
        wanted = [value for type_name, value in keys if type_name in {name, None}]
        nodes = await objects_by_id(listing, info.context, wanted, names)
        found |= {(name, value): node for value, node in nodes.items()}
    return [
        next((found[name, value] for name in NODES if type_name in {name, None} and (name, value) in found), None)
        for type_name, value in keys
    ]


def key_of(text: str, path: Sequence[PathPart]) -> tuple[str | None, uuid.UUID]:
    """Returns the type (None for a bare UUID) and the UUID of an id; raises as ``nodes_by_id`` does."""
    parsed = parse_global_id(text)
    if parsed is None:
        return None, bare_uuid(text, "node", tuple(path))
    if parsed[0] not in NODES:
        raise BadId(f"{clip(text, 40)!r} is not an id of this server.", path)
    return parsed


@strawberry.type(description="Operations that read data.")
class Query:
    @strawberry.field(
        directives=[READ],
        description="Looks up an object of any type by its `id` or `uuid`; null if it does not exist. Keys and names "
        "are not accepted, because they do not determine the type.",
    )
    async def node(self, info: Info, id: NodeId) -> Node | None:
        return (await nodes_by_id(info, [id], "id"))[0]

    @strawberry.field(
        directives=[READ],
        description="Looks up objects of any type by their ids or UUIDs, in the given order; null in place of those "
        "that do not exist.",
    )
    async def nodes(self, info: Info, ids: NodeIds) -> list[Node | None]:
        if len(ids) > NODES_MAX:
            raise BadUserInput(f"ids has at most {NODES_MAX} ids; it has {len(ids)}.", ["ids"])
        return await nodes_by_id(info, ids)

    trace: Trace | None = strawberry.field(
        directives=[READ],
        resolver=find_trace,
        description="Looks up a trace, by `id` or by `source` and `externalId` together; null if it does not exist.",
    )
    traces: Connection[Trace] = root_connection(TRACE_LIST, READ, "All traces, newest first by default.")
    trace_groups: Connection[TraceGroup] = strawberry.field(
        directives=[READ],
        resolver=find_groups,
        description="Groups of traces with their statistics, newest first by default, by oldest trace. Every page "
        "is computed from all traces that satisfy `where`.",
    )
    trace_group: TraceGroup | None = strawberry.field(
        directives=[READ],
        resolver=find_group,
        description="Looks up a group of traces by its key; null if no trace is in it.",
    )
    trace_group_summary: TraceGroupSummary = strawberry.field(
        directives=[READ],
        resolver=summarize_groups,
        description="Summary of groups of traces: how many have a correct trace, and the mean pass@k.",
    )
    meta_paths: list[MetaPath] = strawberry.field(
        directives=[READ],
        resolver=find_meta_paths,
        description="Suggests metadata paths for filters: the most frequent ones in the newest 1,000 matching traces. "
        "Metadata of more than 16,384 characters is left out.",
    )
    sources: list[SourceCount] = strawberry.field(
        directives=[READ], resolver=count_sources, description="The most frequent sources of traces, up to 100."
    )
    trace_distributions: TraceDistributions = strawberry.field(
        directives=[READ],
        resolver=find_distributions,
        description="Histograms of steps, characters and latest scores, and counts of sources.",
    )
    scorers_in_use: list[ScorerInUse] = strawberry.field(
        directives=[READ],
        resolver=find_scorers_in_use,
        description="Scorers that have stored scores, by name; up to 1,000.",
    )
    score: Score | None = lookup(SCORE_LIST, READ, "Looks up a score; null if it does not exist.")
    scores: Connection[Score] = root_connection(SCORE_LIST, READ, "All scores, newest first by default.")

    datasets: Connection[Dataset] = root_connection(DATASET_LIST, READ, "All datasets, newest first by default.")

    dataset: Dataset | None = lookup(DATASET_LIST, READ, "Looks up a dataset; null if it does not exist.")
    dataset_overlap: DatasetOverlap = strawberry.field(
        directives=[READ],
        resolver=overlap_of,
        description="Counts the prompts that two datasets share, to detect leakage between training and "
        "evaluation data.",
    )

    @strawberry.field(directives=[READ], description="Compares two traces by the `baseline` scorer. Nothing is stored.")
    async def compare_traces(self, info: Info, base: BaseId, other: OtherId) -> TraceComparison:
        return await compare(info, base, other)

    generation: Generation | None = lookup(GENERATION_LIST, READ, "Looks up a generation; null if it does not exist.")
    generations: Connection[Generation] = root_connection(
        GENERATION_LIST, READ, "All generations, newest first by default."
    )

    export: Export | None = lookup(EXPORT_LIST, READ, "Looks up an export; null if it does not exist.")
    exports: Connection[Export] = root_connection(EXPORT_LIST, READ, "All exports, newest first by default.")

    run: Run | None = lookup(RUN_LIST, READ, "Looks up a run; null if it does not exist.")
    runs: Connection[Run] = root_connection(RUN_LIST, READ, "All training runs, newest first by default.")
    compare_runs: RunComparison = strawberry.field(
        directives=[READ], resolver=compare_runs, description="Compares the parameters and metrics of runs."
    )

    evaluation: Evaluation | None = lookup(EVALUATION_LIST, READ, "Looks up an evaluation; null if it does not exist.")
    evaluations: Connection[Evaluation] = root_connection(
        EVALUATION_LIST, READ, "All evaluations, newest first by default."
    )
    leaderboard: Leaderboard = strawberry.field(
        directives=[READ],
        resolver=leaderboard,
        description="Compares the candidates of all completed evaluations of a dataset by one scorer.",
    )

    saved_view: SavedView | None = lookup(SAVED_VIEW_LIST, READ, "Looks up a saved view; null if it does not exist.")
    saved_views: Connection[SavedView] = root_connection(SAVED_VIEW_LIST, READ, "All saved views, by name by default.")

    rubric: Rubric | None = lookup(RUBRIC_LIST, READ, "Looks up a rubric; null if it does not exist.")
    rubrics: Connection[Rubric] = root_connection(RUBRIC_LIST, READ, "All rubrics, by name by default.")

    scorer_agreement: ScorerAgreement = strawberry.field(
        directives=[READ],
        resolver=find_agreement,
        description="Compares two scorers, such as a grader and a person, on the traces that both have scored.",
    )
    contamination: Contamination | None = strawberry.field(
        directives=[READ],
        resolver=find_contamination,
        description="Compares the prompts of a training dataset with those of an evaluation dataset. The first "
        "comparison of two datasets is computed within the request and stored.",
    )
    contaminations: Connection[Contamination] = root_connection(
        CONTAMINATION_LIST,
        READ,
        "All stored comparisons of a training dataset with an evaluation dataset, newest first by default.",
    )
    protected_set: ProtectedSet | None = lookup(
        PROTECTED_SET_LIST, READ, "Looks up a protected set; null if it does not exist."
    )
    protected_sets: Connection[ProtectedSet] = root_connection(
        PROTECTED_SET_LIST, READ, "All protected sets, by name by default."
    )

    @strawberry.field(
        directives=[READ],
        description="Base models that are available offline: two tiny random models for trying things out, up to 500 "
        "models of the models folder, and those of the newest 500 runs that exported one. `startRun` also accepts "
        "Hugging Face model ids.",
    )
    async def base_models(self, info: Info) -> list[BaseModel]:
        return await base_models(info.context)

    @strawberry.field(directives=[READ], description="Scorers available to `scoreTraces`, sorted by name.")
    async def scorers(self, info: Info) -> list[ScorerInfo]:
        return [ScorerInfo.of(scorer) for scorer in (await info.context.services.scoring.scorers()).values()]

    @strawberry.field(directives=[READ], description="Version and limits of the server.")
    def server_info(self, info: Info) -> ServerInfo:
        return server_info(info.context)

    @strawberry.field(
        directives=[ANY_KEY],
        description="Health of the server and of the systems it depends on, checked at each query.",
    )
    async def health(self, info: Info) -> Health:
        return await health_of(info.context)

    workers: list[WorkerInfo] = strawberry.field(
        directives=[READ],
        resolver=find_workers,
        description="Workers that are alive, the longest-running first; up to 100. Each sends a heartbeat every 5 "
        "seconds. A worker that has been stopped, or without a heartbeat for 30 seconds, is not listed.",
    )

    @strawberry.field(
        directives=[READ], description="Availability of Google's Tunix for training. Cached for a minute."
    )
    async def tunix_status(self, info: Info) -> TunixStatus:
        return await tunix_status(info.context)

    @strawberry.field(directives=[READ], description="Availability of the UNGAR package for `generateUngarTraces`.")
    async def ungar_status(self) -> UngarStatus:
        return await ungar_status()

    viewer: Viewer = strawberry.field(
        resolver=viewer_of, directives=[ANY_KEY], description="The client: its API key and its scopes."
    )
    key: ApiKey | None = lookup(API_KEY_LIST, ADMIN, "Looks up an API key; null if it does not exist.")
    keys: Connection[ApiKey] = root_connection(
        API_KEY_LIST, ADMIN, "All API keys, revoked ones included, by name by default."
    )
    audit_events: Connection[AuditEvent] = root_connection(
        AUDIT_EVENT_LIST,
        ADMIN,
        "Audit log: actions of clients, and refusals for lack of a scope, since the server has API keys; newest first "
        "by default.",
    )
