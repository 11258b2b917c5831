"""The root fields of exports."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.exports.types import EXPORT_LIST, Export
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class ExportQueries:
    export: Export | None = lookup(EXPORT_LIST, READ, "Looks up an export; null if it does not exist.")
    exports: Connection[Export] = root_connection(EXPORT_LIST, READ, "All exports, newest first by default.")
