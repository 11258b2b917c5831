"""Requests to a tunix-rt server, by the standard library only."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

PASSING = frozenset({"INTERNAL", "RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"})
"""The codes of errors that the same request may not have later."""
AWAY = frozenset({408, 429, 500, 502, 503, 504})
"""The HTTP statuses of a server that cannot answer now."""
REASON_BYTES = 1000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Returns a text with a replacement for each character that no database stores: NUL and lone surrogates."""
    return UNSTORABLE.sub("\ufffd", text)


class RequestRefused(Exception):
    """The server has refused a request.

    Args:
        code: the kind of error, such as ``CONFLICT``; an HTTP status where the server has given none.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Connection:
    """The address of a server and the key for it.

    Args:
        url: the server's address.
        key: the API key, if the server has keys.
        seconds: the time limit of a request.
    """

    url: str
    key: str | None = None
    seconds: float = 10.0

    def post(self, path: str, body: bytes, content_type: str) -> dict[str, Any] | None:
        """Returns the JSON object that the server answers; None if it cannot be reached or cannot answer now.

        Raises:
            RequestRefused: the server has refused the request.
        """
        address = self.url.rstrip("/") + path
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(address, body, headers)  # noqa: S310 - the given address
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as response:  # noqa: S310 - the given address
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            if error.code in AWAY:
                return None
            reason = error.read(REASON_BYTES)
            raise RequestRefused(str(error.code), f"{address} answers {error.code}: {reason!r}") from None
        except (OSError, ValueError, http.client.HTTPException):
            return None

    def execute(self, query: str, **variables: Any) -> dict[str, Any] | None:
        """Returns the data that an operation of one field has; None if the server cannot answer now.

        Raises:
            RequestRefused: the server has refused the operation; the message has its errors.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = self.post("/graphql", body, "application/json")
        if answer is None:
            return None
        errors: list[dict[str, Any]] = list(answer.get("errors") or [])
        codes = [str(error.get("extensions", {}).get("code")) for error in errors]
        if codes and PASSING.issuperset(codes):
            return None
        data: dict[str, Any] = answer.get("data") or {}
        for payload in data.values():
            found = payload.get("errors", ()) if isinstance(payload, dict) else ()
            errors += found
            codes += [str(error["code"]) for error in found]
        if errors:
            raise RequestRefused(codes[0], "; ".join(str(error["message"]) for error in errors[:5]))
        return data
