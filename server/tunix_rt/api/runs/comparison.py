# No `from __future__ import annotations` here: the field's annotations are made at run time.
"""Comparison of runs: differing parameters, and metrics side by side."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.runs.metrics import FromStep, MaxPoints, Names, RunMetricSeries, ToStep, window_of
from tunix_rt.api.runs.types import RUN_LIST, Run
from tunix_rt.db.models import tunix_runs
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.runs.lookup import runs_among
from tunix_rt.domain.runs.metrics import Curve, Window, curves
from tunix_rt.errors import BadUserInput, NotFound

COMPARED_MIN, COMPARED_MAX = 2, 20
COMPARED_POINTS = 300
NAMES = frozenset({"dataset_id", "output_name", "replay_of"})
"""Columns left out of the differences: the dataset is shown by its key, and output names are unique."""

Info = strawberry.Info[Context, None]
RunIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"2 to 20 distinct runs, each by {ways_to_name('Run')}."),
]


@strawberry.type(description="A parameter whose values differ between runs.")
class RunDifference:
    field: str = strawberry.field(description="Name of the parameter as in `StartRunInput`, such as `lora.rank`.")
    values: list[str | None] = strawberry.field(
        description="The parameter's value in each run, in the order of the runs. Strings are plain, other values are "
        "JSON; null where a run does not set it."
    )


@strawberry.type(description="One metric of several runs.")
class RunMetricComparison:
    name: str = strawberry.field(description="Name of the metric, such as `train/loss`.")
    series: list[RunMetricSeries] = strawberry.field(
        description="The metric's curve in each run, in the order of the runs. A run without the metric has a curve "
        "without points."
    )


@strawberry.type(description="Several runs side by side.")
class RunComparison:
    ids: strawberry.Private[list[uuid.UUID]]
    runs: list[Run] = strawberry.field(description="The runs, in the order of `ids`.")
    differences: list[RunDifference] = strawberry.field(
        description="Parameters whose values differ between the runs; empty if all are equal."
    )

    @strawberry.field(description="All metrics of the runs, sorted by name.")
    async def metrics(
        self,
        info: Info,
        names: Names = UNSET,
        from_step: FromStep = 0,
        to_step: ToStep = UNSET,
        max_points: MaxPoints = COMPARED_POINTS,
    ) -> list[RunMetricComparison]:
        window = window_of(given_or_none(names), from_step, given_or_none(to_step), max_points)
        return await compared_metrics(info.context, self.ids, window)


async def compared_metrics(context: Context, ids: list[uuid.UUID], window: Window) -> list[RunMetricComparison]:
    """Returns the metrics of runs, side by side."""
    found = await curves(context.database, ids, window)
    known = {(curve.run_id, curve.name): curve for own in found.values() for curve in own}
    names = sorted({name for _, name in known})
    return [
        RunMetricComparison(
            name=name,
            series=[RunMetricSeries.of(known.get((run_id, name)) or Curve(run_id, name, (), 0)) for run_id in ids],
        )
        for name in names
    ]


async def compare_runs(info: Info, ids: RunIds) -> RunComparison:
    """Compares runs.

    Raises:
        BadUserInput: there are too few or too many runs, or a run is given twice.
        NotFound: a run does not exist; the first such run is named.
    """
    if not COMPARED_MIN <= len(ids) <= COMPARED_MAX:
        raise BadUserInput(f"ids must have {COMPARED_MIN} to {COMPARED_MAX} runs; it has {len(ids)}.", ["ids"])
    found_ids = [await row_id(info.context, text, "Run", ["ids", position]) for position, text in enumerate(ids)]
    if len(set(found_ids)) < len(ids):
        raise BadUserInput("ids must be distinct runs; one is listed twice.", ["ids"])
    selection = current_selection(info)
    runs = await objects_by_id(RUN_LIST, info.context, found_ids, selection.names(("runs",)) | {"id"})
    for position, run_id in enumerate(found_ids):
        if run_id not in runs:
            raise NotFound(f"There is no run {run_id}.", ["ids", position])
    differences = await differences_between(info.context, found_ids) if "differences" in selection else []
    return RunComparison(ids=found_ids, runs=[runs[run_id] for run_id in found_ids], differences=differences)


async def differences_between(context: Context, ids: list[uuid.UUID]) -> list[RunDifference]:
    """Returns the parameters in which runs differ, including the model, the method and the datasets."""
    columns = [tunix_runs.c[name] for name in ("id", "model_id", "mode", "method", "dataset_key", "config")]
    async with context.database.read() as session:
        rows = {row.id: row._asdict() for row in await runs_among(session, ids, columns)}
    configs = []
    for run_id in ids:
        row = rows.get(run_id, {})
        config = row.pop("config", None) or {}
        row.pop("id", None)
        configs.append(row | {name: value for name, value in config.items() if name not in {*NAMES, *row}})
    return differences_of(configs)


def parameters_of(stored: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """Yields every parameter of a stored configuration, with its name in the schema's spelling."""
    for name, value in stored.items():
        if isinstance(value, Mapping):
            inner = path if name == "training" else (*path, graphql_name(name))
            yield from parameters_of(value, *inner)
        else:
            yield ".".join((*path, graphql_name(name))), value


def differences_of(configs: Sequence[Mapping[str, Any]]) -> list[RunDifference]:
    """Returns the parameters that differ between configurations, in the order in which they first occur."""
    given = [
        dict(parameters_of({**config, "template": config.get("template", DEFAULT_TEMPLATE)})) for config in configs
    ]
    names = dict.fromkeys(name for parameters in given for name in parameters)
    found = []
    for name in names:
        values = [parameters.get(name) for parameters in given]
        if any(value != values[0] for value in values):
            found.append(RunDifference(field=name, values=[value_text(value) for value in values]))
    return found


def value_text(value: Any) -> str | None:
    """Returns a parameter's value: a string as it is, all else as JSON, numbers without a trailing ``.0``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | Mapping):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.15g}"
