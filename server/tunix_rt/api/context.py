"""What a resolver can reach: the database, the settings, what is kept between requests, and this one's own caches."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from strawberry.dataloader import DataLoader

from tunix_rt.api.execution.budget import AnswerBudget
from tunix_rt.api.execution.documents import Document
from tunix_rt.api.live.trace_feed import TraceFeed
from tunix_rt.api.services import LongWork
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.integrations.rediai import Rediai
from tunix_rt.integrations.tunix import TunixProbe
from tunix_rt.settings import Settings


@dataclass(frozen=True)
class Neighbours:
    """The other systems whose state is looked up, each with what it remembers between requests."""

    tunix: TunixProbe
    rediai: Rediai

    @classmethod
    def of(cls, settings: Settings) -> Neighbours:
        """Those that the settings name."""
        return cls(TunixProbe(settings.trainer_python), Rediai(settings))

    async def close(self) -> None:
        """Gives up what is under way."""
        await self.rediai.close()


@dataclass
class Context:
    """One request, or one WebSocket connection with all its operations.

    Args:
        neighbours: the other systems.
        work: what is needed of jobs and their files.
        base_url: where this client reaches the server, without a slash at the end.
        limit: when the operation is ended; None where nothing ends it.
        budget: what its answer may take.
    """

    database: Database
    settings: Settings
    feed: TraceFeed
    neighbours: Neighbours
    work: LongWork
    base_url: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    document: Document = field(default_factory=lambda: Document(None, []))
    limit: asyncio.Timeout | None = None
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    budget: AnswerBudget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = AnswerBudget(self.settings.answer_max_bytes, self.settings.max_query_cost)

    def loader(self, key: Any, load: Callable[[list[Any]], Awaitable[list[Any]]]) -> DataLoader[Any, Any]:
        """The loader under a key, which asks once for all that resolvers want in the same moment."""
        found = self.loaders.get(key)
        if found is None:
            found = self.loaders[key] = DataLoader(load_fn=load, cache=False, max_batch_size=500)
        return found

    def for_operation(self) -> Context:
        """The same, with fresh caches and a fresh budget: operations on one WebSocket run side by side."""
        return replace(self, document=Document(None, []), loaders={})

    def download_url(self, path: str, until: datetime | None = None) -> str:
        """A URL under which a file can be had for some time, but no longer than it is there.

        Raises:
            Unavailable: there is no secret to sign it with, and none can be made.
        """
        return self.base_url + self.work.signer.signed(path, now(), until)

    def allow(self, seconds: float) -> None:
        """Gives the operation this much time from now on, where it is long by its nature."""
        if self.limit is not None:
            self.limit.reschedule(asyncio.get_running_loop().time() + seconds)
