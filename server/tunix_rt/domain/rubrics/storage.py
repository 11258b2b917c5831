"""Stores and deletes rubrics."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from sqlalchemy import delete, insert

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import rubrics
from tunix_rt.db.session import Session
from tunix_rt.domain.rubrics.rubric import RubricDraft
from tunix_rt.errors import NotFound


async def add_rubric(session: Session, draft: RubricDraft) -> dict[str, Any]:
    """Stores a rubric and returns its row.

    Raises:
        ValidationErrors: the rubric is invalid.
        Conflict: another rubric has this name.
    """
    draft.check()
    criteria = msgspec.to_builtins(draft.criteria)
    row = {"id": new_id(), "name": draft.name, "criteria": list(criteria), "created_at": now()}
    await session.execute(insert(rubrics), [row])
    return row


async def delete_rubric(session: Session, rubric_id: uuid.UUID) -> None:
    """Deletes a rubric, but no score that was given by it.

    Raises:
        NotFound: there is no such rubric.
    """
    deleted = await session.execute(delete(rubrics).where(rubrics.c.id == rubric_id))
    if not deleted.rowcount:
        raise NotFound(f"There is no rubric {rubric_id}.", ["id"])
