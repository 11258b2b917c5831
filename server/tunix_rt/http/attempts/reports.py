"""The run of an attempt, its lease, its events and its outcome."""

from __future__ import annotations

import logging
from typing import Annotated

import msgspec
from starlette.responses import Response

from tunix_rt.db.identity import now
from tunix_rt.domain.attempts.artifacts import require_name
from tunix_rt.domain.attempts.assignment import MANIFEST_MAX_CHARS, store_manifest
from tunix_rt.domain.attempts.batches import Batch, renew, store_batch
from tunix_rt.domain.attempts.outcomes import AttemptReport, record_outcome
from tunix_rt.domain.attempts.tokens import bind_place
from tunix_rt.domain.jobs.ledger import ENDS, lease_of
from tunix_rt.domain.runs.stored_files.keys import remove_unused
from tunix_rt.domain.storage.base import StorageFailed
from tunix_rt.errors import BadUserInput, RequestTimeout, Unavailable
from tunix_rt.http.attempts.token import AttemptRequest, held_response, json_response, over
from tunix_rt.offload import off_loop

logger = logging.getLogger(__name__)

PLACE_MAX_CHARS = 5000
MESSAGE_MAX_CHARS = 10_000
OUTPUT_MAX_CHARS = 20_000
EXIT_CODES = range(-(2**31), 2**31)


class Renewal(msgspec.Struct, frozen=True):
    """A heartbeat.

    Args:
        process: the supervisor's process, as ``HOST:PID``.
    """

    process: Annotated[str, msgspec.Meta(max_length=300)]


class GivenPlace(msgspec.Struct, frozen=True):
    """The place of the process of an attempt.

    Args:
        place: as ``HOST:FOLDER``.
    """

    place: Annotated[str, msgspec.Meta(min_length=1, max_length=PLACE_MAX_CHARS)]


class GivenManifest(msgspec.Struct, frozen=True):
    """The manifest that the trainer is started with."""

    manifest: Annotated[str, msgspec.Meta(max_length=MANIFEST_MAX_CHARS)]


async def show_run(given: AttemptRequest) -> Response:
    """Returns the run of the attempt: its parameters, its limits, and how far its events are stored."""
    return json_response(await given.run())


async def put_place(given: AttemptRequest) -> Response:
    """Binds the attempt to the place of the process; any other one is refused from then on."""
    place = (await given.body(GivenPlace)).place
    async with given.context.database.write() as session:
        await bind_place(session, given.hold, place, given.ledger)
    return Response(status_code=204)


async def renew_lease(given: AttemptRequest) -> Response:
    """Renews the lease, and returns whether a user has cancelled the run."""
    process = (await given.body(Renewal)).process
    async with given.context.database.write() as session:
        state = await renew(session, given.hold, lease_of(given.context.settings), process)
    return held_response(state)


async def add_batch(given: AttemptRequest) -> Response:
    """Stores a batch of events unless it is stored, renews the lease, and returns whether the run is cancelled.

    Raises:
        Conflict: the batch is neither the next one nor the last one sent again.
    """
    batch = await given.body(Batch)
    check_batch(batch, given.hold.attempt)
    digest = await off_loop(len(batch.entries) * 100, batch.hash)
    async with given.context.database.write() as session:
        state = await store_batch(session, given.hold, batch, digest, lease_of(given.context.settings))
    return held_response(state)


def check_batch(batch: Batch, attempt: int) -> None:
    """Checks the names and the attempts in a batch.

    Raises:
        BadUserInput: a name could lead out of the run's folder, or a later attempt is named.
    """
    for artifact in batch.artifacts:
        require_name(artifact.name)
    newest = max((entry.attempt for entry in (*batch.entries, *batch.receipts, *batch.weights)), default=1)
    if newest > attempt:
        raise BadUserInput(f"attempt must be at most {attempt}, the attempt of the token; it is {newest}.")
    if any(artifact.attempt is not None for artifact in batch.artifacts):
        raise BadUserInput("attempt must be null: artifacts of a batch are stored later.", ["artifacts"])


async def put_manifest(given: AttemptRequest) -> Response:
    """Stores the manifest with the run."""
    manifest = (await given.body(GivenManifest)).manifest
    async with given.context.database.write() as session:
        await store_manifest(session, given.hold, manifest)
    return Response(status_code=204)


async def record_end(given: AttemptRequest) -> Response:
    """Records the end of the attempt, after which its token is not valid, and removes what it has replaced."""
    report = await given.body(AttemptReport)
    check_report(report)
    async with given.context.database.write() as session:
        recorded = await record_outcome(session, given.hold, report, min(report.outcome.ended_at, now()))
    if not recorded:
        raise over()
    await clear_storage(given)
    return Response(status_code=204)


async def clear_storage(given: AttemptRequest) -> None:
    """Removes the stored files that the run does not need any more, or logs why they are left."""
    try:
        await remove_unused(given.context.database, given.context.services.storage, given.hold.id)
    except (Unavailable, RequestTimeout, StorageFailed) as error:
        logger.warning("run %s: files are left in the storage: %s", given.hold.id, error.message)


def check_report(report: AttemptReport) -> None:
    """Checks the report of an attempt's end.

    Raises:
        BadUserInput: a value is out of its limits.
    """
    outcome = report.outcome
    if outcome.status is not None and outcome.status not in ENDS:
        raise BadUserInput(f"status must be final, or null; it is {outcome.status.value}.", ["outcome", "status"])
    if outcome.exit_code is not None and outcome.exit_code not in EXIT_CODES:
        raise BadUserInput("exit_code must be an integer of 32 bits.", ["outcome", "exit_code"])
    check_lengths(("message", outcome.message, MESSAGE_MAX_CHARS), *streams(report))
    for artifact in report.files:
        require_name(artifact.name)


def check_lengths(*texts: tuple[str, str, int]) -> None:
    """Checks texts, each with its name and its limit in characters.

    Raises:
        BadUserInput: one is too long.
    """
    for name, text, maximum in texts:
        if len(text) > maximum:
            raise BadUserInput(f"{name} must have at most {maximum:,} characters; it has {len(text):,}.", [name])


def streams(report: AttemptReport) -> tuple[tuple[str, str, int], ...]:
    """Returns the ends of the output, each with its name and its limit."""
    return (("stdout", report.stdout, OUTPUT_MAX_CHARS), ("stderr", report.stderr, OUTPUT_MAX_CHARS))
