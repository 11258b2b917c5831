"""Endpoints that the token of an attempt opens, and nothing else does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.assignment import AssignedRun, assigned_run
from tunix_rt.domain.attempts.exports import AssignedExport, assigned_export
from tunix_rt.domain.attempts.generations import AssignedGeneration, assigned_generation
from tunix_rt.domain.attempts.tokens import RUN_TOKENS, AttemptOver, TokenLedger, hold_of_token
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.text import decode_json, json_errors
from tunix_rt.errors import BadUserInput, ErrorCode, Unauthenticated
from tunix_rt.http.access.authentication import bearer_secret
from tunix_rt.http.bodies import read_body
from tunix_rt.http.errors import HttpError
from tunix_rt.offload import off_loop

T = TypeVar("T")


@dataclass(frozen=True)
class AttemptRequest:
    """A request of an attempt's process.

    Args:
        hold: the attempt's hold on its job, as the token proves it.
        ledger: the ledger of the job.
    """

    request: Request
    context: Context
    hold: Hold
    ledger: TokenLedger

    async def body(self, kind: type[T]) -> T:
        """Returns the body, which is JSON.

        Raises:
            HttpError: it is too large.
            BadUserInput: it is not JSON of this kind.
        """
        raw = await read_body(self.request, self.context.settings)
        return await off_loop(len(raw), decode_body, raw, kind)

    async def read_held(self, read: Callable[[Session], Awaitable[T | None]]) -> T:
        """Returns what is read of the attempt's job.

        Args:
            read: returns None if the attempt does not hold the job.

        Raises:
            AttemptOver: the attempt no longer holds it.
        """
        async with self.context.database.read() as session:
            found = await read(session)
        if found is None:
            raise over()
        return found

    async def run(self) -> AssignedRun:
        """Returns the run.

        Raises:
            AttemptOver: the attempt no longer holds it.
        """
        return await self.read_held(lambda session: assigned_run(session, self.hold, self.context.settings))

    async def export(self) -> AssignedExport:
        """Returns the export.

        Raises:
            AttemptOver: the attempt no longer holds it.
        """
        return await self.read_held(lambda session: assigned_export(session, self.hold, self.context.settings))

    async def generation(self) -> AssignedGeneration:
        """Returns the generation.

        Raises:
            AttemptOver: the attempt no longer holds it.
        """
        return await self.read_held(lambda session: assigned_generation(session, self.hold, self.context.settings))


Handler = Callable[[AttemptRequest], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def with_token(handler: Handler, ledger: TokenLedger = RUN_TOKENS) -> Endpoint:
    """Returns an endpoint that refuses requests without the valid token of an attempt that holds its job.

    The status of a request whose attempt is over is 410.

    Args:
        ledger: the ledger of the job.
    """

    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        context: Context = request.app.state.context_for(request)
        try:
            async with context.database.read() as session:
                hold = await hold_of_token(session, token_of(request), ledger)
            return await handler(AttemptRequest(request, context, hold, ledger))
        except AttemptOver as error:
            raise HttpError(410, error.message, ErrorCode.CONFLICT) from error

    return endpoint


def token_of(request: Request) -> str:
    """Returns the secret of a request.

    Raises:
        Unauthenticated: it has none.
    """
    secret = bearer_secret(request.headers.get("authorization"))
    if secret is None:
        raise Unauthenticated("The token of an attempt is needed: send it as `Authorization: Bearer TOKEN`.")
    return secret


def decode_body(raw: bytes, kind: type[T]) -> T:
    """Decodes a body; raises as ``AttemptRequest.body`` does."""
    value = decode_json(raw)
    for error in json_errors(value, ()):
        raise error
    try:
        return msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError as error:
        raise BadUserInput(f"The body is not valid: {error}.") from None


def over() -> AttemptOver:
    """Returns the error of an attempt that has lost its hold during a request."""
    return AttemptOver("The attempt is over.")


def held_response(state: HoldState) -> Response:
    """Returns the response with the state of the hold.

    Raises:
        AttemptOver: it is lost.
    """
    if state is HoldState.LOST:
        raise over()
    return json_response({"state": state.name})


def json_response(value: Any, status: int = 200) -> Response:
    """Returns a JSON response that nobody may store."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")
