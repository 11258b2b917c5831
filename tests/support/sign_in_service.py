"""A service that signs people in for nginx's ``auth_request``, with the answers of oauth2-proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COOKIE = "signed_in_as"


@dataclass(frozen=True)
class SignInService:
    """A running service.

    Args:
        port: where it listens on loopback.
        groups: the groups of each user who can sign in; others are refused.
    """

    port: int
    groups: dict[str, str]


@contextmanager
def signing_in(**groups: str) -> Iterator[SignInService]:
    """Runs the service until the end of the block; ``groups`` has those of each user, separated by commas."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Answers by the path; the cookie with a user is the sign-in."""
            path, _, query = self.path.partition("?")
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
            user = cookie.value if cookie else ""
            if path == "/oauth2/auth":
                named = {"X-Auth-Request-User": user, "X-Auth-Request-Groups": groups.get(user, "")}
                self.answer(202 if user in groups else 401, named if user in groups else {})
            elif path == "/oauth2/sign_in":
                self.answer(200, {"Content-Type": "text/html"}, f"<h1>Who are you?</h1><p>{query}</p>")
            elif path == "/oauth2/sign_out":
                self.answer(302, {"Location": "/oauth2/sign_in", "Set-Cookie": f"{COOKIE}=; Path=/; Max-Age=0"})
            else:
                self.answer(404, {})

        def answer(self, status: int, headers: dict[str, str], text: str = "") -> None:
            """Sends a whole response."""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield SignInService(server.server_port, groups)
        server.shutdown()
        thread.join()
