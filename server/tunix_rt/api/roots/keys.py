"""The root fields of keys."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import ADMIN, ANY_KEY
from tunix_rt.api.keys.types import API_KEY_LIST, ApiKey
from tunix_rt.api.keys.viewer import Viewer, viewer_of
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class KeyQueries:
    viewer: Viewer = strawberry.field(
        resolver=viewer_of, directives=[ANY_KEY], description="The client: its API key and its scopes."
    )
    key: ApiKey | None = lookup(API_KEY_LIST, ADMIN, "Looks up an API key; null if it does not exist.")
    keys: Connection[ApiKey] = root_connection(
        API_KEY_LIST, ADMIN, "All API keys, revoked ones included, sorted by name by default."
    )
