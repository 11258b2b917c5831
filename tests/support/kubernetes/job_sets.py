"""The API's schema of JobSets, by which a cluster accepts or refuses a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMA = Path(__file__).with_name("job_set_schema.json")


def strict(schema: Any) -> Any:
    """Returns a schema in which objects have no other fields than those described, as ``kubectl apply`` requires."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found


def errors_in(job_set: Any) -> list[str]:
    """Returns what the API refuses in a JobSet, each error with its place."""
    schema = strict(json.loads(SCHEMA.read_text())["schema"])
    schema["properties"]["metadata"].pop("additionalProperties", None)
    validator = jsonschema_rs.Draft202012Validator(schema)
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(job_set)]
