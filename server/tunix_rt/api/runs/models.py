"""Base models in GraphQL."""

from __future__ import annotations

import asyncio

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.runs.artifacts import newest_run_models
from tunix_rt.domain.runs.base_models import LISTED_MAX, Model, ModelSource, models_in, models_of_runs


@strawberry.type(description="A base model that is available offline.")
class BaseModel:
    model_id: str = strawberry.field(description="Model id, for `startRun`.")
    source: ModelSource = strawberry.field(description="Origin of the model.")
    family: str | None = strawberry.field(
        description="Model type from its configuration, such as `qwen3`; null if it cannot be read, or is only in the "
        "storage."
    )
    parameter_count: BigInt | None = strawberry.field(
        description="Number of parameters; null if the model is created for the run, its files cannot be read, or are "
        "only in the storage."
    )
    byte_size: BigInt | None = strawberry.field(
        description="Size of the weights, in bytes; null if the model is created for the run, or its files cannot be "
        "read."
    )
    has_tokenizer: bool = strawberry.field(
        description="Whether the model has a `tokenizer.json`, which training and dry runs need."
    )
    problem: str | None = strawberry.field(
        description="Why the model cannot be trained; null if no problem was found. A dry run checks more."
    )

    @classmethod
    def of(cls, model: Model) -> BaseModel:
        """Converts a model of the domain."""
        return cls(
            model_id=model.model_id,
            source=model.source,
            family=model.family,
            parameter_count=None if model.parameters is None else BigInt(model.parameters),
            byte_size=None if model.byte_size is None else BigInt(model.byte_size),
            has_tokenizer=model.has_tokenizer,
            problem=model.problem,
        )


async def base_models(context: Context) -> list[BaseModel]:
    """Returns the base models."""
    settings = context.settings
    async with context.database.read() as session:
        exported = await newest_run_models(session, LISTED_MAX)
    found = await asyncio.to_thread(models_in, settings.models_folder)
    found += await asyncio.to_thread(models_of_runs, settings.data_dir, exported)
    return [BaseModel.of(model) for model in found]
