"""The files of an attempt: its datasets, and the checkpoints and artifacts of its run, through the server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
from starlette.responses import RedirectResponse, Response

from tunix_rt.domain.attempts.artifacts import Artifact, record_upload, require_name, store_held_artifacts
from tunix_rt.domain.attempts.inputs import InputStore, may_read, model_files
from tunix_rt.domain.attempts.scratch import scratch_folder
from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, artifact_rows, storage_folder
from tunix_rt.domain.runs.stored_files.storing import OCTETS, media_type_of
from tunix_rt.domain.storage.base import Upload
from tunix_rt.errors import BadUserInput, ErrorCode
from tunix_rt.http.attempts.token import AttemptRequest, json_response
from tunix_rt.http.bodies import limit_body
from tunix_rt.http.downloads import RangedFile
from tunix_rt.http.errors import HttpError

logger = logging.getLogger(__name__)

URL_LIFETIME = timedelta(minutes=15)
WAIT_SECONDS = 20.0
"""The longest time that a request waits for datasets: shorter than the time limits of usual proxies."""
RESULT_SECONDS = 600.0
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


class InputTasks:
    """The datasets that are being stored, each by one task that all requests of its attempt wait for.

    A result that no request has read is forgotten after ``RESULT_SECONDS``: the process of its attempt is gone then.
    """

    def __init__(self) -> None:
        self._tasks: dict[tuple[uuid.UUID, int], asyncio.Task[list[str]]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def notes(self, given: AttemptRequest) -> list[str] | None:
        """Returns the warnings once the datasets are stored; None if that takes longer. Raises as ``InputStore``."""
        key = (given.hold.id, given.hold.attempt)
        if key not in self._tasks:
            context, run = given.context, await given.run()
            store = InputStore(context.database, context.services.storage, context.settings)
            if key not in self._tasks:  # another request may have started it meanwhile
                self._tasks[key] = task = asyncio.create_task(store.store(run))
                task.add_done_callback(partial(self._forget_later, key))
        task = self._tasks[key]
        await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if not task.done():
            return None
        self._forget(key, task)
        return task.result()

    def _forget_later(self, key: tuple[uuid.UUID, int], task: asyncio.Task[list[str]]) -> None:
        """Forgets a task that has ended, unless a request reads its result before."""
        if not task.cancelled():
            task.exception()  # an error that nobody reads is not logged
        asyncio.get_running_loop().call_later(RESULT_SECONDS, self._forget, key, task)

    def _forget(self, key: tuple[uuid.UUID, int], task: asyncio.Task[list[str]]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]

    async def close(self) -> None:
        """Stops all tasks."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def store_datasets(given: AttemptRequest) -> Response:
    """Stores the datasets of the run as training files; the status is 202 until they are among its artifacts."""
    tasks: InputTasks = given.request.app.state.input_tasks
    notes = await tasks.notes(given)
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
    if given.request.method == "GET" and (url := await file.signed_url(URL_LIFETIME)) is not None:
        return RedirectResponse(url, 307, headers={"Cache-Control": "no-store"})
    return RangedFile(file, OCTETS, {"Cache-Control": "no-store"})


async def put_file(given: AttemptRequest) -> Response:
    """Adds a file to the attempt's folder in the storage, whole or not at all.

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
        await given.run()  # the attempt may have lost its hold while the body arrived
        hold, storage = given.hold, given.context.services.storage
        with explain_write_errors("A file of an attempt"):
            await storage.add(
                Upload(part, storage_folder(hold.id, hold.attempt), name, hold.owner, media_type_of(name))
            )
    return Response(status_code=204)


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
