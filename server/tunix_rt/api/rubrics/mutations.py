"""Mutations of rubrics: create and delete."""

from __future__ import annotations

from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import ERRORS, DeletedPayload, Rows, create_once, errors_in_payload, only
from tunix_rt.api.rubrics.inputs import CreateRubricInput
from tunix_rt.api.rubrics.types import RUBRIC_LIST, Rubric
from tunix_rt.db.session import Session
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.rubrics import storage

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `deleteRubric`.")
class DeleteRubricInput:
    id: strawberry.ID = strawberry.field(description=f"The rubric: {ways_to_name('Rubric')}.")


@strawberry.type(description="Payload of `createRubric`.")
class CreateRubricPayload:
    rubric: Rubric | None = strawberry.field(default=None, description="The stored rubric; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteRubric`.")
class DeleteRubricPayload(DeletedPayload):
    pass


@errors_in_payload(CreateRubricPayload)
async def create_rubric(
    info: Info, input: Annotated[CreateRubricInput, strawberry.argument(description="The rubric to store.")]
) -> CreateRubricPayload:
    """Stores a rubric."""
    draft = input.draft()
    draft.check()
    names = current_selection(info).names(("rubric",))
    request = KeyedRequest(given_or_none(input.idempotency_key), "createRubric", draft)

    async def store(session: Session) -> Rows:
        return [await storage.add_rubric(session, draft)]

    created = await create_once(info.context, RUBRIC_LIST, names, request, lambda write: write(store))
    return CreateRubricPayload(rubric=only(created))


@errors_in_payload(DeleteRubricPayload)
async def delete_rubric(
    info: Info, input: Annotated[DeleteRubricInput, strawberry.argument(description="The rubric to delete.")]
) -> DeleteRubricPayload:
    """Deletes a rubric."""
    rubric_id = await row_id(info.context, input.id, "Rubric")
    async with info.context.database.write() as session:
        await storage.delete_rubric(session, rubric_id)
    return DeleteRubricPayload(deleted_uuid=rubric_id)
