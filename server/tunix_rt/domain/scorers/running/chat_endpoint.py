"""A client of OpenAI's chat completions API, with retries and one deadline for all attempts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tunix_rt.errors import RequestTimeout, ScorerFailed

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

BACKOFF_SECONDS = 0.5
"""The pause before the second attempt; it doubles with each further one."""
RESPONSE_MAX_BYTES = 1 << 20
HTTP_REQUEST_TIMEOUT, HTTP_TOO_MANY, HTTP_SERVER_ERROR = 408, 429, 500


class ChatMessage(msgspec.Struct):
    """A message of the model, without content if the model refuses or calls a tool."""

    content: str | None = None


class ChatChoice(msgspec.Struct):
    """An alternative that the model gives."""

    message: ChatMessage


class TokenUsage(msgspec.Struct):
    """The tokens of a request."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatResponse(msgspec.Struct):
    """The part of a response that is read."""

    choices: list[ChatChoice]
    usage: TokenUsage | None = None


@dataclass
class Completion:
    """The work of all attempts at a request."""

    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, usage: TokenUsage | None) -> None:
        """Adds the tokens of an attempt, as far as the endpoint reports them."""
        if usage is not None:
            self.prompt_tokens += usage.prompt_tokens or 0
            self.completion_tokens += usage.completion_tokens or 0

    @property
    def tokens_text(self) -> str:
        """The tokens as a sentence of a failure's message, after a space; empty if there are none."""
        if not self.prompt_tokens and not self.completion_tokens:
            return ""
        return f" It took {self.prompt_tokens:,} tokens of prompts and {self.completion_tokens:,} of completions."


class InvalidCompletion(Exception):
    """The model's text is not what was asked for; another attempt may succeed."""


class RepeatableFailure(Exception):
    """An attempt failed in a way that may pass.

    Args:
        pause: the seconds to wait that the endpoint asks for; None if it does not.
    """

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


class ChatEndpoint:
    """An endpoint of the API, used by several tasks of one event loop.

    Args:
        url: the base URL, to which ``/chat/completions`` is appended.
        key: the API key; empty for none.
        seconds: the time limit of a request with all its attempts.
        attempts: the maximum number of attempts.
    """

    def __init__(self, url: str, key: str, seconds: float, attempts: int) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._seconds = seconds
        self._attempts = attempts
        self._client: httpx.AsyncClient | None = None

    async def complete(self, request: dict[str, Any], read: Callable[[str], T]) -> tuple[Completion, T]:
        """Sends a request until its completion can be read; returns the work done and what was read.

        Args:
            read: converts the model's text; raises InvalidCompletion if it cannot.

        Raises:
            ScorerFailed: the endpoint refuses the request, or the last attempt failed.
            RequestTimeout: the time limit was exceeded, whatever was received until then.
        """
        done, deadline = Completion(), time.monotonic() + self._seconds
        try:
            async with asyncio.timeout(self._seconds):
                return done, await self._complete(request, read, done, deadline)
        except TimeoutError:
            raise RequestTimeout(f"The endpoint took longer than {self._seconds:g} s.{done.tokens_text}") from None

    async def close(self) -> None:
        """Closes the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _complete(
        self, request: dict[str, Any], read: Callable[[str], T], done: Completion, deadline: float
    ) -> T:
        """Returns what was read of the first completion that can be; raises ScorerFailed as ``complete`` does."""
        while True:
            done.attempts += 1
            try:
                return await asyncio.to_thread(read, await self._send(request, done))
            except (RepeatableFailure, InvalidCompletion) as error:
                pause = getattr(error, "pause", None)
                pause = BACKOFF_SECONDS * 2 ** (done.attempts - 1) if pause is None else pause
                if done.attempts >= self._attempts or time.monotonic() + pause >= deadline:
                    made = f"After {done.attempts} of {self._attempts} attempts, {error}."
                    raise ScorerFailed(f"{made}{done.tokens_text}") from None
            await asyncio.sleep(pause)

    async def _send(self, request: dict[str, Any], done: Completion) -> str:
        """Returns the model's text.

        Raises:
            ScorerFailed: the endpoint refuses the request, or its response is too large.
            RepeatableFailure: the endpoint is busy or broken, or its response is not one of the API.
            TimeoutError: the endpoint was silent for longer than the time limit.
        """
        import httpx

        try:
            body = await self._receive(request)
        except httpx.TimeoutException:
            raise TimeoutError from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise RepeatableFailure(f"the connection failed ({type(error).__name__})") from None
        try:
            response = msgspec.json.decode(body, type=ChatResponse)
        except msgspec.MsgspecError:
            raise RepeatableFailure("the response was not a chat completion") from None
        done.add(response.usage)
        return response.choices[0].message.content or "" if response.choices else ""

    async def _receive(self, request: dict[str, Any]) -> bytes:
        """Returns the body of a successful response; raises as ``_send`` does, or httpx's errors."""
        async with self._open_client().stream("POST", self._url, json=request, headers=self._headers) as response:
            if (
                response.status_code in {HTTP_REQUEST_TIMEOUT, HTTP_TOO_MANY}
                or response.status_code >= HTTP_SERVER_ERROR
            ):
                raise RepeatableFailure(f"the endpoint answered HTTP {response.status_code}", pause_of(response))
            if not response.is_success:
                raise ScorerFailed(f"The endpoint refused the request with HTTP {response.status_code}.")
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > RESPONSE_MAX_BYTES:
                    raise ScorerFailed(f"The response has more than {RESPONSE_MAX_BYTES} bytes.")
        return bytes(body)

    def _open_client(self) -> httpx.AsyncClient:
        """Returns the client, which is created when it is first needed; ``complete`` limits its time."""
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._seconds)
        return self._client


def pause_of(response: httpx.Response) -> float | None:
    """Returns the seconds that an endpoint asks to wait; None if it does not."""
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None
