"""References to stored traces: by id, by content hash, or by source and external id."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import msgspec
from sqlalchemy import Text, func, select

from tunix_rt.db.membership import among_parameter, value_list
from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.domain.text import clip, quantity, text_error
from tunix_rt.domain.traces.storage import existing_ids, ids_by_content
from tunix_rt.errors import BadUserInput, Conflict, NotFound, TunixRtError

Pair: TypeAlias = tuple[str, str]
"""A source and an external id."""

ONE_WAY = "Give either {way}, or source and externalId together."


class TraceReference(msgspec.Struct, frozen=True, kw_only=True):
    """A reference to one trace: exactly one of ``id``, ``content_hash``, and ``source`` with ``external_id``."""

    id: uuid.UUID | None = None
    content_hash: str | None = None
    source: str | None = None
    external_id: str | None = None

    @property
    def pair(self) -> Pair | None:
        """The source and the external id; None if the trace is referred to in another way."""
        return None if self.source is None or self.external_id is None else (self.source, self.external_id)

    def require_one_way(self, way: str) -> None:
        """Checks that the reference is made in exactly one way.

        Args:
            way: the other ways, for the message.

        Raises:
            BadUserInput: it is made in none, in several, or by a half of the pair.
        """
        ways = [self.id is not None, self.content_hash is not None, self.pair is not None]
        halves = (self.source is None) != (self.external_id is None)
        if halves or ways.count(True) != 1:
            raise BadUserInput(ONE_WAY.format(way=way))


async def find_traces(session: Session, references: Sequence[TraceReference]) -> list[uuid.UUID | TunixRtError]:
    """Returns the id of each reference's trace in order, or the error of one that does not determine a trace.

    Several traces with one content hash have equal contents; the reference is to the oldest.
    """
    ids = await existing_ids(session, {found.id for found in references if found.id})
    hashes = {found.content_hash for found in references if found.content_hash and not text_error(found.content_hash)}
    contents = await ids_by_content(session, list(hashes))
    pairs = await ids_by_pair(session, {found.pair for found in references if found.pair})
    return [resolve(reference, ids, contents, pairs) for reference in references]


def resolve(
    reference: TraceReference,
    ids: Collection[uuid.UUID],
    contents: Mapping[str, uuid.UUID],
    pairs: Mapping[Pair, tuple[uuid.UUID, int]],
) -> uuid.UUID | TunixRtError:
    """Returns the id or the error of one reference."""
    if reference.id is not None:
        return reference.id if reference.id in ids else NotFound(f"There is no trace {reference.id}.", ["traceId"])
    if reference.content_hash is not None:
        missing = NotFound(f"There is no trace with contentHash {clip(reference.content_hash)!r}.", ["contentHash"])
        return contents.get(reference.content_hash, missing)
    source, external_id = reference.pair or ("", "")
    which = f"source {clip(source)!r} and externalId {clip(external_id)!r}"
    found, count = pairs.get((source, external_id), (None, 0))
    if found is None:
        return NotFound(f"There is no trace with {which}.", ["externalId"])
    return found if count == 1 else Conflict(f"{quantity(count, 'trace')} have {which}; use an id.", ["externalId"])


async def ids_by_pair(session: Session, pairs: Collection[Pair]) -> dict[Pair, tuple[uuid.UUID, int]]:
    """Returns the id of the oldest trace for each pair of source and external id that has one, and their number."""
    wanted = [pair for pair in pairs if not any(map(text_error, pair))]
    if not wanted:
        return {}
    kind, (sources, external_ids) = session.dialect.name, (sorted(set(part)) for part in zip(*wanted, strict=True))
    grouped = (
        select(func.min(traces.c.seq).label("first"), func.count().label("number"))
        .where(
            among_parameter(traces.c.external_id, value_list(external_ids, Text()), kind),
            among_parameter(traces.c.source, value_list(sources, Text()), kind),
        )
        .group_by(traces.c.source, traces.c.external_id)
        .subquery()
    )
    query = select(traces.c.source, traces.c.external_id, traces.c.id, grouped.c.number)
    rows = await session.execute(query.join(grouped, traces.c.seq == grouped.c.first))
    return {(row.source, row.external_id): (row.id, row.number) for row in rows}
