"""Stores and deletes saved views."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from sqlalchemy import delete, insert

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import saved_views
from tunix_rt.db.models.views import ViewPage
from tunix_rt.db.session import Session
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import NotFound, ValidationErrors

NAME_MAX_CHARS = 120
SEARCH_MAX_CHARS = 8000


class ViewDraft(msgspec.Struct, frozen=True):
    """A view to save.

    Args:
        search: the query string of the page's URL.
    """

    page: ViewPage
    name: str
    search: str

    def check(self) -> None:
        """Checks the length of the texts.

        Raises:
            ValidationErrors: all errors, each on its own field.
        """
        errors = [
            *text_errors(self.name, 1, NAME_MAX_CHARS, ["name"]),
            *text_errors(self.search, 0, SEARCH_MAX_CHARS, ["search"]),
        ]
        if errors:
            raise ValidationErrors(errors)


async def add_view(session: Session, draft: ViewDraft) -> dict[str, Any]:
    """Stores a view and returns its row.

    Raises:
        ValidationErrors: a text is out of its limits.
        Conflict: another view of the page has this name.
    """
    draft.check()
    row = {"id": new_id(), "page": draft.page.value, "name": draft.name, "search": draft.search, "created_at": now()}
    await session.execute(insert(saved_views), [row])
    return row


async def delete_view(session: Session, view_id: uuid.UUID) -> None:
    """Deletes a view.

    Raises:
        NotFound: there is no such view.
    """
    deleted = await session.execute(delete(saved_views).where(saved_views.c.id == view_id))
    if not deleted.rowcount:
        raise NotFound(f"There is no saved view {view_id}.", ["id"])
