"""The ids of the original's rows here: the original ids, or those of equal rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import Table, select

from tunix_rt.db.bulk import chunks
from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.domain.traces.trace import TraceDraft


async def stored_ids(
    session: Session, drafts: Sequence[TraceDraft], wanted: set[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Returns the ids under which drafts are stored: their own or those of equal traces; without unstored drafts."""
    own = await existing_in(session, traces, wanted)
    hashes = {draft.id: draft.content_hash for draft in drafts if draft.id is not None and draft.id in wanted - own}
    twins: dict[str, uuid.UUID] = {}
    for part in chunks(list(set(hashes.values()))):
        query = select(traces.c.content_hash, traces.c.id).where(traces.c.content_hash.in_(part))
        found = await session.execute(query.order_by(traces.c.seq.desc()))
        twins |= {row.content_hash: row.id for row in found}
    known = {trace_id: twins[text] for trace_id, text in hashes.items() if text in twins}
    return {trace_id: trace_id for trace_id in own} | known


async def existing_in(session: Session, table: Table, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids that a table has."""
    found: set[uuid.UUID] = set()
    for part in chunks(list(ids)):
        query = select(table.c.id).where(among(table.c.id, part, session.dialect.name))
        found.update((await session.execute(query)).scalars())
    return found
