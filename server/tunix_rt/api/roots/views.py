"""The root fields of views."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.views.types import SAVED_VIEW_LIST, SavedView


@strawberry.type
class ViewQueries:
    saved_view: SavedView | None = lookup(SAVED_VIEW_LIST, READ, "Looks up a saved view; null if it does not exist.")
    saved_views: Connection[SavedView] = root_connection(
        SAVED_VIEW_LIST, READ, "All saved views, sorted by name by default."
    )
