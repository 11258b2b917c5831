"""Runs and their metrics as rows, and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunix_rt_client._generated.records import MetricSeries, RunFields
from tunix_rt_client.tables import missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NON_FINITE = {"NAN": float("nan"), "POSITIVE_INFINITY": float("inf"), "NEGATIVE_INFINITY": float("-inf")}


def metric_rows(series: Sequence[MetricSeries]) -> list[dict[str, Any]]:
    """Returns a row for each step, with a column for each metric; the steps ascend."""
    rows: dict[int, dict[str, Any]] = {}
    for one in series:
        for step, value, kind in zip(one.steps, one.values, one.kinds, strict=True):
            rows.setdefault(step, {"step": step})[one.name] = NON_FINITE.get(kind, value)
    return [rows[step] for step in sorted(rows)]


RUN_COLUMNS = (
    *("id", "name", "status", "mode", "method", "model_id", "dataset"),
    *("created_at", "duration_seconds", "tags"),
)
"""The columns of runs, before the columns of metrics."""


def run_row(run: RunFields) -> dict[str, Any]:
    """Returns a run as a flat row, with the latest value of each metric."""
    name, duration = run.output_name or str(run.uuid), run.duration_seconds
    model = (run.mode, run.method, run.model_id, run.dataset_key)
    row = dict(
        zip(RUN_COLUMNS, (run.id, name, run.status, *model, run.created_at, duration, list(run.tags)), strict=True)
    )
    return row | {metric.name: NON_FINITE.get(metric.kind, metric.value) for metric in run.latest_metrics}


GREYS = ("#808080", "#7f7f7f")
"""Greys of the x and the y axis that can be read on white and on black.

Jupyter puts a background behind a transparent figure whose tick labels are all light, or all dark. One of these greys
is light, the other dark.
"""


def plot_metrics(title: str, series: Sequence[MetricSeries], log: bool) -> Axes:
    """Plots series over their steps, without a background, so that the notebook's own shows, light or dark.

    Raises:
        TunixRtError: matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot, ticker
    except ImportError:
        raise missing("matplotlib", "plot") from None
    figure, axes = pyplot.subplots()
    for one in series:
        axes.plot(one.steps, [float("nan") if value is None else value for value in one.values], label=one.name)
    axes.set(xlabel="step", title=title, yscale="log" if log else "linear")
    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    axes.tick_params("x", which="both", colors=GREYS[0])
    axes.tick_params("y", which="both", colors=GREYS[1])
    for patch in (figure.patch, axes.patch):
        patch.set_alpha(0)
    for spine in axes.spines.values():
        spine.set_color(GREYS[0])
    for text in (axes.title, axes.xaxis.label):
        text.set_color(GREYS[0])
    if series:
        axes.legend(frameon=False, labelcolor=GREYS[0])
    return axes
