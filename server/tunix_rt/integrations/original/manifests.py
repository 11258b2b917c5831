"""Reads the original's datasets: a folder with a manifest for each, which lists the members' ids."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tunix_rt.domain.datasets.building import Title
from tunix_rt.domain.datasets.recipes import ListedMembers
from tunix_rt.domain.imports.formats.base import list_of, object_of, text_of
from tunix_rt.domain.text import clip, decode_strict_json
from tunix_rt.errors import BadUserInput, ValidationErrors
from tunix_rt.integrations.original.rows import instant, uuid_of

FILE = "manifest.json"
MAX_BYTES = 16 * 1024 * 1024
MEMBERS_MAX = 100_000
ORIGIN = "tunix-rt"
KEPT = ("filters", "selection_strategy", "seed", "parent_dataset_id", "dataset_schema_version")
"""The fields of a manifest that describe the selection of its members."""


@dataclass(frozen=True)
class OriginalManifest:
    """A dataset of the original; ``parent`` is its reference to a parent dataset, which the original does not check."""

    title: Title
    parent: str | None
    build_id: uuid.UUID
    created_at: datetime
    trace_ids: tuple[uuid.UUID, ...]
    recipe: ListedMembers


def manifests_in(folder: Path) -> list[Path]:
    """Returns the paths of the manifests in the original's folder of datasets.

    Raises:
        BadUserInput: there is no such folder.
    """
    if not folder.is_dir():
        raise BadUserInput("--datasets must be the datasets folder of the original application.", ["datasets"])
    return sorted(folder.glob(f"*/{FILE}"))


def read_manifest(path: Path) -> OriginalManifest:
    """Returns the dataset of a manifest.

    Raises:
        BadUserInput: the manifest cannot be read; the message names an invalid field.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadUserInput(f"A manifest must have at most {MAX_BYTES} bytes; it has {path.stat().st_size}.")
        fields = object_of(decode_strict_json(path.read_bytes()), label="A manifest")
    except OSError as error:
        raise BadUserInput(f"It cannot be read: {error.strerror}.") from None
    return manifest_of(fields)


def manifest_of(fields: dict[str, Any]) -> OriginalManifest:
    """Returns the dataset with a manifest's fields; raises as ``read_manifest`` does."""
    title = Title(
        text_of(fields, "dataset_name"),
        text_of(fields, "dataset_version"),
        optional_text(fields, "session_id"),
        optional_text(fields, "training_run_id"),
    )
    if errors := [*title.errors(["dataset_name"])]:
        raise ValidationErrors(errors)
    if (key := text_of(fields, "dataset_key")) != title.key:
        raise BadUserInput(f"dataset_key must be {title.key!r}; it is {clip(key)!r}.", ["dataset_key"])
    return OriginalManifest(
        title,
        optional_text(fields, "parent_dataset_id"),
        uuid_of(fields.get("build_id"), "build_id"),
        instant(fields.get("created_at"), "created_at"),
        members_of(fields),
        ListedMembers(ORIGIN, {name: fields[name] for name in KEPT if name in fields}),
    )


def members_of(fields: dict[str, Any]) -> tuple[uuid.UUID, ...]:
    """Returns the ids that a manifest lists; raises as ``read_manifest`` does."""
    given = list_of(fields, "trace_ids")
    if not 1 <= len(given) <= MEMBERS_MAX:
        raise BadUserInput(f"trace_ids must have 1 to {MEMBERS_MAX} ids; it has {len(given)}.", ["trace_ids"])
    return tuple(uuid_of(value, "trace_ids") for value in given)


def optional_text(fields: Mapping[str, Any], name: str) -> str | None:
    """Returns a text field; None if it is missing or null; raises as ``read_manifest`` does."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise BadUserInput(f"{name} must be a string or null.", [name])
    return value or None
