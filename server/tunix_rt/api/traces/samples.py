"""The mutation that imports the bundled samples."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.payloads import ERRORS, errors_in_payload
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, ValidationErrors
from tunix_rt.samples.loading import load_samples, sample_sources

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `importSamples`.")
class ImportSamplesInput:
    sources: list[str] | None = strawberry.field(
        default=UNSET,
        description="Sources of the samples to import, such as `sample/arithmetic`. All samples if omitted.",
    )


@strawberry.type(description="Payload of `importSamples`.")
class ImportSamplesPayload:
    imported_count: BigInt | None = strawberry.field(
        default=None, description="Number of traces stored; null if there are errors."
    )
    duplicate_count: BigInt = strawberry.field(
        default=BigInt(0), description="Number of samples that were stored already and were skipped."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(ImportSamplesPayload)
async def import_samples(
    info: Info, input: Annotated[ImportSamplesInput, strawberry.argument(description="The samples to import.")]
) -> ImportSamplesPayload:
    """Imports the samples that are not stored yet."""
    context, sources = info.context, given_or_none(input.sources)
    require_known(sources or [])
    report = await load_samples(context.database, context.settings.trace_max_bytes, sources)
    context.services.new_traces.notify()
    return ImportSamplesPayload(imported_count=BigInt(report.added), duplicate_count=BigInt(report.duplicates))


def require_known(sources: list[str]) -> None:
    """Validates the names of sources.

    Raises:
        ValidationErrors: some are not sources of samples; one error for each.
    """
    known = sample_sources()
    errors = [
        BadUserInput(f"sources must be among {', '.join(known)}; {clip(name, 40)!r} is not.", ["sources", position])
        for position, name in enumerate(sources)
        if name not in known
    ]
    if errors:
        raise ValidationErrors(errors)
