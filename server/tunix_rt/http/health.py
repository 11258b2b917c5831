"""``/healthz`` shows that the process is alive, ``/readyz`` that it can serve requests."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.db.migrate import require_current
from tunix_rt.db.probing import probe, require_writable_database
from tunix_rt.domain.data_folder import require_writable
from tunix_rt.errors import TunixRtError
from tunix_rt.http.errors import error_response, json_response

READY_SECONDS = 1.5
"""Time limit for the database and the data folder, below the two seconds after which a probe gives up."""


async def healthz(request: Request) -> Response:
    """Answers 200 while the process is alive, and confirms the id in the parameter ``server`` if it is this server's.

    The id is made at the start and is in the data folder: a client that has read it there can recognise the server.
    """
    is_meant = request.query_params.get("server") == request.app.state.server_id
    return json_response({"status": "up"} | ({"server": request.app.state.server_id} if is_meant else {}))


async def readyz(request: Request) -> Response:
    """Answers 200 if the database is migrated, and it and the data folder are writable; else 503 with the reason.

    It answers within two seconds in any case.
    """
    context: Context = request.app.state.context_for(request)
    try:
        await probe(lambda: require_ready(context), READY_SECONDS)
    except TunixRtError as error:
        return error_response(error, context.request_id)
    return json_response({"status": "up"})


async def require_ready(context: Context) -> None:
    """Checks that the server can serve requests.

    An open write transaction of this process proves that SQLite is writable, so it is not waited for.

    Raises:
        TunixRtError: the server cannot serve requests; the message has the reason.
    """
    database = context.database
    async with database.read() if database.writing else database.write() as session:
        await require_current(session)
        await require_writable_database(session)
    await asyncio.to_thread(require_writable, context.settings.data_dir)
