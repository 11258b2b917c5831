"""The export of an attempt: its rows, its file and its outcome.

The process renders the records and writes the file. It reads a page of rows by each request, in one short read, so that
a slow process holds nothing of the database.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.exports import (
    AskedMembers,
    AskedPage,
    AskedTraces,
    AssignedExport,
    ExportReport,
    ExportState,
    held_request,
    record_export,
    renew_export,
)
from tunix_rt.domain.exports.containers import get_container_type
from tunix_rt.domain.exports.files import remove_earlier, storage_folder
from tunix_rt.domain.exports.grouping import ids_within
from tunix_rt.domain.exports.rows import DatabaseRows, RowPage, SourceSize
from tunix_rt.domain.exports.sources import pack_position, unpack_position
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.errors import BadUserInput, Conflict, ErrorCode, RequestTimeout
from tunix_rt.http.attempts.files import receive_file
from tunix_rt.http.attempts.reports import MESSAGE_MAX_CHARS, check_lengths
from tunix_rt.http.attempts.token import AttemptRequest, held_response, json_response, over
from tunix_rt.offload import off_loop

ENDS = frozenset({None, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


async def show_export(given: AttemptRequest) -> Response:
    """Returns the export of the attempt: its format, its options, its container, and the name of its file."""
    return json_response(await given.export())


async def renew_lease_of_export(given: AttemptRequest) -> Response:
    """Renews the lease with the progress, and returns whether a user has cancelled the export."""
    state = await given.body(ExportState)
    async with given.context.database.write() as session:
        return held_response(await renew_export(session, given.hold, state, lease_of(given.context.settings)))


async def show_size(given: AttemptRequest) -> Response:
    """Returns the expected number of traces; 0 if counting takes longer than a request may."""
    rows = await rows_of(given)
    try:
        return json_response(await rows.size())
    except RequestTimeout:  # only the progress needs it
        return json_response(SourceSize(0, 0))


async def read_rows(given: AttemptRequest) -> Response:
    """Returns a page of the source's traces, with the scores and the raw texts that the format needs.

    Raises:
        BadCursor: the position is not one of the source.
        NotFound: the source was deleted.
    """
    asked, rows = await given.body(AskedPage), await rows_of(given)
    page = await rows.page(unpack_position(rows.source, asked.position), asked.rows)
    return await page_response(RowPage(page.traces, page.missing, pack_position(page.position)))


async def read_traces(given: AttemptRequest) -> Response:
    """Returns those of some traces that still exist and are of the source."""
    asked, rows = await given.body(AskedTraces), await rows_of(given)
    async with given.context.database.bulk_read() as session:
        ids = await ids_within(session, rows.source, asked.ids)
    return await page_response(RowPage(await rows.traces_by_id(ids) if ids else [], 0, None))


async def read_members(given: AttemptRequest) -> Response:
    """Returns a page of the source's traces by their groups, without their contents; raises as ``read_rows``."""
    asked, rows = await given.body(AskedMembers), await rows_of(given)
    return json_response(await rows.members(asked.position))


async def rows_of(given: AttemptRequest) -> DatabaseRows:
    """Returns the rows of the attempt's export, which are not retried: the process does so."""
    request = await given.read_held(lambda session: held_request(session, given.hold))
    return request.rows(given.context.database)


async def page_response(page: RowPage) -> Response:
    """Returns the response with a page."""
    return await off_loop(page.chars, json_response, page)


async def put_export(given: AttemptRequest) -> Response:
    """Adds the file to the attempt's folder in the storage; raises as ``receive_file``.

    Raises:
        BadUserInput: the name is not that of the export's file.
    """
    export = await given.export()
    if given.request.path_params["name"] != export.file_name:
        raise BadUserInput(f"name must be {export.file_name!r}.", ["name"])
    media_type = get_container_type(export.container).media_type
    await receive_file(given, storage_folder(export.id, export.attempt), media_type, given.export)
    return Response(status_code=204)


async def record_end_of_export(given: AttemptRequest) -> Response:
    """Records the end of the attempt, after which its token is not valid, and removes files that are not needed.

    Raises:
        Conflict: the file of a completed export is not in the storage.
    """
    report, export = await given.body(ExportReport), await given.export()
    check_report(report)
    if report.status is JobStatus.COMPLETED:
        await require_stored(given, export, report)
    expires_at = now() + timedelta(hours=given.context.settings.export_keep_hours)
    async with given.context.database.write() as session:
        status = await record_export(session, given.hold, report, export.file_name, expires_at)
    if status is None:
        raise over()
    await clear_storage(given, report, status)
    return Response(status_code=204)


async def require_stored(given: AttemptRequest, export: AssignedExport, report: ExportReport) -> None:
    """Checks that the file of a completed export is in the storage; raises as ``record_end_of_export``."""
    key = storage_folder(export.id, export.attempt).key(export.file_name)
    file = await given.context.services.storage.find(key)
    if file is None or file.size != report.state.byte_size:
        raise Conflict(f"{export.file_name} is not stored with the size of {report.state.byte_size:,} bytes.")


async def clear_storage(given: AttemptRequest, report: ExportReport, status: JobStatus) -> None:
    """Removes the files of earlier attempts; of one that has not completed, those of the attempt itself."""
    storage, hold = given.context.services.storage, given.hold
    if status is JobStatus.COMPLETED:
        await remove_earlier(storage, hold.id, hold.attempt)
    elif report.error is not ErrorCode.CONFLICT:  # then they are another process's
        await storage.remove(storage_folder(hold.id, hold.attempt).path)


def check_report(report: ExportReport) -> None:
    """Checks the report of an attempt's end.

    Raises:
        BadUserInput: a value is out of its limits.
    """
    if report.status not in ENDS:
        raise BadUserInput("status must be COMPLETED, FAILED, CANCELLED or null.", ["status"])
    if (report.sha256 is not None) is not (report.status is JobStatus.COMPLETED):
        raise BadUserInput("sha256 must be given for the status COMPLETED alone.", ["sha256"])
    check_lengths(("message", report.message, MESSAGE_MAX_CHARS))
