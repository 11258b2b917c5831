"""``/healthz`` says that the process lives, ``/readyz`` that it can do its work."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.db.migrate import require_current
from tunix_rt.domain.storage import require_writable
from tunix_rt.errors import TunixRtError
from tunix_rt.http.faults import fault_response, json_response


async def healthz(_: Request) -> Response:
    """Always 200 while the process answers."""
    return json_response({"status": "up"})


async def readyz(request: Request) -> Response:
    """200 if the database answers and is migrated, and it and the data folder can be written; else 503, and why."""
    context: Context = request.app.state.context_for(request)
    try:
        async with context.database.write() as session:
            await require_current(session)
            if context.database.kind == "postgresql":
                await session.execute(text("SELECT pg_current_xact_id()"))
        await asyncio.to_thread(require_writable, context.settings.data_dir)
    except TunixRtError as error:
        return fault_response(error, context.request_id)
    return json_response({"status": "up"})
