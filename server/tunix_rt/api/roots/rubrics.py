"""The root fields of rubrics."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.rubrics.types import RUBRIC_LIST, Rubric


@strawberry.type
class RubricQueries:
    rubric: Rubric | None = lookup(RUBRIC_LIST, READ, "Looks up a rubric; null if it does not exist.")
    rubrics: Connection[Rubric] = root_connection(RUBRIC_LIST, READ, "All rubrics, sorted by name by default.")
