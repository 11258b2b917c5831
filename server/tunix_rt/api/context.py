"""The context of a request: the database, the settings, the services, and the request's own caches."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader

from tunix_rt.api.execution.documents import Document
from tunix_rt.api.execution.limits.budget import AnswerBudget
from tunix_rt.db.identity import now
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.session import Database
from tunix_rt.domain.audit.recording import AuditedAction
from tunix_rt.domain.keys.grant import Grant
from tunix_rt.errors import TunixRtError, Unauthenticated
from tunix_rt.settings import Settings

if TYPE_CHECKING:  # a command that reads needs no service, and their modules take long to import
    from tunix_rt.api.services import Services

logger = logging.getLogger(__name__)

UNRECORDED = frozenset({"appendRunEvents"})
"""The mutations that programs make every second, and which the audit log does without."""


@dataclass
class Context:
    """One request, or one WebSocket connection with all its operations.

    Args:
        base_url: the server's URL for this client, without a slash at the end.
        grant: the permissions of the client; None before it has proved any.
        limit: the operation's timeout; None if it has none.
        charged: whether the cost of the operation has been taken from the key's points.
        budget: the limits of its answer.
    """

    database: Database
    settings: Settings
    services: Services
    base_url: str
    grant: Grant | None = None
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    document: Document = field(default_factory=lambda: Document(None, []))
    limit: asyncio.Timeout | None = None
    charged: bool = False
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    budget: AnswerBudget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = AnswerBudget(self.settings.response_max_bytes, self.settings.max_query_cost)

    @property
    def granted(self) -> Grant:
        """The permissions of the client.

        Raises:
            Unauthenticated: it has proved none.
        """
        if self.grant is None:
            raise Unauthenticated("An API key is needed.")
        return self.grant

    @contextmanager
    def recording(self, action: str) -> Iterator[None]:
        """Records a mutation or a route in the audit log, in the first transaction that is committed in the block.

        A server without keys records only that one is created.
        """
        if action in UNRECORDED or (not self.services.keys.needed and action != "createKey"):
            yield
            return
        with self.audited_action(action).recording():
            yield

    def audited_action(self, action: str) -> AuditedAction:
        """Returns an action of this request, to be recorded in the audit log."""
        return AuditedAction(action, self.request_id, self.settings.audit_keep_days)

    async def record_refusal(self, action: str) -> None:
        """Records in the audit log that an action was refused; a failure to record changes nothing for the client."""
        try:
            await self.audited_action(action).record(self.database, AuditOutcome.REFUSED)
        except TunixRtError as error:
            logger.warning("the refusal of %s cannot be recorded: %s", action, error.message)

    def spend(self, cost: int) -> None:
        """Takes the cost of the operation from the points of the client's key, once.

        Raises:
            RateLimited: the key has no points left.
        """
        if not self.charged and self.grant is not None:
            self.services.quotas.spend(self.grant.account, cost)
            self.charged = True

    def loader(self, key: Any, load: Callable[[list[Any]], Awaitable[list[Any]]]) -> DataLoader[Any, Any]:
        """Returns the loader of a key, which batches the loads of one turn of the event loop."""
        found = self.loaders.get(key)
        if found is None:
            found = self.loaders[key] = DataLoader(load_fn=load, cache=False, max_batch_size=500)
        return found

    def for_operation(self) -> Context:
        """Returns a copy with empty caches and an unused budget, since operations on one WebSocket run concurrently."""
        return replace(self, document=Document(None, []), loaders={})

    def download_url(self, path: str, until: datetime | None = None) -> str:
        """Returns a signed URL of a file that expires no later than ``until``.

        Raises:
            Unavailable: there is no secret to sign with, and none can be created.
        """
        return self.base_url + self.services.signer.sign(path, now(), until)

    def allow(self, seconds: float) -> None:
        """Resets the operation's timeout to this many seconds from now, for long operations."""
        if self.limit is not None:
            self.limit.reschedule(asyncio.get_running_loop().time() + seconds)
