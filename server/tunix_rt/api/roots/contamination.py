"""The root fields of contamination."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.contamination.protected import PROTECTED_SET_LIST, ProtectedSet
from tunix_rt.api.contamination.queries import find_contamination
from tunix_rt.api.contamination.types import CONTAMINATION_LIST, Contamination
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class ContaminationQueries:
    contamination: Contamination | None = strawberry.field(
        directives=[READ],
        resolver=find_contamination,
        description="Compares the prompts of a training dataset with those of an evaluation dataset. The first "
        "comparison of two datasets is computed within the request and stored. Null if a dataset is deleted in "
        "the meantime.",
    )
    contaminations: Connection[Contamination] = root_connection(
        CONTAMINATION_LIST,
        READ,
        "All stored comparisons of a training dataset with an evaluation dataset, newest first by default.",
    )
    protected_set: ProtectedSet | None = lookup(
        PROTECTED_SET_LIST, READ, "Looks up a protected set; null if it does not exist."
    )
    protected_sets: Connection[ProtectedSet] = root_connection(
        PROTECTED_SET_LIST, READ, "All protected sets, sorted by name by default."
    )
