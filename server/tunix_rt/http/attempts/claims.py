"""``/v1/workers``: workers without the database claim attempts with a key of the scope ``run``."""

from __future__ import annotations

import uuid
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.claims import (
    ClaimedAttempt,
    WorkerClaim,
    claim_attempt,
    find_status,
    may_claim,
    register,
    unneeded_folders,
)
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.workers import delete_remote_worker
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.http.access.open_paths import require_grant
from tunix_rt.http.attempts.token import decode_body, json_response
from tunix_rt.http.bodies import read_body

NAMES = {
    JobKindName.RUN: "Run",
    JobKindName.DRY_RUN: "Run",
    JobKindName.GENERATION: "Generation",
    JobKindName.EXPORT: "Export",
}
"""The names of the types of jobs in the audit log."""


class ClaimAnswer(msgspec.Struct, frozen=True):
    """The answer to a claim.

    Args:
        attempt: None if there is none for the worker.
        status: the status, before this claim, of the only run that the worker takes; None if it takes all that fit.
        unneeded: the jobs among those of ``folders`` whose folder the worker may remove.
    """

    attempt: ClaimedAttempt | None
    status: JobStatus | None
    unneeded: list[uuid.UUID]


async def claim(request: Request) -> Response:
    """Records the worker's heartbeat, and returns an attempt at a job that waits, if there is one."""
    grant = require_grant(request)
    grant.require({KeyScope.RUN})
    context: Context = request.app.state.context_for(request)
    given = decode_body(await read_body(request, context.settings), WorkerClaim)
    given.check()
    settings, attempt = context.settings, None
    lease, grace = lease_of(settings), timedelta(seconds=settings.worker_grace_seconds)
    async with context.database.read() as session:
        status = await find_status(session, given)
        asks = await may_claim(session, given, lease, grace)
        unneeded = await unneeded_folders(session, given)
    async with context.database.write() as session:
        await register(session, given, grant.account)
    if asks:
        with context.recording(f"POST {paths.CLAIMS}"):
            async with context.database.write() as session:
                attempt = await claim_attempt(session, given, lease, grace)
                if attempt is not None:
                    note_objects(NAMES[attempt.kind], [attempt.job])
    return json_response(ClaimAnswer(attempt, status, unneeded))


async def leave(request: Request) -> Response:
    """Removes a worker from those that are alive, as it stops; does nothing for workers of other keys."""
    grant = require_grant(request)
    grant.require({KeyScope.RUN})
    context: Context = request.app.state.context_for(request)
    worker_id: uuid.UUID = request.path_params["worker"]
    async with context.database.write() as session:
        await delete_remote_worker(session, worker_id, grant.account)
    return Response(status_code=204)
