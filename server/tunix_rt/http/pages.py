"""The pages that people open: GraphiQL, as `make web` builds it into the package."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import NotModifiedResponse, PathLike, StaticFiles
from starlette.types import Scope

from tunix_rt.http.graphql.negotiation import read_range

GRAPHIQL = Path(__file__).parents[1] / "web" / "graphiql"
ASSETS = "assets"
INDEX = "."
"""The page itself, as Starlette names a mount's own path."""

CODINGS = {"br": ".br", "gzip": ".gz"}
"""How files are stored besides as they are, the best first, and the endings of those files' names."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
"""The types of built files: what a machine's own table says of ``.js`` is not always a script."""

# The editor makes its colours with style elements; everything else comes from this server's own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFETY = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>tunix-rt: GraphiQL is not built</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem }</style>
<h1>GraphiQL is not built</h1>
<p>Run <code>make web</code> in the checkout that this server runs from, then load this page again.</p>
<p>The API works without it: send queries to <code>/graphql</code>.</p>
</html>
"""


def page_routes(folder: Path = GRAPHIQL) -> list[BaseRoute]:
    """Returns the routes of the pages.

    Args:
        folder: the built page: ``index.html``, and ``assets`` whose names change with their content. It may be
            missing, and may be built while the server runs.
    """
    return [
        Route("/", to_graphiql),
        Route("/graphiql", to_graphiql),
        Mount("/graphiql", BuiltPage(folder)),
    ]


async def to_graphiql(request: Request) -> Response:
    """Leads to GraphiQL, query string and all; relative, so that it holds behind any prefix."""
    query = request.url.query
    return RedirectResponse("graphiql/" + (f"?{query}" if query else ""), status_code=307)


class BuiltPage(StaticFiles):
    """A built page and its assets, each sent in the best stored coding that the browser takes.

    Args:
        folder: what the build wrote.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)

    async def check_config(self) -> None:
        """Does nothing: a missing folder is reported to the one who opens the page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file of a path; instead of a page that is not there, how to build it."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code == 404 and path == INDEX:
                return HTMLResponse(NOT_BUILT, 503, SAFETY | {"Cache-Control": "no-store"})
            raise

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Returns the file, or that it has not changed.

        Raises:
            HTTPException: it is another file in a coding of its own, and not to be asked for by name.
        """
        file, given = Path(full_path), Headers(scope=scope)
        if file.suffix in CODINGS.values():
            raise HTTPException(404)
        coding = stored_coding(file, given.getlist("accept-encoding"))
        sent = file if coding is None else file.with_name(file.name + CODINGS[coding])
        response = FileResponse(
            sent,
            status_code,
            SAFETY | lifetime(file, sent) | {"Vary": "Accept-Encoding"},
            MEDIA_TYPES.get(file.suffix, "application/octet-stream"),
            stat_result=sent.stat(),
        )
        if coding is not None:
            response.headers["Content-Encoding"] = coding
        if self.is_not_modified(response.headers, given):
            return NotModifiedResponse(response.headers)
        return response


def lifetime(file: Path, sent: Path) -> dict[str, str]:
    """Returns the headers that say how long browsers may keep a file: one whose name holds its hash for ever.

    Any other they have to ask about, and its tag is of its content: two builds of the page are equally long, and
    equally old where an image fixes the times of its files.

    Args:
        sent: the file as it is stored in the chosen coding.
    """
    if file.parent.name == ASSETS:
        return {"Cache-Control": "public, max-age=31536000, immutable"}
    return {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(sent.read_bytes()).hexdigest()}"'}


def stored_coding(file: Path, accepted: Sequence[str]) -> str | None:
    """Returns the best coding that a file is stored in and the browser takes; None if it is to be sent as it is.

    Args:
        accepted: the values of the Accept-Encoding headers; without any, only the file as it is.
    """
    ranges = [read_range(part) for part in ",".join(accepted).split(",")]
    qualities = {found.media: found.quality for found in ranges}
    anything = qualities.get("*", 0.0)
    wanted = {coding: qualities.get(coding, anything) for coding in CODINGS}
    for coding in sorted(CODINGS, key=lambda name: -wanted[name]):
        if wanted[coding] > 0 and file.with_name(file.name + CODINGS[coding]).is_file():
            return coding
    return None
