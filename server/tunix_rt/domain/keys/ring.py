"""The keys in memory: requests are decided without reading the database.

A server reads all keys at most every two seconds, and only while it has requests or open streams. A change by another
process is therefore effective within five seconds, and one by this server at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import hmac
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tunix_rt.db.errors import first_line
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.grant import WITHOUT_KEY, Grant, Undecided, keys_unreadable
from tunix_rt.domain.keys.scopes import scopes_of, with_included
from tunix_rt.domain.keys.secret import prefix_of, secret_hash
from tunix_rt.domain.keys.sign_ins import SignIn, is_valid, new_sign_in, prefix_in
from tunix_rt.domain.keys.storage import USE_RECORDED, all_keys, record_use
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.errors import Conflict, TunixRtError, Unauthenticated

REFRESH_SECONDS = 2.0
"""Age of the keys in memory from which they are read again in the background."""
USABLE_SECONDS = 4.5
"""Age of the keys in memory from which no request is decided by them."""
WAIT_SECONDS = 1.0
"""Longest wait for the database by a request to a server that had no keys when it last read them, and when stopping."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownKeys:
    """All keys as they were at one time.

    Args:
        grants: the permissions and the hash of the secret of each key that is not revoked, by prefix.
        exist: whether there is any key, revoked ones included.
        read_at: the monotonic time at which reading started.
    """

    grants: Mapping[str, tuple[Grant, str]]
    exist: bool
    read_at: float

    @property
    def age(self) -> float:
        """Seconds since the keys were read."""
        return time.monotonic() - self.read_at

    def holds(self, grant: Grant) -> bool:
        """Returns whether permissions are still valid; those of a user are while a stream is open."""
        if grant.user is not None:
            return True
        if grant.prefix is None:
            return not self.exist
        known = self.grants.get(grant.prefix)
        return known is not None and known[0] == grant and not is_expired(grant)


class KeyRing:
    """Decides requests by the keys of a database.

    Args:
        database: holds the keys.
        signer: signs the tokens of sign-ins.
        always: whether permissions are needed even if no key exists, as on addresses that other machines can reach.
        local_without: whether requests from this machine need no key.
    """

    def __init__(self, database: Database, signer: Signer, *, always: bool, local_without: bool) -> None:
        self._database = database
        self._signer = signer
        self._always = always
        self._local_without = local_without
        self._known: KnownKeys | None = None
        self._reason = ""
        self._reading: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._watched: dict[object, tuple[Grant, Callable[[], object]]] = {}
        self._recorded: dict[uuid.UUID, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = contextvars.copy_context()  # the reading belongs to no request

    @property
    def needed(self) -> bool:
        """True if requests need permissions; false for commands, which read no keys."""
        return self._known is not None and (self._always or self._known.exist)

    async def grant(
        self, secret: str | None, *, local: bool, token: str | None = None, user: Grant | None = None
    ) -> Grant:
        """Returns the permissions of a request.

        Args:
            secret: the secret that the request has; None without one.
            local: whether the request is one of this machine.
            token: the token of a sign-in, which counts if there is neither a secret nor a user.
            user: the permissions of a user whom a proxy has signed in, which count if there is no secret.

        Raises:
            Unauthenticated: the request needs a valid key.
            Unavailable: the keys cannot be read.
        """
        known = self._known
        if known is None or known.age >= REFRESH_SECONDS:
            known = await self._current()
        if known is None:
            return Undecided(frozenset(), reason=self._reason)
        if not known.exist and not self._always:
            return WITHOUT_KEY
        if secret is not None:
            return self._grant(known, secret)
        if user is not None:
            return user
        signed_in = self._signed_in(known, token)
        if signed_in is not None:
            return signed_in
        if self._local_without and local:
            return WITHOUT_KEY
        raise Unauthenticated(
            "An API key is needed: send it as `Authorization: Bearer KEY`, or sign in with a browser."
        )

    async def sign_in(self, secret: str) -> SignIn:
        """Returns a new sign-in with the key of a secret.

        Raises:
            Unauthenticated: no valid key has this secret.
            Conflict: the server has no keys.
            Unavailable: the keys cannot be read, or there is no secret to sign with.
        """
        grant = await self.grant(secret, local=False)
        if isinstance(grant, Undecided):
            raise keys_unreadable(grant.reason)
        if grant.prefix is None:
            raise Conflict("This server has no API keys, so nobody has to sign in.")
        return new_sign_in(self._signer, grant, secret_hash(secret), now())

    def _signed_in(self, known: KnownKeys, token: str | None) -> Grant | None:
        """Returns the permissions of a sign-in; None if the token is no longer valid, or never was."""
        prefix = None if token is None else prefix_in(token)
        found = known.grants.get(prefix) if prefix else None
        if token is None or found is None or is_expired(found[0]) or not is_valid(self._signer, token, found[1], now()):
            return None
        self._record(found[0])
        return found[0]

    def _grant(self, known: KnownKeys, secret: str) -> Grant:
        """Returns the permissions of a secret; raises as ``grant`` does."""
        prefix = prefix_of(secret)
        found = known.grants.get(prefix) if prefix else None
        if found is None or not hmac.compare_digest(found[1], secret_hash(secret)) or is_expired(found[0]):
            raise Unauthenticated("The API key is unknown, revoked or expired.")
        self._record(found[0])
        return found[0]

    async def _current(self) -> KnownKeys | None:
        """Returns keys that were read a short time ago; None if they could not be read since the start.

        Raises:
            Unavailable: that is not possible, and other machines can reach the server or keys existed before.
        """
        reading = self._read_soon()
        known = self._known
        if known is not None and known.age < USABLE_SECONDS:
            return known
        open_before = known is not None and not known.exist and not self._always
        await asyncio.wait([reading], timeout=WAIT_SECONDS if open_before else USABLE_SECONDS)
        known = self._known
        if known is not None and (known.age < USABLE_SECONDS or open_before):
            return known  # without the database, nothing can be done that keys protect
        if known is None and not self._always:
            return None
        raise keys_unreadable(self._reason)

    async def start(self) -> None:
        """Reads the keys before the first request, unless the database does not answer."""
        await asyncio.wait([self._read_soon()], timeout=USABLE_SECONDS)

    async def refresh(self) -> None:
        """Reads the keys now, after this server has changed them."""
        while self._reading is not None:  # it may have started before the change
            await asyncio.wait([self._reading])
        await asyncio.wait([self._read_soon()])

    def _read_soon(self) -> asyncio.Task[None]:
        """Returns the task that reads the keys, which all requests share."""
        if self._reading is None:
            self._reading = self._start(self._read())
        return self._reading

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs work that belongs to no request."""
        task = asyncio.create_task(work, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _read(self) -> None:
        """Reads all keys, and ends the streams of those that are no longer valid."""
        started = time.monotonic()
        try:
            async with self._database.read() as session:
                rows = await all_keys(session)
            grants = {row.prefix: (grant_of(row), row.secret_sha256) for row in rows if row.revoked_at is None}
            self._known = KnownKeys(grants, bool(rows), started)
        except (TunixRtError, SQLAlchemyError) as error:  # the latter if the table does not exist yet
            logger.warning("the API keys cannot be read: %s", first_line(error))
            self._reason = error.message if isinstance(error, TunixRtError) else ""
        finally:
            self._reading = None
        self._end_streams()

    @contextmanager
    def watching(self, grant: Grant, end: Callable[[], object]) -> Iterator[None]:
        """Calls ``end`` once if the permissions become invalid within the block."""
        stream = object()
        self._watched[stream] = grant, end
        if self._watching is None:
            self._watching = self._start(self._watch())
        try:
            yield
        finally:
            self._watched.pop(stream, None)

    async def _watch(self) -> None:
        """Reads the keys at intervals while there are open streams."""
        while self._watched:
            await asyncio.sleep(REFRESH_SECONDS)
            await asyncio.wait([self._read_soon()])
        self._watching = None

    def _end_streams(self) -> None:
        """Ends the streams whose permissions are no longer valid."""
        known = self._known
        for stream, (grant, end) in list(self._watched.items()):
            if known is not None and not self._holds(known, grant):
                del self._watched[stream]
                end()

    def _holds(self, known: KnownKeys, grant: Grant) -> bool:
        """Returns whether the permissions of a stream are still valid."""
        return known.holds(grant) or (grant is WITHOUT_KEY and self._local_without)

    def _record(self, grant: Grant) -> None:
        """Stores the use of a key soon, at most once a minute."""
        at = time.monotonic()
        if grant.key_id is not None and at - self._recorded.get(grant.key_id, -1e9) >= USE_RECORDED.total_seconds():
            self._recorded[grant.key_id] = at
            self._start(self._store_use(grant.key_id))

    async def _store_use(self, key_id: uuid.UUID) -> None:
        """Stores the use of a key; a failure costs nothing but the time shown."""
        try:
            async with self._database.write() as session:
                await record_use(session, key_id)
        except TunixRtError as error:
            logger.warning("the use of an API key cannot be stored: %s", error.message)

    async def close(self) -> None:
        """Stops reading. Statements under way may finish: a connection that is cut off outlives the event loop."""
        if self._watching is not None:
            self._watching.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=WAIT_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def grant_of(row: Any) -> Grant:
    """Returns the permissions of a stored key."""
    return Grant(with_included(scopes_of(row.scopes)), row.id, row.name, row.prefix, row.expires_at)


def is_expired(grant: Grant) -> bool:
    """Returns whether a key has expired."""
    return grant.expires_at is not None and grant.expires_at <= now()
