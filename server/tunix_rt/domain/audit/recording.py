"""Adds events to the audit log. Nothing changes them, and only their retention time deletes them.

An action is recorded in its first transaction that is committed, so there is neither an action without its event nor an
event without its action. An action that commits nothing has no event.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import audit_events
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.session import Database, Session, companion
from tunix_rt.domain.keys.acting import actor
from tunix_rt.domain.text import clip

ACTION_MAX_CHARS = 200
DELETED_AT_ONCE = 1000
"""The maximum number of old events that an action deletes, so that none waits for millions of them."""


class AuditedAction:
    """An action of a client, to be recorded.

    Args:
        action: the mutation's name, or the method and path of a route.
        request_id: the id of the request; None for a command.
        keep_days: the retention time of events; 0 for ever.
    """

    def __init__(self, action: str, request_id: str | None = None, keep_days: int = 0) -> None:
        self._action = action
        self._request_id = request_id
        self._keep_days = keep_days
        self._objects: dict[uuid.UUID, str] = {}
        self._open = True

    def note(self, type_name: str, ids: Sequence[uuid.UUID]) -> None:
        """Adds objects that the action is about."""
        self._objects |= dict.fromkeys(ids, type_name)

    async def before_commit(self, session: Session) -> None:
        """Adds the event to a transaction, unless an earlier one has it."""
        if self._open:
            await self._store(session, AuditOutcome.DONE)

    def after_commit(self) -> None:
        """Notes that the event is stored, or that the action has ended."""
        self._open = False

    async def record(self, database: Database, outcome: AuditOutcome) -> None:
        """Stores the event in a transaction that has nothing else; raises as ``Database.write`` does."""
        async with database.write() as session:
            await self._store(session, outcome)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Records the action in the first transaction that is committed in the block."""
        token = companion.set(self)
        try:
            yield
        finally:
            companion.reset(token)
            self.after_commit()  # for tasks that outlive the block

    async def _store(self, session: Session, outcome: AuditOutcome) -> None:
        """Inserts the event, and deletes old ones."""
        await session.execute(insert(audit_events), [self._event(outcome)])
        if self._keep_days:
            await delete_before(session, now() - timedelta(days=self._keep_days))

    def _event(self, outcome: AuditOutcome) -> dict[str, Any]:
        """Returns the row of the event."""
        client, single = actor.get(), len(self._objects) == 1
        return {
            "id": new_id(),
            "at": now(),
            "key_name": client.name,
            "address": client.address,
            "action": clip(self._action, ACTION_MAX_CHARS),
            "outcome": outcome.value,
            "object_type": next(iter(self._objects.values()), None),
            "object_uuid": str(next(iter(self._objects))) if single else None,
            "object_count": len(self._objects) or None,
            "request_id": self._request_id,
        }


async def delete_before(session: Session, at: datetime) -> None:
    """Deletes the oldest events before a time, at most ``DELETED_AT_ONCE``, but none that another action deletes."""
    events = audit_events.c
    oldest = select(events.id).where(events.at < at).order_by(events.at, events.id).limit(DELETED_AT_ONCE)
    await session.execute(delete(audit_events).where(events.id.in_(oldest.with_for_update(skip_locked=True))))


def note_objects(type_name: str, ids: Sequence[uuid.UUID]) -> None:
    """Adds objects to the action that is recorded here; does nothing if there is none."""
    audited = companion.get()
    if isinstance(audited, AuditedAction):
        audited.note(type_name, ids)
