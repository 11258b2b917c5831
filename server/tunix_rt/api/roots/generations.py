"""The root fields of generations."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.generations.types import GENERATION_LIST, Generation
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class GenerationQueries:
    generation: Generation | None = lookup(GENERATION_LIST, READ, "Looks up a generation; null if it does not exist.")
    generations: Connection[Generation] = root_connection(
        GENERATION_LIST, READ, "All generations, newest first by default."
    )
