"""The mutation that plays UNGAR's games and stores their traces."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.payloads import KEY, Rows, Write, create_once, errors_in_payload
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, ValidationErrors
from tunix_rt.integrations.ungar.package import Game
from tunix_rt.integrations.ungar.traces import generate

OPERATION = "generateUngarTraces"
COUNT_MAX = 10_000
SEED_MAX = 2**31 - 1
PREVIEWED = 3
SHARE_OF_TIME = 0.6
"""The share of a request's time for the games; the rest is for storing their traces."""


Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `generateUngarTraces`.")
class GenerateUngarTracesInput:
    count: int = strawberry.field(description="Number of episodes to play: 1 to 10,000.")
    seed: int | None = strawberry.field(
        default=UNSET,
        description="Random seed, 0 to 2,147,483,647. Episode k is played with `seed` + k, so the same seed gives the "
        "same traces. Random if omitted.",
    )
    persist: bool = strawberry.field(
        default=True, description="Whether to store the traces. If false, only `preview` is returned."
    )
    game: Game = strawberry.field(default=Game.HIGH_CARD_DUEL, description="The game to play.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.type(description="Summary of a game episode.")
class UngarEpisode:
    trace_uuid: uuid.UUID | None = strawberry.field(description="UUID of the stored trace; null if it was not stored.")
    game: Game = strawberry.field(description="The game that was played.")
    episode_index: int = strawberry.field(description="Position of the episode in the batch, from 0.")
    episode_seed: BigInt = strawberry.field(description="Random seed that replays this episode.")
    my_card: str | None = strawberry.field(
        description="First player's card in a high card duel, as rank and suit: `TS` is the ten of spades. Null in "
        "other games."
    )
    opponent_card: str | None = strawberry.field(
        description="Opponent's card in a high card duel. Null in other games."
    )
    result: str = strawberry.field(description="Outcome for the first player: `win`, `loss` or `tie`.")


@strawberry.type(description="Payload of `generateUngarTraces`.")
class GenerateUngarTracesPayload:
    traces: list[Trace] | None = strawberry.field(
        default=None, description="The stored traces in order; null if none was stored."
    )
    count: int = strawberry.field(default=0, description="Number of episodes played.")
    preview: list[UngarEpisode] = strawberry.field(default_factory=list, description="The first three episodes.")
    errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Errors that the caller can correct; empty on success. `UNAVAILABLE` if the UNGAR package is not "
        "installed; the message has the install command.",
    )


def require_input(input: GenerateUngarTracesInput) -> None:
    """Validates the input.

    Raises:
        ValidationErrors: values are out of their range; one error for each.
    """
    errors, seed = [], given_or_none(input.seed)
    if not 1 <= input.count <= COUNT_MAX:
        errors.append(BadUserInput(f"count must be between 1 and {COUNT_MAX}; it is {input.count}.", ["count"]))
    if seed is not None and not 0 <= seed <= SEED_MAX:
        errors.append(BadUserInput(f"seed must be between 0 and {SEED_MAX}; it is {seed}.", ["seed"]))
    if given_or_none(input.idempotency_key) is not None and not input.persist:
        errors.append(BadUserInput("idempotencyKey requires persist: true.", ["idempotency_key"]))
    if errors:
        raise ValidationErrors(errors)


@errors_in_payload(GenerateUngarTracesPayload)
async def generate_ungar_traces(
    info: Info, input: Annotated[GenerateUngarTracesInput, strawberry.argument(description="The episodes to play.")]
) -> GenerateUngarTracesPayload:
    """Plays episodes, and stores their traces in one transaction."""
    require_input(input)
    context = info.context
    if not input.persist:
        drafts = await play(context, input)
        return GenerateUngarTracesPayload(count=len(drafts), preview=preview_of([(None, meta_of(d)) for d in drafts]))
    game: Game = input.game
    request = KeyedRequest(
        given_or_none(input.idempotency_key), OPERATION, [input.count, given_or_none(input.seed), game.value]
    )

    async def create(write: Write) -> Rows:
        drafts = await play(context, input)
        return await write(lambda session: add_traces(session, drafts))

    names = current_selection(info).names(("traces",)) | {"uuid", "meta"}
    traces: list[Trace] = await create_once(context, TRACE_LIST, names, request, create)
    context.services.new_traces.notify()
    return GenerateUngarTracesPayload(
        traces=traces, count=input.count, preview=preview_of([(trace.uuid, trace.meta) for trace in traces])
    )


async def play(context: Context, input: GenerateUngarTracesInput) -> list[TraceDraft]:
    """Plays the requested episodes, and returns their traces."""
    settings = context.settings
    seconds = settings.request_timeout_seconds * SHARE_OF_TIME
    game: Game = input.game
    return await asyncio.to_thread(
        generate, game, input.count, given_or_none(input.seed), settings.trace_max_bytes, seconds
    )


def meta_of(draft: TraceDraft) -> dict[str, Any]:
    """Returns a draft's metadata."""
    return draft.payload.meta or {}


def preview_of(episodes: Sequence[tuple[uuid.UUID | None, Any]]) -> list[UngarEpisode]:
    """Returns the first episodes, from the ids and the metadata of their traces."""
    return [episode_of(trace_id, meta) for trace_id, meta in episodes[:PREVIEWED]]


def episode_of(trace_id: uuid.UUID | None, meta: Mapping[str, Any]) -> UngarEpisode:
    """Returns the summary of an episode."""
    return UngarEpisode(
        trace_uuid=trace_id,
        game=Game(meta["game"]),
        episode_index=meta["episode_index"],
        episode_seed=meta["episode_seed"],
        my_card=meta.get("my_card"),
        opponent_card=meta.get("opponent_card"),
        result=meta["result"],
    )
