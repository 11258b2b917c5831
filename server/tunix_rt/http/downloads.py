"""Downloads over plain HTTP: files of exports and runs by signed URLs, and the records of a dataset as a stream."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import fields
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from tunix_rt.api.context import Context
from tunix_rt.db.identity import now
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.domain.datasets.lookup import completed_dataset_key, resolve_dataset_id
from tunix_rt.domain.exports.containers import Container, get_container_type
from tunix_rt.domain.exports.files import storage_key
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import export_file_of, file_name
from tunix_rt.domain.exports.option_checks import check_options
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.runs.artifacts import artifact_of, stored_artifact
from tunix_rt.domain.runs.stored_files.storing import media_type_of
from tunix_rt.domain.storage.base import StorageFailed, StoredFile, attachment
from tunix_rt.errors import BadUserInput, ErrorCode
from tunix_rt.http.conditions import bytes_range, is_known
from tunix_rt.http.errors import HttpError, error_response
from tunix_rt.http.parameters import require_known

PRIVATE = "private, no-cache"
"""Browsers may store the file, but revalidate it each time."""

T = TypeVar("T")

PARAMETERS = frozenset({"format", *(option.name for option in fields(FormatOptions))} - {"escape_formulas"})


async def download(request: Request) -> Response:
    """Returns the file of an export, or ranges of it (``Range``), for its signed URL."""
    context = signed_context(request)
    row = await stored_export(context, uuid.UUID(request.path_params["export"]))
    file = await context.services.storage.find(storage_key(row.path))
    if file is not None and file.size != row.byte_size:
        raise StorageFailed(f"The stored file has {file.size:,} bytes, not {row.byte_size:,}; create the export again.")
    media = get_container_type(Container(row.container)).media_type
    response = await conditional_file(request, file, row.file_name, media, row.sha256)
    if request.method == "GET" and response.status_code != 304:
        await record_download(context, request)
    return response


async def record_download(context: Context, request: Request) -> None:
    """Records the download of an export, or of ranges of it, in the audit log, once the server has keys.

    Raises:
        Unavailable: the event cannot be stored.
    """
    if not context.services.keys.needed:
        return
    audited = context.audited_action("GET /v1/exports")
    audited.note("Export", [uuid.UUID(request.path_params["export"])])
    await audited.record(context.database, AuditOutcome.DONE)


async def download_artifact(request: Request) -> Response:
    """Returns a file of a run, or ranges of it (``Range``), for its signed URL."""
    context = signed_context(request)
    artifact_id = uuid.UUID(request.path_params["artifact"])
    async with context.database.read() as session:
        row = await artifact_of(session, artifact_id)
    file = await stored_artifact(context.services.storage, context.settings.data_dir, row)
    return await conditional_file(request, file, PurePosixPath(row.name).name, media_type_of(row.name), row.sha256)


def signed_context(request: Request) -> Context:
    """Returns the context of a request whose URL has a valid signature for its path and has not expired.

    Raises:
        Forbidden: the signature is missing or invalid, or the URL has expired.
    """
    context: Context = request.app.state.context_for(request)
    parameters = request.query_params
    expires, signature = parameters.get("expires", ""), parameters.get("signature", "")
    context.services.signer.check(request.scope["path"], expires, signature, now())
    return context


async def conditional_file(request: Request, file: StoredFile | None, name: str, media: str, sha256: str) -> Response:
    """Returns a file or a redirect to its storage, or 304 if the client has it already.

    Raises:
        HttpError: 410 if the file was removed, 412 if a precondition fails.
    """
    headers = {"ETag": f'"{sha256}"', "Cache-Control": PRIVATE}
    if is_known(request, sha256, None if file is None else file.modified):
        return Response(status_code=304, headers=headers)
    if file is None:
        raise removed_error()
    if request.method == "GET" and (url := await file.signed_url(url_lifetime(request))) is not None:
        return RedirectResponse(url, 307, headers={"Cache-Control": "no-store"})
    return RangedFile(file, media, headers | {"Content-Disposition": attachment(name)})


async def stored_export(context: Context, export_id: uuid.UUID) -> Any:
    """Returns the row of an export that has a file.

    Raises:
        HttpError: 404 if the export does not exist, 410 if its file was removed.
    """
    async with context.database.read() as session:
        row = await export_file_of(session, export_id)
    if row is None:
        raise HttpError(404, "There is no such export.", ErrorCode.NOT_FOUND)
    if row.path is None:
        raise removed_error()
    return row


def removed_error() -> HttpError:
    """Returns the error for a file that was removed."""
    return HttpError(410, "The file was removed; create the export again.", ErrorCode.NOT_FOUND)


def url_lifetime(request: Request) -> timedelta:
    """Returns the remaining lifetime of the request's signed URL, for a URL of the storage; at least a second."""
    left = int(request.query_params["expires"]) - now().timestamp()
    return timedelta(seconds=max(1, int(left)))


class RangedFile(FileResponse):
    """A file of a storage, or ranges of it; an invalid ``Range`` gets the same error response as other errors.

    A range applies to GET only, and one with a unit other than bytes is ignored (RFC 9110, 14.2). Of several ranges,
    those that the file has are sent; if it has none of them, the status is 416. The head of the response is sent with
    the first bytes, so that a file that cannot be read gets an error response, too.
    """

    def __init__(self, file: StoredFile, media: str, headers: dict[str, str]) -> None:
        stat = os.stat_result((0o100644, 0, 0, 0, 0, 0, file.size, 0, int(file.modified.timestamp()), 0))
        super().__init__("", headers=headers, media_type=media, stat_result=stat)
        self._stored, self._size = file, file.size

    def _open_file(self) -> Any:
        """Opens the file where it is stored, for the methods of the base class."""
        return self._stored.open()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope = with_range(scope, self._size)
        except HttpError as error:
            await error_response(error, scope["state"]["request_id"])(scope, receive, send)
            return
        refusal: Response | None = None
        heads: list[Message] = []

        async def checked(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start":
                heads.append(message)
                if message["status"] == 416:
                    refusal = self._refusal(scope["state"]["request_id"])
            elif refusal is None:
                while heads:
                    await send(heads.pop())
                await send(message)

        await super().__call__(scope, receive, checked)
        if refusal is not None:
            await refusal(scope, receive, send)

    def _refusal(self, request_id: str) -> Response:
        headers = {"Content-Range": f"bytes */{self._size}"}
        return error_response(HttpError(416, f"The file has {self._size} bytes.", headers=headers), request_id)


def with_range(scope: Scope, size: int) -> Scope:
    """Returns a request for a file with the ranges of it that can be sent; raises as ``bytes_range`` does."""
    asked = Headers(scope=scope).get("range")
    ranges = None if asked is None or scope["method"] != "GET" else bytes_range(asked, size)
    headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
    return {**scope, "headers": headers if ranges is None else [*headers, (b"range", ranges.encode())]}


async def stream_dataset(request: Request) -> Response:
    """Streams the records of a dataset, one JSON object a line, rendered while they are sent.

    The query's ``format`` names the format (``trace`` by default); the other parameters are its options. Deleted
    members are left out. On an error after the start the connection is aborted, so that a client recognises an
    incomplete answer.
    """
    context: Context = request.app.state.context_for(request)
    format_, options = export_parameters(request)
    async with context.database.read() as session:
        dataset_id = await resolve_dataset_id(session, request.path_params["dataset"])
        key = await completed_dataset_key(session, dataset_id)
    name = file_name(key, format_, Container.JSONL)
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    media = get_container_type(Container.JSONL).media_type
    if request.method == "HEAD":
        return Response(media_type=media, headers=headers)
    rows = DatabaseRows(context.database, OfDataset(dataset_id), format_, options)
    return StreamingResponse(dataset_lines(rows), media_type=media, headers=headers)


async def dataset_lines(rows: DatabaseRows) -> AsyncIterator[bytes]:
    """Yields the lines of a dataset, a page at a time."""
    async with aclosing(ExportReader(rows.format, rows.options).pages(rows)) as pages:
        async for page in pages:
            yield b"\n".join([*page.lines, b""])


def export_parameters(request: Request) -> tuple[ExportFormat, FormatOptions]:
    """Returns the format and the options of a query.

    Raises:
        BadUserInput: a parameter is unknown, given twice, or has an invalid value.
    """
    parameters = request.query_params
    require_known(parameters, PARAMETERS)
    given = parameters.get("format", ExportFormat.TRACE.value).lower()
    try:
        format_ = ExportFormat(given)
    except ValueError:
        known = ", ".join(found.value for found in ExportFormat)
        raise BadUserInput(f"format must be one of {known}.", ["format"]) from None
    options = FormatOptions(
        parameters.get("system_instruction"),
        flag(parameters.get("keep_control_tokens"), "keep_control_tokens"),
        flag(parameters.get("round_trip"), "round_trip"),
        template=parameters.get("template", DEFAULT_TEMPLATE),
        include_scores=flag(parameters.get("include_scores"), "include_scores"),
        scorer=parameters.get("scorer"),
        threshold=parse_parameter(parameters.get("threshold", "0.5"), "threshold", float, "a number"),
        pair_rule=parse_parameter(
            parameters.get("pair_rule", "best_worst"), "pair_rule", PairRule, "best_worst or all"
        ).value,
        margin=parse_parameter(parameters.get("margin", "0"), "margin", float, "a number"),
        pairs_per_group=parse_parameter(parameters.get("pairs_per_group", "1"), "pairs_per_group", int, "an integer"),
        conversational=flag(parameters.get("conversational"), "conversational"),
    )
    return format_, check_options(format_, Container.JSONL, options)


def parse_parameter(text: str, name: str, parse: Callable[[str], T], kind: str) -> T:
    """Parses a parameter.

    Raises:
        BadUserInput: the value is not of its kind.
    """
    try:
        return parse(text)
    except ValueError:
        raise BadUserInput(f"{name} must be {kind}.", [name]) from None


def flag(text: str | None, name: str) -> bool:
    """Parses ``true`` or ``false``; a missing parameter is false.

    Raises:
        BadUserInput: the value is anything else.
    """
    if text not in {None, "true", "false"}:
        raise BadUserInput(f"{name} must be true or false.", [name])
    return text == "true"
