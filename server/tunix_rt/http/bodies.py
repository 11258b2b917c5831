"""Reading a request's body, never more of it than is allowed."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from tunix_rt.http.faults import HttpFault


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body; bytes are counted as they come, whatever Content-Length says.

    Raises:
        HttpFault: 413 naming the limit, or 400 if the client went away.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_bytes:
        raise too_large(max_bytes)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                raise too_large(max_bytes)
            parts.append(part)
    except ClientDisconnect:
        raise HttpFault(400, "The client went away.") from None
    return b"".join(parts)


def too_large(max_bytes: int) -> HttpFault:
    """The refusal of a large body; the connection is closed, since the rest of it is not read."""
    return HttpFault(413, f"The body may have at most {max_bytes} bytes.", headers={"Connection": "close"})
