"""Adds events to the audit log. Nothing changes or deletes them.

An action is recorded in its first transaction that is committed, so there is neither an action without its event nor an
event without its action. An action that commits nothing has no event.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import audit_events
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.session import Database, Session, companion
from tunix_rt.domain.keys.acting import actor
from tunix_rt.domain.text import clip

ACTION_MAX_CHARS = 200


class AuditedAction:
    """An action of a client, to be recorded.

    Args:
        action: the mutation's name, or the method and path of a route.
        request_id: the id of the request; None for a command.
    """

    def __init__(self, action: str, request_id: str | None = None) -> None:
        self._action = action
        self._request_id = request_id
        self._objects: dict[uuid.UUID, str] = {}
        self._open = True

    def note(self, type_name: str, ids: Sequence[uuid.UUID]) -> None:
        """Adds objects that the action is about."""
        self._objects |= dict.fromkeys(ids, type_name)

    async def before_commit(self, session: Session) -> None:
        """Adds the event to a transaction, unless an earlier one has it."""
        if self._open:
            await session.execute(insert(audit_events), [self._event(AuditOutcome.DONE)])

    def committed(self) -> None:
        """Notes that the event is stored, or that the action has ended."""
        self._open = False

    async def record(self, database: Database, outcome: AuditOutcome) -> None:
        """Stores the event in a transaction that has nothing else; raises as ``Database.write`` does."""
        async with database.write() as session:
            await session.execute(insert(audit_events), [self._event(outcome)])

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Records the action in the first transaction that is committed in the block."""
        token = companion.set(self)
        try:
            yield
        finally:
            companion.reset(token)
            self.committed()  # for tasks that outlive the block

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


def note_objects(type_name: str, ids: Sequence[uuid.UUID]) -> None:
    """Adds objects to the action that is recorded here; does nothing if there is none."""
    audited = companion.get()
    if isinstance(audited, AuditedAction):
        audited.note(type_name, ids)
