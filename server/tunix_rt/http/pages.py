"""Web pages: the web client and GraphiQL, which `make web` builds into the package."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import NotModifiedResponse, PathLike, StaticFiles
from starlette.types import Scope

from tunix_rt.http.graphql.negotiation import read_range

WEB = Path(__file__).parents[1] / "web"
"""The folder of the built pages: the web client's and GraphiQL's."""

CLIENT = "app"

CLIENT_PATHS = (
    "/traces",
    "/groups",
    "/compare",
    "/review",
    "/datasets",
    "/runs",
    "/generations",
    "/agreement",
    "/evaluations",
    "/integrations",
    "/keys",
    "/audit",
)
"""The paths of the web client's own router, in addition to ``/``. They and all paths below them show its page."""

CLIENT_FILES = ("favicon.svg", "licenses.md")
"""The files of the web client beside its page that are served."""

ASSETS = "assets"
GRAPHIQL = "/graphiql"
PAGE_PATHS = ("/", GRAPHIQL, *CLIENT_PATHS, *(f"/{name}" for name in CLIENT_FILES))
"""The paths of pages and their files, which have no data."""

PAGE_FOLDERS = (f"/{ASSETS}/", f"{GRAPHIQL}/", *(f"{path}/" for path in CLIENT_PATHS))
"""The folders below which there are only pages and their files."""

INDEX = "index.html"
MOUNT = "."
"""Starlette's name for a mount's own path, at which the page is served."""

CODINGS = {"br": ".br", "gzip": ".gz"}
"""The content codings in which files are stored in addition to plain, best first, and their file name suffixes."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""The media types of built files, since the machine's own table may have a wrong type for ``.js``."""

# The editor creates style elements for its colours; everything else comes from this server's files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFETY = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

NOT_BUILT = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>tunix-rt: $name is not built</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem }</style>
<h1>$name is not built</h1>
<p>Run <code>make web</code> in the checkout that this server runs from, then load this page again.</p>
<p>The API works without it: send queries to <code>/graphql</code>.</p>
</html>
""")


def page_routes(web: Path = WEB) -> list[BaseRoute]:
    """Returns the routes of the pages.

    Args:
        web: the folder of the builds. Each build has ``index.html``, and ``assets`` whose names contain a hash of their
            content. It may be missing, and may be built while the server runs.
    """
    client = BuiltPage(web / CLIENT, "The web client")
    page = file_endpoint(client, INDEX)
    return [
        Route("/", page),
        *(Route(path + below, page) for path in CLIENT_PATHS for below in ("", "/{below:path}")),
        *(Route(f"/{name}", file_endpoint(client, name)) for name in CLIENT_FILES),
        Mount(f"/{ASSETS}", BuiltFiles(web / CLIENT / ASSETS)),
        Route(GRAPHIQL, to_graphiql),
        Mount(GRAPHIQL, BuiltPage(web / "graphiql", "GraphiQL")),
    ]


def unknown_page(web: Path = WEB) -> Callable[[Request], Awaitable[Response]]:
    """Returns the endpoint of unknown addresses, where the web client shows its own error page."""
    page = file_endpoint(BuiltPage(web / CLIENT, "The web client"), INDEX)

    async def endpoint(request: Request) -> Response:
        response = await page(request)
        if response.status_code == 200:
            response.status_code = 404
        return response

    return endpoint


async def to_graphiql(request: Request) -> Response:
    """Redirects to GraphiQL with the query string, by a relative URL that is valid behind any path prefix."""
    query = request.url.query
    return RedirectResponse("graphiql/" + (f"?{query}" if query else ""), status_code=307)


def file_endpoint(files: BuiltFiles, path: str) -> Callable[[Request], Awaitable[Response]]:
    """Returns an endpoint that serves one file of a build."""

    async def endpoint(request: Request) -> Response:
        return await files.get_response(path, request.scope)

    return endpoint


class BuiltFiles(StaticFiles):
    """Built files, each sent in the best stored coding that the browser accepts.

    Args:
        folder: their folder, which may be missing.
    """

    def __init__(self, folder: Path, html: bool = False) -> None:
        super().__init__(directory=folder, html=html, check_dir=False)

    async def check_config(self) -> None:
        """Does nothing, since a missing folder is reported when the page is opened."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Returns the file, or 304 if it has not changed.

        Raises:
            HTTPException: the path names the compressed form of another file, which is not served by itself.
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


class BuiltPage(BuiltFiles):
    """A built page and its files.

    Args:
        folder: the folder of the build.
        name: the page's name, at the start of a sentence.
    """

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, html=True)
        self._not_built = NOT_BUILT.substitute(name=name)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file of a path; for a page that is not built, a text with the command that builds it."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code == 404 and path in {MOUNT, INDEX}:
                return HTMLResponse(self._not_built, 503, SAFETY | {"Cache-Control": "no-store"})
            raise


def lifetime(file: Path, sent: Path) -> dict[str, str]:
    """Returns the caching headers of a file; one whose name contains its hash is cached for ever.

    Any other file is revalidated, by a tag computed from its content: two builds of the page may have the same length,
    and the same time if an image fixes the times of its files.

    Args:
        sent: the stored file in the chosen coding.
    """
    if file.parent.name == ASSETS:
        return {"Cache-Control": "public, max-age=31536000, immutable"}
    return {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(sent.read_bytes()).hexdigest()}"'}


def stored_coding(file: Path, accepted: Sequence[str]) -> str | None:
    """Returns the best coding in which a file is stored and that the browser accepts; None for the plain file.

    Args:
        accepted: the values of the Accept-Encoding headers; without any, only the plain file is accepted.
    """
    ranges = [read_range(part) for part in ",".join(accepted).split(",")]
    qualities = {found.media: found.quality for found in ranges}
    anything = qualities.get("*", 0.0)
    wanted = {coding: qualities.get(coding, anything) for coding in CODINGS}
    for coding in sorted(CODINGS, key=lambda name: -wanted[name]):
        if wanted[coding] > 0 and file.with_name(file.name + CODINGS[coding]).is_file():
            return coding
    return None
