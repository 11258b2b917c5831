"""The server that serves a data folder already, found by the file that it keeps there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client.errors import ConnectionLost, TunixRtError, Unauthenticated
from tunix_rt_client.keys import key_auth

if TYPE_CHECKING:
    import httpx

SERVER_FILE = "server.json"
"""The name that the server gives to the file (``tunix_rt.cli.serving.folder``)."""
OTHER_DATABASE = "TUNIX_RT_DATABASE_URL"
"""The setting with which a server of this environment would serve another database than the folder's."""
ANSWER_SECONDS = 10.0
VIEWER = {"query": "{ viewer { keyName } }"}


def running_server(data_dir: Path) -> str | None:
    """Returns the URL of the server that serves a data folder now; None without one.

    The file alone proves nothing: its server may have been killed, and its process id and its port may be those of
    another program since. So the server at its URL has to answer with the id in the file.
    """
    found = described_server(data_dir)
    if found is None or os.environ.get(OTHER_DATABASE):
        return None
    url, server = found["url"], found["server"]
    answer = get(f"{url}/healthz?server={server}")
    return url if answer is not None and id_in(answer) == server else None


def described_server(data_dir: Path) -> dict[str, Any] | None:
    """Returns the content of the folder's file; None without one, or if it was copied with another folder."""
    try:
        found: dict[str, Any] = json.loads((data_dir / SERVER_FILE).read_bytes())
        return found if found["folder"] == str(data_dir.resolve()) and found["url"] and found["server"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def id_in(answer: httpx.Response) -> str | None:
    """Returns the id of the server that answers; None if it is not a server of tunix-rt."""
    try:
        found: str | None = answer.json()["server"]
        return found
    except (ValueError, KeyError, TypeError):
        return None


def is_ready(url: str) -> bool:
    """Returns whether a server answers that it is ready."""
    answer = get(f"{url}/readyz")
    return answer is not None and answer.status_code == 200


def get(url: str) -> httpx.Response | None:
    """Returns the answer of a server on this machine; None without one."""
    import httpx

    try:
        return httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False)
    except (httpx.TransportError, httpx.InvalidURL):
        return None


def require_access(url: str, key: str | None, data_dir: Path) -> None:
    """Checks that a server answers requests with this key, or without any.

    Raises:
        Unauthenticated: it has API keys, and this is none of them.
        ConnectionLost: it does not answer.
    """
    import httpx

    try:
        answer = httpx.post(
            f"{url}/graphql", json=VIEWER, auth=key_auth(key, url), timeout=ANSWER_SECONDS, trust_env=False
        )
    except httpx.TransportError as error:
        raise ConnectionLost(f"{url} cannot be reached: {error or type(error).__name__}") from error
    if answer.status_code == 401:
        wrong = "This API key is not valid for" if key else "An API key is needed for"
        raise Unauthenticated(
            f"{wrong} the server on {data_dir}: give one as key, or set TUNIX_RT_KEY. "
            f"`tunix-rt key create NAME --data-dir {data_dir}` creates one.",
            code="UNAUTHENTICATED",
            request_id=answer.headers.get("x-request-id"),
        )


def make_folder(data_dir: Path) -> None:
    """Creates a data folder if there is none.

    Raises:
        TunixRtError: it cannot be created.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TunixRtError(f"The data folder {data_dir} cannot be created: {error.strerror}.") from None
