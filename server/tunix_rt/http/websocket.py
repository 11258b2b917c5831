"""GraphQL over WebSocket (graphql-transport-ws), on Strawberry's handler, with its noise and its gaps mended."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any

from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from tunix_rt.api.encoding import dumps
from tunix_rt.api.errors import CodedError
from tunix_rt.api.limits import too_costly
from tunix_rt.api.schema import TunixSchema
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class QuietAdapter(ASGIWebSocketAdapter):
    """Sends to a socket that may have closed meanwhile, which Starlette reports in two ways."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(dumps(message).decode())
        except (WebSocketDisconnect, RuntimeError) as error:
            raise WebSocketDisconnected from error


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's protocol handler; a message of a wrong shape closes with 4400 in place of a traceback."""

    async def handle_message(self, message: Any) -> None:
        if not is_message(message):
            await self.handle_invalid_message("Failed to parse message")
            return
        await super().handle_message(message)

    async def handle_subscribe(self, message: Any) -> None:
        most = self.max_subscriptions_per_connection
        if self.connection_acknowledged and most is not None and len(self.operations) >= most:
            error = too_costly(f"One socket may run at most {most} operations at once.")
            payload: Any = [CodedError(error, self.context.request_id).formatted]
            await self.send_message({"id": message["id"], "type": "error", "payload": payload})
            return
        await super().handle_subscribe(message)

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            logger.error("a WebSocket operation failed", exc_info=error)


def is_message(message: Any) -> bool:
    """Whether a decoded message has the protocol's shape as far as the handler relies on it."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in {"subscribe", "complete"}:
        return True
    payload = message.get("payload")
    if not isinstance(message.get("id"), str):
        return False
    return message["type"] == "complete" or (isinstance(payload, dict) and is_operation(payload))


def is_operation(payload: dict[str, Any]) -> bool:
    """Whether a subscribe message's payload has the types of a GraphQL request."""
    return (
        isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class WebSocketView(GraphQL[Any, Any]):
    """The ASGI application of the API's WebSockets.

    Args:
        settings: whose ``allowed_origins`` may connect besides the server's own.
    """

    websocket_adapter_class = QuietAdapter
    graphql_transport_ws_handler_class = Handler

    def __init__(self, schema: TunixSchema, settings: Settings) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=settings.origins,
        )

    def decode_json(self, data: str | bytes) -> Any:
        try:
            return decode_json(data)
        except BadUserInput as error:
            raise JSONDecodeError(error.message, "", 0) from None

    async def get_context(self, request: Any, response: Any) -> Any:
        return request.app.state.context_for(request)
