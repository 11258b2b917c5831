"""GraphQL over WebSocket (graphql-transport-ws), on Strawberry's handler.

It adds limits and coded errors, and handles malformed messages and closed sockets without tracebacks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from json import JSONDecodeError
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from tunix_rt.api.errors import CodedError
from tunix_rt.api.execution.encoding import dumps
from tunix_rt.api.schema import TunixSchema
from tunix_rt.domain.keys.acting import Actor, acting
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput, PersistedQueryNotFound, RateLimited, TooCostly, TunixRtError, Unavailable
from tunix_rt.http.access.authentication import bearer_secret, client_address
from tunix_rt.http.graphql.operation_slots import OperationSlots
from tunix_rt.http.graphql.persisted_documents import PersistedDocuments, named_document, names_document
from tunix_rt.http.graphql.turnstile import Turnstile
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)

INIT_WAIT = timedelta(seconds=60)
"""Longest wait for ``connection_init``, after which the socket is closed with 4408."""
REASON_MAX_BYTES = 123
"""Maximum size of the reason in a close frame (RFC 6455, 5.5)."""


class SharedEncoding:
    """The JSON of the data that was sent last: equal subscriptions send the same object one after the other."""

    def __init__(self) -> None:
        self._data: Any = None
        self._text = b"null"

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Returns a message as JSON; the data of a result is encoded once for all that send the same object."""
        payload = message.get("payload")
        if message["type"] != "next" or payload is None or payload.keys() != {"data"}:
            return dumps(message)
        if payload["data"] is not self._data:
            self._data, self._text = payload["data"], dumps(payload["data"])
        return b'{"id":%b,"type":"next","payload":{"data":%b}}' % (dumps(message["id"]), self._text)


class QuietAdapter(ASGIWebSocketAdapter):
    """An adapter whose socket may have closed in the meantime, which Starlette reports in two ways.

    It sends one message after the other, so that only one is in memory for a client that reads slowly.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turn = asyncio.Lock()

    async def send_json(self, message: Mapping[str, object]) -> None:
        view: WebSocketView = self.view  # type: ignore[assignment]
        async with self._turn:
            try:
                await self.ws.send_text(view.encoding.encode(message).decode())
            except (WebSocketDisconnect, RuntimeError) as error:
                raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Closes the socket; a reason that quotes a request is cut to a frame's limit, with surrogates replaced."""
        await super().close(code, reason.encode(errors="replace")[:REASON_MAX_BYTES].decode(errors="ignore"))


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's protocol handler, which closes the socket with 4400 after a malformed message."""

    async def handle_message(self, message: Any) -> None:
        if not is_message(message):
            await self.handle_invalid_message("Failed to parse message")
            return
        await super().handle_message(message)

    async def handle(self) -> None:
        with ExitStack() as self._watches:
            await super().handle()

    async def handle_connection_init(self, message: Any) -> None:
        if message.get("payload", {}) is None:  # the same as a missing one, which the protocol's JSON schema allows
            message = {"type": message["type"]}
        if not self.connection_init_received and isinstance(message.get("payload", {}), dict):
            try:
                await self._authenticate(message.get("payload", {}))
            except TunixRtError as error:
                self.connection_init_received = True
                await self.websocket.close(4403, error.message)
                return
        await super().handle_connection_init(message)

    async def _authenticate(self, payload: Mapping[str, Any]) -> None:
        """Takes the permissions of the key in the payload or of the handshake, and ends the socket with them.

        Raises:
            Unauthenticated: there is no valid key.
            Unavailable: the keys cannot be read.
        """
        ring, context = self.context.services.keys, self.context
        given = secret_in(payload)
        if given is not None or context.grant is None:
            context.grant = await ring.grant(given, local=False)
        websocket: Any = self.websocket
        client = Actor.of(context.grant, client_address(websocket.ws.scope), context.settings.key_max_jobs)
        self._watches.enter_context(acting(client))
        self._watches.enter_context(ring.watching(context.grant, self._end))

    def _end(self) -> None:
        """Closes the socket after its key became invalid."""
        self._ending = asyncio.create_task(self.websocket.close(4403, "The API key was revoked or has expired."))

    async def handle_subscribe(self, message: Any) -> None:
        maximum = self.max_subscriptions_per_connection or 0
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)  # which closes the socket
            return
        if len(self.operations) >= maximum:
            await self._refuse(
                message["id"], TooCostly(f"A WebSocket may run at most {maximum} concurrent operations.")
            )
            return
        view: WebSocketView = self.view  # type: ignore[assignment]
        slot = (self.context.services.quotas, self.context.granted.account)
        await view.turnstile.enter()
        try:
            message = with_document(message, view.documents)
            view.slots.take(*slot)
        except (Unavailable, RateLimited, BadUserInput, PersistedQueryNotFound) as error:
            await self._refuse(message["id"], error)
            return
        await super().handle_subscribe(message)
        started: Any = self.operations[message["id"]]
        started.task.add_done_callback(lambda _: view.slots.give_back(*slot))

    async def cleanup_operation(self, operation_id: str) -> None:
        """Cancels an operation that is completed by the client, or whose socket was closed."""
        view: WebSocketView = self.view  # type: ignore[assignment]
        await view.turnstile.enter()
        await super().cleanup_operation(operation_id)

    async def _refuse(self, operation: str, error: TunixRtError) -> None:
        """Sends the error of an operation that is not started."""
        coded = CodedError(GraphQLError(error.message, original_error=error), self.context.request_id)
        payload: Any = [coded.formatted]
        await self.send_message({"id": operation, "type": "error", "payload": payload})

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            logger.error("a WebSocket operation failed", exc_info=error)


def secret_in(payload: Mapping[str, Any]) -> str | None:
    """Returns the secret in a payload of ``connection_init``: ``authorization`` as in HTTP; None without one."""
    given = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
    return None if given is None else bearer_secret(str(given))


def is_message(message: Any) -> bool:
    """Returns whether a decoded message has the structure on which the handler relies."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    payload = message.get("payload")
    if message["type"] in {"ping", "pong"}:
        return isinstance(payload, dict | None)
    if message["type"] not in {"subscribe", "complete"}:
        return True
    if not isinstance(message.get("id"), str) or not message["id"]:
        return False
    return message["type"] == "complete" or (isinstance(payload, dict) and is_operation(payload))


def with_document(message: Any, documents: PersistedDocuments) -> Any:
    """Returns a subscribe message with the text of its document; raises as ``named_document`` does."""
    payload = message["payload"]
    if not names_document(payload):
        return message
    return {**message, "payload": {**payload, "query": named_document(payload, documents)}}


def is_operation(payload: dict[str, Any]) -> bool:
    """Returns whether a subscribe message's payload has the types of a GraphQL request."""
    return (
        (isinstance(payload.get("query"), str) or names_document(payload))
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("extensions"), dict | None)
    )


class WebSocketView(GraphQL[Any, Any]):
    """The ASGI application of the API's WebSockets.

    Args:
        settings: ``allowed_origins`` may connect in addition to the server's origin.
        slots: limits the operations of all connections.
        documents: may be named in place of a query.
    """

    websocket_adapter_class = QuietAdapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self, schema: TunixSchema, settings: Settings, slots: OperationSlots, documents: PersistedDocuments
    ) -> None:
        self.slots = slots
        self.documents = documents
        self.turnstile = Turnstile()
        self.encoding = SharedEncoding()
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=settings.origins,
            connection_init_wait_timeout=INIT_WAIT,
            max_subscriptions_per_connection=settings.max_socket_operations,
        )

    def decode_json(self, data: str | bytes) -> Any:
        try:
            return decode_json(data)
        except BadUserInput as error:
            raise JSONDecodeError(error.message, "", 0) from None

    async def get_context(self, request: Any, response: Any) -> Any:
        return request.app.state.context_for(request)
