"""GraphQL over HTTP as specified (draft of 2025-07), with server-sent events for streams.

Strawberry's view answers every request in ``application/json`` with 200, and refused ones in plain text; clients that
parse errors by media type can read neither. So the HTTP layer is written here, on Strawberry's schema and its stream of
events; WebSockets are in ``http/graphql/websocket.py``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from strawberry.exceptions import MissingQueryError
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from tunix_rt.api.context import Context
from tunix_rt.api.errors import CodedError, root_cause
from tunix_rt.api.execution.encoding import EncodedAnswer, dumps
from tunix_rt.api.schema import TunixSchema
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import (
    BadUserInput,
    PersistedQueryNotFound,
    RateLimited,
    ScopeMissing,
    Unauthenticated,
    Unavailable,
)
from tunix_rt.http.bodies import read_body
from tunix_rt.http.errors import STATUS, HttpError, error_response, json_response, refusal_headers
from tunix_rt.http.graphql.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, OFFERED, answer_media, is_json_body
from tunix_rt.http.graphql.operation_slots import OperationSlots
from tunix_rt.http.graphql.persisted_documents import PersistedDocuments, named_document, names_document
from tunix_rt.offload import off_loop
from tunix_rt.settings import Settings

QUERY_ONLY = frozenset({OperationType.QUERY})
NO_STREAM = frozenset({OperationType.QUERY, OperationType.MUTATION})


@dataclass(frozen=True)
class OperationRequest:
    """The parameters of a GraphQL request."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def graphql_endpoint(request: Request) -> Response:
    """Answers GET and POST requests to the API."""
    context: Context = request.app.state.context_for(request)
    media = answer_media(request.headers.get("accept", ""))
    error_media = media if media in {JSON, GRAPHQL_RESPONSE} else JSON
    try:
        if media is None:
            raise HttpError(406, f"Responses are available as {', '.join(OFFERED)}.")
        parameters = await read_parameters(request, context.settings)
        if media == EVENT_STREAM:
            return await stream(request, parameters, context)
        return await execute(request, parameters, context, media)
    except PersistedQueryNotFound as error:
        refused = HttpError(request_error_status(media), error.message, error.code)
        return error_response(refused, context.request_id, error_media)
    except (HttpError, BadUserInput) as error:
        return error_response(error, context.request_id, error_media)


def request_error_status(media: str | None) -> int:
    """Returns the status of an answer with errors and without data, which has to be 200 in the older media type."""
    return 200 if media == JSON else 400


async def execute(request: Request, parameters: OperationRequest, context: Context, media: str) -> Response:
    """Runs a query or a mutation and returns its response.

    Raises:
        HttpError: the operation cannot run with this method, or at all.
    """
    schema: TunixSchema = request.app.state.schema
    try:
        result = await schema.execute_in_time(
            parameters.query,
            variable_values=parameters.variables,
            context_value=context,
            operation_name=parameters.operation_name,
            allowed_operation_types=QUERY_ONLY if request.method == "GET" else NO_STREAM,
        )
    except MissingQueryError:
        raise HttpError(400, "query must not be empty.") from None
    except CannotGetOperationTypeError as error:
        raise HttpError(400, error.as_http_error_reason()) from None
    except InvalidOperationTypeError as error:
        raise refused_operation(error.operation_type) from None
    rest, headers = quota_of(context)
    if result.data is None and result.errors and all(error.path is None for error in result.errors):
        return refused_response(result.errors, media, rest, headers)
    body = body_of(result) | rest
    if isinstance(body["data"], EncodedAnswer):
        return stream_answer(body.pop("data"), body, media, headers)
    return json_response(body, 200, media, **headers)


def quota_of(context: Context) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the points that the client's key has left, as members of the body and as headers.

    The headers follow the IETF's draft-ietf-httpapi-ratelimit-headers-10. Both are empty without a limit.
    """
    account = None if context.grant is None else context.grant.account
    balance = context.services.quotas.balance(account)
    if balance is None:
        return {}, {}
    quota = {"limit": balance.limit, "remaining": balance.remaining, "resetSeconds": balance.reset_seconds}
    headers = {
        "RateLimit-Policy": f'"key";q={balance.limit};w=60',
        "RateLimit": f'"key";r={balance.remaining};t={balance.reset_seconds}',
    }
    return {"extensions": {"quota": quota}}, headers


def refused_response(errors: list[GraphQLError], media: str, rest: dict[str, Any], headers: dict[str, str]) -> Response:
    """Returns the response of an operation that was not executed; its status shows what the client lacks."""
    cause = root_cause(errors[0])
    status = request_error_status(media)
    if isinstance(cause, (Unauthenticated, ScopeMissing, RateLimited)):
        status = STATUS[cause.code]
    body = {"errors": [error.formatted for error in errors]} | rest
    return json_response(body, status, media, **headers, **refusal_headers(cause))


def stream_answer(data: EncodedAnswer, rest: dict[str, Any], media: str, headers: dict[str, str]) -> Response:
    """Returns the response of a large answer, sent part by part as the client takes it.

    Args:
        rest: the members of the body after ``data``.
    """
    end = b"}" if not rest else b"," + dumps(rest)[1:]
    parts = [b'{"data":', *data.parts, end]
    length = {"Content-Length": str(sum(map(len, parts)))}
    return StreamingResponse(each_part(parts), 200, headers=length | headers, media_type=media)


async def each_part(parts: list[bytes]) -> AsyncGenerator[bytes, None]:
    """Yields the parts one by one; Starlette would use a thread for each part of a plain iterable."""
    for part in parts:
        yield part


def body_of(result: Any) -> dict[str, Any]:
    """Returns the response body of an execution result."""
    if not result.errors:
        return {"data": result.data}
    return {"data": result.data, "errors": [error.formatted for error in result.errors]}


def refused_operation(operation: OperationType) -> HttpError:
    """Returns the error for an operation that is not allowed with this HTTP method."""
    if operation is OperationType.SUBSCRIPTION:
        return HttpError(400, f"Subscriptions need a WebSocket, or Accept: {EVENT_STREAM}.")
    return HttpError(405, "Mutations must be sent by POST.", headers={"Allow": "POST"})


async def read_parameters(request: Request, settings: Settings) -> OperationRequest:
    """Returns the parameters of a GET's query string or a POST's body.

    Raises:
        HttpError: the body has another type, is too large or malformed, or a parameter has a wrong type.
        BadUserInput, PersistedQueryNotFound: see ``named_document``.
    """
    if request.method == "GET":
        given: Any = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = parse_json(given[name] or "null", name)
    else:
        if not is_json_body(request.headers.get("content-type", "")):
            raise HttpError(415, "The body must be application/json in UTF-8.")
        body = await read_body(request, settings)
        given = await off_loop(len(body), parse_json, body, "The body")
    if not isinstance(given, dict):
        raise HttpError(400, "The body must be a single JSON object; batches are not supported.")
    return check_parameters(given, request.app.state.persisted_documents)


def parse_json(text: bytes | str, name: str) -> Any:
    """Returns the value of a JSON text; raises as ``read_parameters`` does."""
    try:
        return decode_json(text)
    except BadUserInput as error:
        raise HttpError(400, f"{name}: {error.message}") from None


def check_parameters(given: dict[str, Any], documents: PersistedDocuments) -> OperationRequest:
    """Returns the parameters after checking their types; raises as ``read_parameters`` does."""
    variables, operation = given.get("variables"), given.get("operationName")
    query = named_document(given, documents) if names_document(given) else given.get("query")
    if not isinstance(query, str):
        raise HttpError(400, "query must be a string.")
    if not isinstance(variables, dict | None):
        raise HttpError(400, "variables must be an object.")
    if not isinstance(given.get("extensions"), dict | None):
        raise HttpError(400, "extensions must be an object.")
    if not isinstance(operation, str | None):
        raise HttpError(400, "operationName must be a string.")
    return OperationRequest(query, variables, operation or None)


async def stream(request: Request, parameters: OperationRequest, context: Context) -> Response:
    """Streams an operation's results as server-sent events (graphql-sse, distinct connections mode)."""
    if not parameters.query:
        raise HttpError(400, "query must not be empty.")
    transport = SSETransport()

    async def events() -> AsyncGenerator[str, None]:
        async with aclosing(results_of(request, parameters, context)) as results:
            async for result in results:
                yield transport.encode_event("next", dumps(result).decode())
        yield transport.encode_complete()

    merged = merge_stream_with_heartbeat(
        events, lambda: transport.encode_comment("ping"), transport.heartbeat_interval, send_initial_heartbeat=True
    )
    return StreamingResponse(merged(), headers=dict(transport.headers))


async def results_of(
    request: Request, parameters: OperationRequest, context: Context
) -> AsyncGenerator[dict[str, Any], None]:
    """Yields the results of an operation as they arrive, or only an error if too many operations run."""
    schema: TunixSchema = request.app.state.schema
    slots: OperationSlots = request.app.state.slots
    slot = (context.services.quotas, context.granted.account)
    mutation = set() if request.method == "GET" else {OperationType.MUTATION}
    try:
        slots.take(*slot)
    except (Unavailable, RateLimited) as error:
        refused = CodedError(GraphQLError(error.message, original_error=error), context.request_id)
        yield {"errors": [refused.formatted]}
        return
    try:
        results = await schema.stream(
            parameters.query,
            variable_values=parameters.variables,
            context_value=context,
            operation_name=parameters.operation_name,
            allowed_operation_types={OperationType.QUERY, OperationType.SUBSCRIPTION} | mutation,
        )
        async with aclosing(results):
            async for result in results:
                yield body_of(result)
    finally:
        slots.give_back(*slot)
