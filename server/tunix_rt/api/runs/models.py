"""The models at hand, in GraphQL."""

from __future__ import annotations

import asyncio

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.runs.base_models import Model, ModelSource, models_in


@strawberry.type(description="A model that a run can start from without a network.")
class TunixModel:
    model_id: str = strawberry.field(description="What `startTunixRun` calls it.")
    source: ModelSource = strawberry.field(description="Where it comes from.")
    family: str | None = strawberry.field(description="The type of model, as its configuration names it.")
    parameters: BigInt | None = strawberry.field(
        description="How many numbers its weights have; null until they are made, or if they cannot be read."
    )
    byte_size: BigInt | None = strawberry.field(description="How large its weights are, in bytes; null as above.")
    has_tokenizer: bool = strawberry.field(
        description="Whether its `tokenizer.json` is at hand, which training and dry runs need."
    )
    problem: str | None = strawberry.field(
        description="Why it cannot be trained, as far as that is seen at a glance; null if nothing is."
    )

    @classmethod
    def of(cls, model: Model) -> TunixModel:
        """A model as it was found."""
        return cls(
            model_id=model.model_id,
            source=model.source,
            family=model.family,
            parameters=None if model.parameters is None else BigInt(model.parameters),
            byte_size=None if model.byte_size is None else BigInt(model.byte_size),
            has_tokenizer=model.has_tokenizer,
            problem=model.problem,
        )


async def models_at_hand(context: Context) -> list[TunixModel]:
    """The models at hand."""
    found = await asyncio.to_thread(models_in, context.settings.models_folder)
    return [TunixModel.of(model) for model in found]
