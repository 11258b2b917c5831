"""Datasets as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import Columns, print_object, print_table
from tunix_rt.cli.output.values import text_of

COLUMNS: Columns = {
    "DATASET": "key",
    "STATUS": "status",
    "TRACES": "traceCount",
    "PARENT": "parent.key",
    "CREATED": "createdAt",
    "SHA-256": "sha256",
}


def steps_of(dataset: Mapping[str, Any]) -> str:
    """Returns the range and the mean of the numbers of steps."""
    stats = dataset["stats"]
    if stats is None:
        return ""
    return f"{stats['minStepCount']} to {stats['maxStepCount']}, {stats['avgStepCount']:.3g} on average"


def sources_of(dataset: Mapping[str, Any]) -> str:
    """Returns the sources with their numbers of traces."""
    stats = dataset["stats"] or {"sources": []}
    return ", ".join(f"{found['source'] or 'none'} {found['count']:,}" for found in stats["sources"])


def recipe_of(dataset: Mapping[str, Any]) -> str:
    """Returns the kind of the recipe, and its values as JSON without those that are null."""
    recipe = dict(dataset["recipe"])
    kind = recipe.pop("__typename").removesuffix("Recipe").lower()
    values = {name: value for name, value in recipe.items() if value is not None}
    return f"{kind} {json.dumps(values, ensure_ascii=False)}"


FIELDS: Columns = {
    "Dataset": "key",
    "UUID": "uuid",
    "Status": "status",
    "Error": "error.message",
    "Traces": "traceCount",
    "Steps": steps_of,
    "Sources": sources_of,
    "Parent": "parent.key",
    "SHA-256": "sha256",
    "Created": "createdAt",
    "Recipe": recipe_of,
}


def print_dataset(found: Mapping[str, Any]) -> None:
    """Prints a dataset with the statistics of its scores."""
    print_object(FIELDS, found)
    stats = found["stats"]
    if stats and stats["scores"] and not wants_json():
        click.echo()
        numbers = ("count", "mean", "low", "high")
        rows = [[row["scorer"], *(text_of(row[name]) for name in numbers)] for row in stats["scores"]]
        print_table(("SCORER", "TRACES", "MEAN", "LOWEST", "HIGHEST"), rows)
