"""Looks up generations by id."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import generations
from tunix_rt.db.session import Session
from tunix_rt.domain.text import clip
from tunix_rt.errors import NotFound


async def get_generation(session: Session, text: str) -> Row[Any]:
    """Returns the row of the generation with a UUID.

    Raises:
        NotFound: there is none, or the text is no UUID.
    """
    try:
        query = select(generations).where(generations.c.id == uuid.UUID(text))
        row = (await session.execute(query)).one_or_none()
    except ValueError:
        row = None
    if row is None:
        raise NotFound(f"There is no generation {clip(text)!r}.")
    return row
