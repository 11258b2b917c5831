"""Lookups of evaluations by name or UUID, and the newest ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import evaluation_pairs, evaluations
from tunix_rt.db.session import Session
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.text import text_error


async def get_evaluation(session: Session, name_or_uuid: str) -> Row[Any]:
    """Returns the row of the evaluation with a UUID or a name.

    Raises:
        UnknownName: there is none.
    """
    try:
        condition = evaluations.c.id == uuid.UUID(name_or_uuid)
    except ValueError:
        condition = evaluations.c.name == name_or_uuid
    is_storable = text_error(name_or_uuid) is None
    row = (await session.execute(select(evaluations).where(condition))).one_or_none() if is_storable else None
    if row is None:
        raise UnknownName("evaluation", name_or_uuid)
    return row


async def newest_evaluations(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Returns the rows of the newest evaluations, newest first."""
    query = select(evaluations).order_by(evaluations.c.created_at.desc(), evaluations.c.id.desc()).limit(limit)
    return (await session.execute(query)).all()


async def pairs_of(session: Session, evaluation_id: uuid.UUID) -> Sequence[Row[Any]]:
    """Returns the rows of an evaluation's pairs in order."""
    query = select(evaluation_pairs).where(evaluation_pairs.c.evaluation_id == evaluation_id)
    return (await session.execute(query.order_by(evaluation_pairs.c.position))).all()
