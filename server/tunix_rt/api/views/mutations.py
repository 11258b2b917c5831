"""Mutations of saved views: create and delete."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.naming import row_id
from tunix_rt.api.payloads import ERRORS, KEY, DeletedPayload, Rows, create_once, errors_in_payload, only
from tunix_rt.api.views.types import SAVED_VIEW_LIST, SavedView
from tunix_rt.db.models.views import ViewPage
from tunix_rt.db.session import Session
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.views import storage
from tunix_rt.domain.views.storage import NAME_MAX_CHARS, SEARCH_MAX_CHARS, ViewDraft

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createSavedView`.")
class CreateSavedViewInput:
    page: ViewPage = strawberry.field(description="Page of the view.")
    name: str = strawberry.field(
        description=f"Name of the view: 1 to {NAME_MAX_CHARS} characters, unique among those of its page."
    )
    search: str = strawberry.field(
        description=f"Query string of the page's URL: up to {SEARCH_MAX_CHARS:,} characters, returned as given."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `deleteSavedView`.")
class DeleteSavedViewInput:
    id: strawberry.ID = strawberry.field(description="The saved view: its `id` or `uuid`.")


@strawberry.type(description="Payload of `createSavedView`.")
class CreateSavedViewPayload:
    saved_view: SavedView | None = strawberry.field(
        default=None, description="The stored view; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteSavedView`.")
class DeleteSavedViewPayload(DeletedPayload):
    pass


@errors_in_payload(CreateSavedViewPayload)
async def create_saved_view(
    info: Info, input: Annotated[CreateSavedViewInput, strawberry.argument(description="The view to store.")]
) -> CreateSavedViewPayload:
    """Stores a view of a page."""
    draft = ViewDraft(input.page, input.name, input.search)
    draft.check()
    names = current_selection(info).names(("savedView",))
    request = KeyedRequest(given_or_none(input.idempotency_key), "createSavedView", draft)

    async def store(session: Session) -> Rows:
        return [await storage.add_view(session, draft)]

    created = await create_once(info.context, SAVED_VIEW_LIST, names, request, lambda write: write(store))
    return CreateSavedViewPayload(saved_view=only(created))


@errors_in_payload(DeleteSavedViewPayload)
async def delete_saved_view(
    info: Info, input: Annotated[DeleteSavedViewInput, strawberry.argument(description="The view to delete.")]
) -> DeleteSavedViewPayload:
    """Deletes a saved view."""
    view_id = await row_id(info.context, input.id, "SavedView")
    async with info.context.database.write() as session:
        await storage.delete_view(session, view_id)
    return DeleteSavedViewPayload(deleted_uuid=view_id)
