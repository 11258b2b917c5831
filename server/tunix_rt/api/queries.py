"""The root type of queries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.audit.types import AUDIT_EVENT_LIST
from tunix_rt.api.contamination.pairs import CONTAMINATED_PAIR_LIST
from tunix_rt.api.contamination.protected import PROTECTED_SET_LIST
from tunix_rt.api.contamination.types import CONTAMINATION_LIST
from tunix_rt.api.context import Context
from tunix_rt.api.datasets.types import DATASET_LIST
from tunix_rt.api.evaluations.candidates import EVALUATION_CANDIDATE_LIST
from tunix_rt.api.evaluations.pairs import EVALUATION_PAIR_LIST
from tunix_rt.api.evaluations.types import EVALUATION_LIST
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.exports.types import EXPORT_LIST
from tunix_rt.api.generations.types import GENERATION_LIST
from tunix_rt.api.keys.types import API_KEY_LIST
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.relay.node import Node
from tunix_rt.api.roots.audit import AuditQueries
from tunix_rt.api.roots.contamination import ContaminationQueries
from tunix_rt.api.roots.datasets import DatasetQueries
from tunix_rt.api.roots.evaluations import EvaluationQueries
from tunix_rt.api.roots.exports import ExportQueries
from tunix_rt.api.roots.generations import GenerationQueries
from tunix_rt.api.roots.groups import GroupQueries
from tunix_rt.api.roots.keys import KeyQueries
from tunix_rt.api.roots.rubrics import RubricQueries
from tunix_rt.api.roots.runs import RunQueries
from tunix_rt.api.roots.scores import ScoreQueries
from tunix_rt.api.roots.server import ServerQueries
from tunix_rt.api.roots.traces.stored import TraceQueries
from tunix_rt.api.roots.traces.summaries import TraceSummaryQueries
from tunix_rt.api.roots.views import ViewQueries
from tunix_rt.api.rubrics.types import RUBRIC_LIST
from tunix_rt.api.runs.artifacts import RUN_ARTIFACT_LIST
from tunix_rt.api.runs.types import RUN_LIST
from tunix_rt.api.scores.types import SCORE_LIST
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.api.views.types import SAVED_VIEW_LIST
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


async def nodes_by_id(info: Info, ids: list[strawberry.ID], *path: PathPart) -> list[Node | None]:
    """Returns the nodes of ids in their order, with None for those that do not exist.

    Raises:
        BadId: an id is malformed or of an unknown type.
    """
    keys = [key_of(text, path or ("ids", position)) for position, text in enumerate(ids)]
    found: dict[tuple[str, uuid.UUID], Node] = {}
    names = frozenset(current_selection(info))
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
class Query(
    ServerQueries,
    AuditQueries,
    KeyQueries,
    RubricQueries,
    ViewQueries,
    EvaluationQueries,
    GenerationQueries,
    RunQueries,
    ExportQueries,
    ContaminationQueries,
    DatasetQueries,
    ScoreQueries,
    GroupQueries,
    TraceQueries,
    TraceSummaryQueries,
):
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
