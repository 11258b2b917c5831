"""Deletes scores that people gave.

Scores by code and models are results that others build on, and a newer one supersedes them; a person's score may be a
slip that was never meant.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import scores
from tunix_rt.db.session import Session
from tunix_rt.domain.keys.acting import author
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadUserInput, Forbidden, ValidationErrors


async def deletable_scores(
    session: Session, ids: Sequence[uuid.UUID], *, of_others: bool, lock: bool
) -> list[uuid.UUID]:
    """Returns the ids that belong to scores, in the given order.

    Args:
        of_others: whether the client may delete what others have given.
        lock: whether to lock the scores until the end of the transaction.

    Raises:
        ValidationErrors: some are not by people; one error for each.
        Forbidden: some were given by another client.
    """
    columns = (scores.c.id, scores.c.kind, scores.c.created_by)
    query = select(*columns).where(among(scores.c.id, ids, session.dialect.name))
    known = {row.id: row for row in await session.execute(query.with_for_update() if lock else query)}
    found = [known[value] for value in ids if value in known]
    errors = [kind_error(row.id, row.kind) for row in found if row.kind != ScoreKind.HUMAN.value]
    if errors:
        raise ValidationErrors(errors)
    foreign = [row.id for row in found if row.created_by != author()]
    if foreign and not of_others:
        raise Forbidden(
            f"{len(foreign)} of the {quantity(len(found), 'score')} in ids were given by others, first {foreign[0]}; "
            "deleting them needs the scope ADMIN.",
            ["ids"],
        )
    return [row.id for row in found]


def kind_error(score: uuid.UUID, kind: str) -> BadUserInput:
    """Returns the error of a score that no person gave."""
    return BadUserInput(f"The score {score} is a {kind} score; only HUMAN scores can be deleted.", ["ids"])


async def delete_scores(session: Session, ids: Sequence[uuid.UUID]) -> int:
    """Deletes scores and returns their number."""
    result = await session.execute(delete(scores).where(among(scores.c.id, ids, session.dialect.name)))
    return result.rowcount
