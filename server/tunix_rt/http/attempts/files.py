"""The files of an attempt: its datasets, and the checkpoints and artifacts of its run, through the server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from starlette.responses import RedirectResponse, Response

from tunix_rt.domain.attempts.artifacts import Artifact, record_upload, require_name, store_held_artifacts
from tunix_rt.domain.attempts.inputs import InputStore, may_read, model_files
from tunix_rt.domain.attempts.scratch import scratch_folder
from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, artifact_rows, storage_folder
from tunix_rt.domain.runs.stored_files.storing import OCTETS, media_type_of
from tunix_rt.domain.storage.base import AttemptFolder, StoredFile, Upload
from tunix_rt.errors import BadUserInput, ErrorCode
from tunix_rt.http.attempts.input_tasks import InputTasks
from tunix_rt.http.attempts.token import AttemptRequest, json_response
from tunix_rt.http.bodies import limit_body
from tunix_rt.http.downloads import RangedFile
from tunix_rt.http.errors import HttpError

URL_LIFETIME = timedelta(minutes=15)
DIGEST = "content-digest"
"""The header with the hash of a body (RFC 9530): ``sha-256=:BASE64:``."""


class GivenArtifacts(msgspec.Struct, frozen=True):
    """Artifacts to add."""

    artifacts: list[Artifact]


class ListedArtifacts(msgspec.Struct, frozen=True):
    """The artifacts of a run.

    Args:
        name: the name of the run's folder.
    """

    artifacts: list[ArtifactRow]
    name: str | None = None


async def store_datasets(given: AttemptRequest) -> Response:
    """Stores the datasets of the run as training files; the status is 202 until they are among its artifacts."""
    store = InputStore(given.context.database, given.context.services.storage, given.context.settings)

    async def start() -> Coroutine[Any, Any, list[str]]:
        return store.store(await given.run())

    tasks: InputTasks = given.request.app.state.input_tasks
    notes = await tasks.notes(given.hold, start)
    return json_response({"warnings": notes or []}, 202 if notes is None else 200)


async def list_artifacts(given: AttemptRequest) -> Response:
    """Returns the artifacts of the run, with the attempts that have stored them."""
    async with given.context.database.read() as session:
        return json_response(ListedArtifacts(await artifact_rows(session, given.hold.id)))


async def list_model(given: AttemptRequest) -> Response:
    """Returns the stored artifacts of the run whose model the attempt trains; 204 if it trains another model."""
    run = await given.run()
    async with given.context.database.read() as session:
        found = await model_files(session, run)
    return Response(status_code=204) if found is None else json_response(ListedArtifacts(found[1], found[0]))


async def add_artifacts(given: AttemptRequest) -> Response:
    """Adds artifacts, in place of those of the same names."""
    artifacts = (await given.body(GivenArtifacts)).artifacts
    for artifact in artifacts:
        require_name(artifact.name)
    async with given.context.database.write() as session:
        await store_held_artifacts(session, given.hold, artifacts)
    return Response(status_code=204)


async def mark_stored(given: AttemptRequest) -> Response:
    """Records that the attempt has stored an artifact, and returns whether it is recorded."""
    artifact_id: uuid.UUID = given.request.path_params["artifact"]
    async with given.context.database.write() as session:
        return json_response({"recorded": await record_upload(session, given.hold, artifact_id)})


async def get_file(given: AttemptRequest) -> Response:
    """Returns a stored file of the run, or of that whose model the attempt trains, or ranges of it.

    Raises:
        HttpError: there is no such file, or it is not one of these runs.
    """
    parameters, run = given.request.path_params, await given.run()
    run_id, name = parameters["run"], require_name(parameters["name"])
    async with given.context.database.read() as session:
        allowed = await may_read(session, run, run_id)
    key = storage_folder(run_id, parameters["attempt"]).key(name)
    file = await given.context.services.storage.find(key) if allowed else None
    if file is None:
        raise HttpError(404, "There is no such file among those that this attempt may read.", ErrorCode.NOT_FOUND)
    return await file_response(given, file)


async def file_response(given: AttemptRequest, file: StoredFile) -> Response:
    """Returns a stored file or ranges of it, or sends the process to the storage if the settings allow that."""
    if given.request.method == "GET" and (url := await file.signed_url(URL_LIFETIME)) is not None:
        return RedirectResponse(url, 307, headers={"Cache-Control": "no-store"})
    return RangedFile(file, OCTETS, {"Cache-Control": "no-store"})


async def put_file(given: AttemptRequest) -> Response:
    """Adds a file to the attempt's folder in the storage; raises as ``receive_file``."""
    name, folder = given.request.path_params["name"], storage_folder(given.hold.id, given.hold.attempt)
    await receive_file(given, folder, media_type_of(name), given.run)
    return Response(status_code=204)


async def receive_file(
    given: AttemptRequest, target: AttemptFolder, media_type: str, held: Callable[[], Awaitable[object]]
) -> None:
    """Adds the file of a request to a folder in the storage, whole or not at all.

    Args:
        held: raises AttemptOver if the attempt has lost its hold while the body arrived.

    Raises:
        HttpError: the body is too large, or incomplete.
        BadUserInput: it has another hash than ``Content-Digest``, or the name is invalid.
        Conflict: another file has this name.
    """
    name, settings = require_name(given.request.path_params["name"]), given.context.settings
    async with scratch_folder(settings.data_dir) as folder:
        part = folder / "part"
        parts = limit_body(given.request, settings.attempt_file_max_bytes)
        digest = await receive_body(parts, part)
        if digest != given.request.headers.get(DIGEST):
            raise BadUserInput(f"Content-Digest must be the body's hash, {digest}, as RFC 9530 specifies.", [DIGEST])
        await held()
        with explain_write_errors("A file of an attempt"):
            await given.context.services.storage.add(Upload(part, target, name, given.hold.owner, media_type))


async def receive_body(parts: AsyncIterator[bytes], path: Path) -> str:
    """Writes a body to a file, and returns its ``Content-Digest``."""
    digest = hashlib.sha256()
    with explain_write_errors("A file of an attempt"), path.open("wb") as file:
        async for part in parts:
            await asyncio.to_thread(write, file, part)
            digest.update(part)
    return content_digest(digest.digest())


def write(file: BinaryIO, part: bytes) -> None:
    """Writes a part of a body."""
    file.write(part)


def content_digest(sha256: bytes) -> str:
    """Returns the value of ``Content-Digest`` for a hash."""
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


async def delete_files(given: AttemptRequest) -> Response:
    """Removes a checkpoint that the attempt has stored from the storage."""
    name = require_name(given.request.path_params["name"])
    folder = storage_folder(given.hold.id, given.hold.attempt)
    await given.context.services.storage.remove(folder.key(name))
    return Response(status_code=204)
