# Generated from _async/live.py: edit that file, then run python client/python/codegen/generate.py.
"""Subscriptions over WebSocket, in the protocol graphql-transport-ws."""

from __future__ import annotations

import time
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tunix_rt_client._sync.connection import FIRST_DELAY, RETRIES, Connection
from tunix_rt_client.errors import ConnectionLost, Unauthenticated, request_error
from tunix_rt_client.keys import authorization
from tunix_rt_client.proxies import socket_options
from tunix_rt_client.sources import as_json

MESSAGE_MAX_BYTES = 128 * 2**20
RECONNECTS = 60
"""How often a lost socket is opened again: for about five minutes, in which a server restarts."""
LONGEST_DELAY = 5.0
"""Seconds before each further attempt, once the doubled ones are longer."""
REFUSED = 4403
"""The code with which the server closes a socket without a valid key."""


def subscribe(
    connection: Connection, document: str, variables: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yields the data of each result of a subscription, until the server completes it.

    Raises:
        RequestError: the server reported an error.
        Unauthenticated: the key is missing, unknown, revoked or expired.
        ConnectionLost: the socket could not be opened, or broke.
    """
    import websockets.sync.client
    from websockets.exceptions import ConnectionClosedError, WebSocketException
    from websockets.typing import Subprotocol

    url = "ws" + connection.url.removeprefix("http") + "/graphql"
    request = {"id": "1", "type": "subscribe", "payload": {"query": document, "variables": dict(variables or {})}}
    greeting: dict[str, Any] = {"type": "connection_init"}
    if connection.key is not None:
        greeting["payload"] = {"authorization": authorization(connection.key)}
    try:
        with websockets.sync.client.connect(
            url,
            subprotocols=[Subprotocol("graphql-transport-ws")],
            max_size=MESSAGE_MAX_BYTES,
            **socket_options(connection.url),
        ) as socket:
            socket.send(json.dumps(greeting))
            for text in socket:
                message = json.loads(text)
                if message["type"] == "connection_ack":
                    socket.send(as_json(request).decode())
                elif message["type"] == "ping":
                    socket.send(json.dumps({"type": "pong"}))
                elif message["type"] == "error":
                    raise request_error(message["payload"])
                elif message["type"] == "complete":
                    return
                elif message["type"] == "next":
                    yield data_of(message["payload"])
    except (OSError, WebSocketException) as error:
        closed = error.rcvd if isinstance(error, ConnectionClosedError) else None
        if closed is not None and closed.code == REFUSED:
            raise Unauthenticated(closed.reason, code="UNAUTHENTICATED") from error
        raise ConnectionLost(f"The subscription to {connection.url} broke: {error}") from error
    raise ConnectionLost(f"{connection.url} closed the socket before the subscription was complete.")


def data_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the data of one result.

    Raises:
        RequestError: it has errors.
    """
    if result.get("errors"):
        raise request_error(result["errors"])
    data: dict[str, Any] = result["data"]
    return data


def follow(
    connection: Connection, document: str, field: str, id: str, after: int = 0
) -> Iterator[dict[str, Any]]:
    """Yields the events of a job, each once, and resumes after a lost socket with the last sequence number.

    Args:
        field: the subscription's field, whose results are lists of events with ``seq``.
        after: the sequence number after which to begin.

    Raises:
        ConnectionLost: the server could not be reached, or not again within about five minutes.
    """
    lost, allowed = 0, RETRIES
    while True:
        try:
            for data in subscribe(connection, document, {"id": id, "after": after}):
                lost, allowed = 0, RECONNECTS
                for event in data[field]:
                    after = event["seq"]
                    yield event
            return
        except ConnectionLost:
            lost += 1
            if lost > allowed:
                raise
        time.sleep(min(FIRST_DELAY * 2**lost, LONGEST_DELAY))
