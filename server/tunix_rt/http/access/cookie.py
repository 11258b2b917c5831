"""The cookie of a signed-in browser, and the requests for which it counts.

A browser adds cookies by itself, also to requests that a foreign page makes it send. So the cookie counts only for
requests of the server's own pages, which those of other ports of the same host are not.
"""

from __future__ import annotations

from datetime import datetime

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from tunix_rt.domain.keys.sign_ins import SignIn
from tunix_rt.http.guard import is_own_origin
from tunix_rt.settings import Settings

COOKIE = "tunix_rt_session"
READING = {"GET", "HEAD"}
"""The methods of requests in which browsers leave out the Origin of a page on the same origin."""
OWN_SITES = {"same-origin", "none"}
"""Values of Sec-Fetch-Site for the server's pages and for addresses that the user entered."""


def cookie_token(scope: Scope, headers: Headers) -> str | None:
    """Returns the token in the cookie of a request; None without one, or if the request is of a foreign page."""
    given = "; ".join(headers.getlist("cookie"))
    if COOKIE not in given or not is_of_own_page(scope, headers):
        return None
    return cookie_parser(given).get(COOKIE)


def is_of_own_page(scope: Scope, headers: Headers) -> bool:
    """Returns whether a browser sends a request for one of the server's own pages, or for its user."""
    origin = headers.get("origin")
    if origin is not None:
        return is_own_origin(origin, headers.get("host", ""))
    return scope.get("method") in READING and headers.get("sec-fetch-site", "none") in OWN_SITES


def set_cookie(response: Response, request: Request, settings: Settings, sign_in: SignIn, at: datetime) -> None:
    """Adds the cookie of a sign-in to a response."""
    seconds = int((sign_in.expires_at - at).total_seconds())
    secure = is_secure(request, settings)
    response.set_cookie(COOKIE, sign_in.token, seconds, path="/", secure=secure, httponly=True, samesite="strict")


def clear_cookie(response: Response, request: Request, settings: Settings) -> None:
    """Removes the cookie from the browser."""
    secure = is_secure(request, settings)
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="strict")


def is_secure(request: Request, settings: Settings) -> bool:
    """Returns whether the browser uses HTTPS, perhaps with a proxy that ends it."""
    seen = (request.url.scheme + ":", settings.public_url or "", request.headers.get("origin", ""))
    return any(url.lower().startswith("https:") for url in seen)
