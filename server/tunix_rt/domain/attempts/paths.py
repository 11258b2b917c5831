"""The paths of the protocol of workers without the database: servers route them, and workers request them.

Parameters are in Starlette's notation, such as ``{attempt:int}``; ``path_to`` gives them values. Those of an attempt
follow ``ATTEMPT``, those of an attempt at a generation ``GENERATION``, and those at an export ``EXPORT``.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

CLAIMS = "/v1/workers/claims"
WORKER = "/v1/workers/{worker:uuid}"

ATTEMPT = "/v1/attempt"
GENERATION = f"{ATTEMPT}/generation"
EXPORT = f"{ATTEMPT}/export"

PLACE = "/place"
LEASE = "/lease"
OUTCOME = "/outcome"
MODEL = "/model"
FILE = "/files/{name:path}"
"""A file of the attempt's own folder in the storage."""
STORED_FILE = "/files/{run:uuid}/{attempt:int}/{name:path}"
"""A file that any attempt has stored."""

BATCHES = "/batches"
MANIFEST = "/manifest"
DRY_RUN = "/dry_run"
DATASETS = "/datasets"
ARTIFACTS = "/artifacts"
ARTIFACT_STORED = "/artifacts/{artifact:uuid}/stored"
REWARDS = "/rewards"
GRADES = "/grades"
ROLLOUTS = "/rollouts"

PROMPTS = "/prompts"
ANSWERS = "/answers"

SIZE = "/size"
ROWS = "/rows"
TRACES = "/traces"
MEMBERS = "/members"

PARAMETER = re.compile(r"\{(\w+):\w+\}")


def path_to(pattern: str, **values: Any) -> str:
    """Returns a path with a value for each of its parameters.

    Raises:
        KeyError: a parameter has no value.
    """
    return PARAMETER.sub(lambda found: quote(str(values[found[1]])), pattern)
