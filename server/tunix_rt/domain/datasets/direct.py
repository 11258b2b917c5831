"""Which datasets are built while their request waits, and which by a process of their own."""

from __future__ import annotations

from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.recipes import Sampling
from tunix_rt.domain.traces.selection import count_selected


async def has_more_members(database: Database, recipe: Sampling, most: int) -> bool:
    """Whether a drawing has more than ``most`` members; of the traces that it selects no more are counted."""
    return recipe.limit > most and await count_selected(database, recipe.selection, most + 1) > most
