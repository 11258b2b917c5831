"""``generateManifest``: the YAML manifest of a training, with the path of the exported dataset."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Annotated, Any

import strawberry
from sqlalchemy import Row
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.exports.mutations import export_of
from tunix_rt.api.exports.types import Export
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import ERRORS, errors_in_payload
from tunix_rt.api.runs.inputs import TrainingInput
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.datasets.lookup import completed_dataset_key
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import storage_key
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import ExportRequest, enter_export, fixed_request
from tunix_rt.domain.exports.reuse import best_of, export_row, exports_like
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.runs.config import name_errors, template_errors
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.domain.runs.manifest import ManifestFields, manifest_yaml, require_model_id, training_errors
from tunix_rt.errors import BadUserInput, ErrorCode, NotFound, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import FORMAT_OF, DatasetFormat, Method

SHARE_OF_TIME = 0.6
"""The share of a request's time to wait for the export."""

WAY = (ExportFormat.TUNIX_SFT, Container.JSONL)
"""The format and the container of the export for training."""

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `generateManifest`. A step is one update of the weights.")
class GenerateManifestInput(TrainingInput):
    dataset_id: strawberry.ID = strawberry.field(description=f"The training dataset: {ways_to_name('Dataset')}.")
    model_id: str = strawberry.field(description="The base model, such as `Qwen/Qwen3-0.6B`: 1 to 256 characters.")
    output_name: str | None = strawberry.field(
        default=UNSET,
        description="Name of the output folder: 1 to 64 letters, digits and characters of `. _ -`, starting with a "
        "letter or digit. Generated if omitted.",
    )
    method: Method | None = strawberry.field(default=UNSET, description="Training method. Defaults to SFT.")


@strawberry.type(description="A training manifest: the input of the trainer, which states model, data and parameters.")
class TrainingManifest:
    yaml: str = strawberry.field(description="The manifest as YAML.")
    path: str = strawberry.field(description="Path of the training file on the server, as in the manifest.")
    output_dir: str = strawberry.field(description="Path of the output folder on the server, inside its data folder.")
    format: ExportFormat = strawberry.field(description="Format of the records in the training file.")
    dataset: Dataset = strawberry.field(description="The training dataset.")
    model_id: str = strawberry.field(description="The base model.")


@strawberry.type(description="Payload of `generateManifest`.")
class GenerateManifestPayload:
    manifest: TrainingManifest | None = strawberry.field(
        default=None,
        description="The manifest; null if there are errors, or if `export` has not completed yet: repeat the request "
        "when it has.",
    )
    export: Export | None = strawberry.field(
        default=None,
        description="The export of the dataset, which is started if there is none; null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(GenerateManifestPayload)
async def generate_manifest(
    info: Info,
    input: Annotated[
        GenerateManifestInput, strawberry.argument(description="The dataset, the base model and the parameters.")
    ],
) -> GenerateManifestPayload:
    """Returns the manifest of a training once its dataset is exported."""
    context, selection = info.context, current_selection(info)
    require_input(input)
    dataset_id = await dataset_of(context, input)
    row = await wait_for_export(context, await export_to_train_on(context, dataset_id, input.template_name()))
    export = await export_of(context, row.id, selection.names(("export",)))
    if row.path is None:
        return GenerateManifestPayload(export=export, errors=failure_of(row))
    file = await context.services.storage.path_of(storage_key(row.path))
    if file is None:
        return GenerateManifestPayload(export=export, errors=failure_of(row))
    names = selection.names(("manifest", "dataset"))
    dataset = (await objects_by_id(DATASET_LIST, context, [dataset_id], names)).get(dataset_id)
    manifest = None if dataset is None else manifest_of(input, file, dataset, context.settings.data_dir)
    return GenerateManifestPayload(manifest=manifest, export=export)


def require_input(input: GenerateManifestInput) -> None:
    """Validates the input as far as possible without the database.

    Raises:
        ValidationErrors: the input is invalid; one error for each field.
    """
    errors: list[TunixRtError] = []
    try:
        require_model_id(input.model_id)
    except BadUserInput as error:
        errors.append(error)
    errors += name_errors(given_or_none(input.output_name))
    errors += export_errors(given_or_none(input.method))
    errors += training_errors(input.training(), given_or_none(input.method), input.lora_config(), input.mesh_config())
    errors += template_errors(input.template_name())
    if errors:
        raise ValidationErrors(errors)


def export_errors(method: Method | None) -> Iterator[BadUserInput]:
    """Yields an error if the method trains on other records than those that are exported."""
    if method is not None and FORMAT_OF[method] is not DatasetFormat.TUNIX_SFT:
        yield BadUserInput(
            f"method must be SFT or LORA: {method.value} trains on records that only a run makes; use startRun.",
            ["method"],
        )


async def dataset_of(context: Context, input: GenerateManifestInput) -> uuid.UUID:
    """Returns the id of the dataset.

    Raises:
        BadId: the id is malformed.
        NotFound: the dataset does not exist.
    """
    dataset_id = await row_id(context, input.dataset_id, "Dataset", ["datasetId"])
    async with context.database.read() as session:
        await completed_dataset_key(session, dataset_id)
    return dataset_id


async def export_to_train_on(context: Context, dataset_id: uuid.UUID, template: str) -> uuid.UUID:
    """Returns the id of an existing export, or starts one.

    Raises:
        NotFound: the dataset was deleted in the meantime.
    """
    options = FormatOptions(template=template)
    async with context.database.read() as session:
        found = await exports_like(session, dataset_id, *WAY, options)
    best = await best_of(found, context.services.storage, now())
    if best is not None:
        known: uuid.UUID = best.id
        return known
    async with context.database.write() as session:
        request = await fixed_request(session, ExportRequest(OfDataset(dataset_id), *WAY, options))
        row = await enter_export(session, request, now())
    context.services.wake()
    started: uuid.UUID = row["id"]
    return started


async def wait_for_export(context: Context, export_id: uuid.UUID) -> Row[Any]:
    """Waits until an export has finished, or until the time for it is over, and returns its row.

    Raises:
        NotFound: the export was deleted in the meantime.
    """
    row = await current_row(context, export_id)
    if JobStatus(row.status) in ENDS:
        return row
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(context.settings.request_timeout_seconds * SHARE_OF_TIME),
            aclosing(context.services.export_events.follow(export_id, 0)) as batches,
        ):
            async for rows in batches:
                if JobStatus(rows[-1].status) in ENDS:
                    break
    return await current_row(context, export_id)


async def current_row(context: Context, export_id: uuid.UUID) -> Row[Any]:
    """Returns the row of an export; raises as ``wait_for_export`` does."""
    async with context.database.read() as session:
        row = await export_row(session, export_id)
    if row is None:
        raise NotFound("The export was deleted during the request. Repeat the request.")
    return row


def failure_of(row: Row[Any]) -> list[UserError]:
    """Returns the error of an export that has finished without a file; empty if it has not finished."""
    if JobStatus(row.status) not in ENDS:
        return []
    reason = row.error_message or f"its export is {row.status}, and no file is there."
    code = ErrorCode(row.error_code) if row.error_code else ErrorCode.CONFLICT
    return [UserError(code=code, message=f"The dataset's file is not available: {reason}", path=["input"])]


def manifest_of(input: GenerateManifestInput, file: Path, dataset: Dataset, data_dir: Path) -> TrainingManifest:
    """Returns the manifest of a training on an exported file."""
    name = given_or_none(input.output_name) or f"tunix_run_{uuid.uuid4().hex[:8]}"
    manifest = ManifestFields(
        model_id=input.model_id,
        dataset_path=str(file),
        output_dir=str(folder_of(data_dir.absolute(), name)),
        training=input.training(),
        method=given_or_none(input.method),
        lora=input.lora_config(),
        mesh=input.mesh_config(),
        template=input.template_name(),
    )
    return TrainingManifest(
        yaml=manifest_yaml(manifest),
        path=manifest.dataset_path,
        output_dir=manifest.output_dir,
        format=ExportFormat.TUNIX_SFT,
        dataset=dataset,
        model_id=input.model_id,
    )
