"""Downloads of a run's model as one ZIP archive, by a signed URL."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tunix_rt.domain.runs.artifacts import model_archive
from tunix_rt.domain.storage.base import attachment
from tunix_rt.errors import ErrorCode
from tunix_rt.http.conditions import is_known
from tunix_rt.http.downloads import PRIVATE, signed_context
from tunix_rt.http.errors import HttpError

MEDIA_TYPE = "application/zip"


async def download_model(request: Request) -> Response:
    """Returns the files of a run's model as a ZIP archive that is made while it is sent.

    If a file is removed in the meantime, the connection is aborted, so that a client recognises an incomplete archive.

    Raises:
        HttpError: 410 if files of the model were removed, 412 if a precondition fails.
    """
    context = signed_context(request)
    async with context.database.read() as session:
        found = await model_archive(session, uuid.UUID(request.path_params["run"]))
    headers = {"ETag": f'"{found.tag}"', "Cache-Control": PRIVATE}
    if is_known(request, found.tag, None):
        return Response(status_code=304, headers=headers)
    archive = await found.archive(context.services.storage, context.settings.data_dir)
    if archive is None:
        raise HttpError(410, "Files of the model were removed.", ErrorCode.NOT_FOUND)
    headers |= {"Content-Disposition": attachment(f"{found.name}.zip"), "Content-Length": str(archive.size)}
    if request.method == "HEAD":
        return Response(media_type=MEDIA_TYPE, headers=headers)
    return StreamingResponse(archive.pieces(), media_type=MEDIA_TYPE, headers=headers)
