"""The choice between building a dataset in the request and in a job."""

from __future__ import annotations

from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.recipes import Sampling
from tunix_rt.domain.traces.selection import count_selected


async def has_more_members(database: Database, recipe: Sampling, maximum: int) -> bool:
    """Returns whether a sampling has more than ``maximum`` members; the count of selected traces stops there."""
    return recipe.limit > maximum and await count_selected(database, recipe.selection, maximum + 1) > maximum
