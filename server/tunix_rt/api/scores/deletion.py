"""``deleteScores``: takes back scores that people gave."""

from __future__ import annotations

import uuid
from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.inputs import IDS_MAX, uuids_of
from tunix_rt.api.payloads import ERRORS, errors_in_payload
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.scores import deletion

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `deleteScores`.")
class DeleteScoresInput:
    ids: list[strawberry.ID] = strawberry.field(description=f"1 to {IDS_MAX:,} ids or UUIDs of `HUMAN` scores.")
    dry_run: bool = strawberry.field(
        default=False, description="Whether to delete nothing and only return `matchedCount`."
    )


@strawberry.type(description="Payload of `deleteScores`.")
class DeleteScoresPayload:
    deleted_count: BigInt | None = strawberry.field(
        default=None, description="Number of scores deleted; 0 in a dry run, null if there are errors."
    )
    matched_count: BigInt | None = strawberry.field(
        default=None, description="Number of scores that `ids` matched; null if there are errors."
    )
    missing_uuids: list[uuid.UUID] = strawberry.field(
        default_factory=list, description="UUIDs in `ids` that belong to no score, such as those deleted before."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(DeleteScoresPayload)
async def delete_scores(
    info: Info, input: Annotated[DeleteScoresInput, strawberry.argument(description="The scores to delete.")]
) -> DeleteScoresPayload:
    """Deletes scores by people, all or none, in one transaction.

    Raises:
        Forbidden: a score was given by another client, and this one lacks the scope ADMIN.
    """
    database, ids = info.context.database, uuids_of(input.ids, "Score", "ids")
    is_admin = KeyScope.ADMIN in info.context.granted.scopes
    async with database.read() if input.dry_run else database.write() as session:
        found = await deletion.deletable_scores(session, ids, of_others=is_admin, lock=not input.dry_run)
        if not input.dry_run:
            note_objects("Score", found)
        deleted = 0 if input.dry_run else await deletion.delete_scores(session, found)
    there = set(found)
    return DeleteScoresPayload(
        deleted_count=BigInt(deleted),
        matched_count=BigInt(len(found)),
        missing_uuids=[value for value in ids if value not in there],
    )
