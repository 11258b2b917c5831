"""The root fields of runs."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.context import Context
from tunix_rt.api.job_sets.queries import RunJobSet, run_job_set
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.runs.comparison import RunComparison, compare_runs
from tunix_rt.api.runs.models import BaseModel, base_models
from tunix_rt.api.runs.types import RUN_LIST, Run

Info = strawberry.Info[Context, None]


@strawberry.type
class RunQueries:
    run: Run | None = lookup(RUN_LIST, READ, "Looks up a run; null if it does not exist.")
    runs: Connection[Run] = root_connection(RUN_LIST, READ, "All training runs, newest first by default.")
    compare_runs: RunComparison = strawberry.field(
        directives=[READ], resolver=compare_runs, description="Compares the parameters and metrics of runs."
    )

    run_job_set: RunJobSet | None = strawberry.field(
        directives=[READ],
        resolver=run_job_set,
        description="The Kubernetes JobSet that trains a run which is PENDING or RUNNING; null if the run does not "
        "exist. Nothing is stored, and no cluster is contacted.",
    )

    @strawberry.field(
        directives=[READ],
        description="Base models that are available offline: two tiny random models for trying things out, up to 500 "
        "models of the models folder, and those of the newest 500 runs that exported one. `startRun` also accepts "
        "Hugging Face model ids.",
    )
    async def base_models(self, info: Info) -> list[BaseModel]:
        return await base_models(info.context)
