# No `from __future__ import annotations` here: the field's annotations are made at run time.
"""Metrics of runs in GraphQL: curves as columns, which charts take unchanged, and the latest value of each metric."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.fields import batch_value, unless_kept
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.runs.downsampling import POINTS_MAX, POINTS_MIN
from tunix_rt.domain.runs.metrics import POINTS_DEFAULT, STEP_MAX, Curve, Window, curves, latest_metrics
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import ValueKind

NAMES_MAX = 100
KINDS = {kind.value: kind for kind in ValueKind}


@strawberry.type(
    description="The curve of one metric of a run, as columns: `steps`, `values` and `kinds` have one element per "
    "point. A step repeated by a later attempt occurs once, with its last value. A curve of more than `maxPoints` "
    "points is downsampled: each bucket of 2, 4, 8, ... steps keeps its minimum, its maximum and its first "
    "non-finite value, and the curve keeps its first and last point."
)
class RunMetricSeries:
    name: str = strawberry.field(description="Name of the metric, such as `train/loss`.")
    steps: list[int] = strawberry.field(description="Number of steps done at each point, ascending.")
    values: list[float | None] = strawberry.field(description="Values; null where `kinds` is not FINITE.")
    kinds: list[ValueKind] = strawberry.field(description="Whether each value is finite.")
    point_count: BigInt = strawberry.field(description="Number of points in the requested range before downsampling.")

    @classmethod
    def of(cls, curve: Curve) -> "RunMetricSeries":
        """Converts a curve to columns."""
        return cls(
            name=curve.name,
            steps=[point.step for point in curve.points],
            values=[point.value for point in curve.points],
            kinds=[KINDS[point.kind] for point in curve.points],
            point_count=BigInt(curve.count),
        )


@strawberry.type(description="The value of a metric at its last step.")
class RunLatestMetric:
    name: str = strawberry.field(description="Name of the metric, such as `train/loss`.")
    step: int = strawberry.field(description="Number of steps done when the value was measured.")
    value: float | None = strawberry.field(description="The value; null unless `kind` is FINITE.")
    kind: ValueKind = strawberry.field(description="Whether the value is finite.")
    at: datetime = strawberry.field(description="When the value was measured.")


Names = Annotated[
    list[str] | None, strawberry.argument(description="Names of up to 100 metrics. Defaults to all metrics.")
]
FromStep = Annotated[int, strawberry.argument(description="First step to return.")]
ToStep = Annotated[
    int | None, strawberry.argument(description="Last step to return. Defaults to the last step of the run.")
]
MaxPoints = Annotated[
    int,
    strawberry.argument(
        description="Maximum number of points per metric: 10 to 10,000. Longer curves are downsampled."
    ),
]


def window_of(
    names: Sequence[str] | None = None,
    from_step: int = 0,
    to_step: int | None = None,
    max_points: int = POINTS_DEFAULT,
) -> Window:
    """Returns the window of a field's arguments.

    Raises:
        BadUserInput: an argument is out of its range.
    """
    if names is not None and len(names) > NAMES_MAX:
        raise BadUserInput(f"names has at most {NAMES_MAX} names; it has {len(names)}.", ["names"])
    if not POINTS_MIN <= max_points <= POINTS_MAX:
        raise BadUserInput(
            f"maxPoints must be between {POINTS_MIN} and {POINTS_MAX}; it is {max_points}.", ["maxPoints"]
        )
    high = STEP_MAX if to_step is None else to_step
    return Window(None if names is None else frozenset(names), from_step, high, max_points)


async def metrics_of(runs: Sequence[Any], call: Call) -> list[list[RunMetricSeries]]:
    """Returns each run's metrics."""
    context: Context = call.context
    found = await curves(context.database, list(dict.fromkeys(run.row_id for run in runs)), window_of(**call.arguments))
    series = {run_id: [RunMetricSeries.of(curve) for curve in own] for run_id, own in found.items()}
    return [series[run.row_id] for run in runs]


async def latest_metrics_of(runs: list[Any], call: Call) -> list[list[RunLatestMetric]]:
    """Returns the latest value of each metric of each run."""
    async with call.context.database.read() as session:
        found = await latest_metrics(session, list(dict.fromkeys(run.row_id for run in runs)))
    return [[latest_of(row) for row in found[run.row_id]] for run in runs]


def latest_of(row: Any) -> RunLatestMetric:
    """Returns the latest value in a row."""
    return RunLatestMetric(name=row.name, step=row.step, value=row.value, kind=KINDS[row.value_kind], at=row.at)


def metrics_field() -> Any:
    """Returns the field of a run's metrics, fetched for all runs of the level above at once."""
    batch = unless_kept(metrics_of, lambda _: [])

    async def resolve(
        root: Any,
        info: strawberry.Info,
        names: Names = UNSET,
        from_step: FromStep = 0,
        to_step: ToStep = UNSET,
        max_points: MaxPoints = POINTS_DEFAULT,
    ) -> list[RunMetricSeries]:
        window = {
            "names": given_or_none(names),
            "from_step": from_step,
            "to_step": given_or_none(to_step),
            "max_points": max_points,
        }
        found: list[RunMetricSeries] = await batch_value(root, info, batch, window)
        return found

    return strawberry.field(
        resolver=resolve, description="Metrics as curves, sorted by name.", metadata={"batch": batch}
    )
