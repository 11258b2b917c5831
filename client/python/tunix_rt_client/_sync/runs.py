# Generated from _async/runs.py: edit that file, then run python client/python/codegen/generate.py.
"""Training runs: started, watched live, and read afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.exports import download
from tunix_rt_client._sync.jobs import Bound, wait_for
from tunix_rt_client._sync.live import follow
from tunix_rt_client._generated.documents import (
    APPEND_RUN_EVENTS,
    CANCEL_RUN,
    COMPARE_RUNS,
    COUNT_RUNS,
    DELETE_RUN,
    FINISH_RUN,
    GET_RUN,
    REGISTER_RUN,
    REPLAY_RUN,
    RETRY_RUN,
    RUN_ARTIFACTS,
    RUN_CHECKPOINTS,
    RUN_EVENTS,
    RUN_LOGS,
    RUN_METRICS,
    RUN_RECEIPTS,
    RUN_REPLAY_OF,
    RUNS_PAGE,
    START_RUN,
    UPDATE_RUN,
)
from tunix_rt_client._generated.records import Artifact, Difference, MetricSeries, Receipt, Replay, RunFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card, card_rows
from tunix_rt_client.errors import JobFailed, NotFound, TunixRtError
from tunix_rt_client.inputs import metric_inputs, run_input
from tunix_rt_client.records import as_record
from tunix_rt_client.reports import Differences
from tunix_rt_client.run_progress import RunBar
from tunix_rt_client.run_tables import RUN_COLUMNS, metric_rows, plot_metrics, run_row
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

MODEL = "model"


@checks_arguments
class Run(Bound, RunFields, kw_only=True, rename="camel", dict=True):
    """A training run, or a dry run that only checks one."""

    @property
    def name(self) -> str:
        """The run's name, or its UUID if it has none."""
        return self.output_name or str(self.uuid)

    def refresh(self) -> Run:
        """Reads the run's current state and returns it."""
        return self.copy_from(run_by_id(self.connection, self.id))

    def failure(self) -> str:
        """Returns why the run did not complete."""
        return self.error.message if self.error else self.status_reason

    def wait(self, timeout: float | None = None) -> Run:
        """Waits until the run has completed.

        Raises:
            JobFailed: it failed, timed out or was cancelled.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        wait_for(self, f"run {self.name}", timeout)
        return self

    def watch(self) -> Run:
        """Shows the run live until it is finished: step, loss and remaining time. Lost connections are resumed.

        Raises:
            JobFailed: it failed, timed out or was cancelled.
        """
        with closing(RunBar(self.name)) as bar:
            for event in self.events():
                bar.take(event)
        self.refresh()
        if self.status != "COMPLETED":
            raise JobFailed(f"run {self.name} is {self.status}: {self.failure()}", status=self.status)
        return self

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yields the run's events from the first one on, live until it is finished, each exactly once."""
        for event in follow(self.connection, RUN_EVENTS, "runEvents", self.id, after):
            yield event

    def logs(self, *, follow: bool = True) -> Iterator[str]:
        """Yields the lines that the trainer writes.

        Args:
            follow: whether to go on, live, until the run is finished; otherwise only the lines that are stored now.
        """
        if not follow:
            for line in stored_lines(self.connection, self.id):
                yield line
            return
        for event in self.events():
            if event["__typename"] == "RunLogLine":
                yield event["text"]

    def series(self, *names: str, max_points: int = 1000) -> list[MetricSeries]:
        """Returns the run's metrics as series; without names, all of them.

        Args:
            max_points: the maximum number of points of a series; longer ones are downsampled.
        """
        given = {"id": self.id, "names": list(names) or None, "fromStep": 0, "maxPoints": max_points}
        data = self.connection.execute(RUN_METRICS, given)
        return [as_record(node, MetricSeries) for node in data["run"]["metrics"]]

    def metrics(self, *names: str, max_points: int = 1000) -> pandas.DataFrame:
        """Returns the run's metrics as a data frame: a row a step, a column a metric."""
        rows = metric_rows(self.series(*names, max_points=max_points))
        return to_dataframe(rows, ("step", *names)).set_index("step")

    def plot(self, *names: str, log: bool = False) -> Axes:
        """Plots metrics over the steps; without names, the losses of training and evaluation.

        Args:
            log: whether the vertical axis is logarithmic.
        """
        chosen = names or ("train/loss", "eval/loss")
        return plot_metrics(self.name, self.series(*chosen), log)

    def artifacts(self) -> list[Artifact]:
        """Returns the files that the run produced."""
        found: list[Artifact] = []
        after = None
        while True:
            data = self.connection.execute(RUN_ARTIFACTS, {"id": self.id, "after": after})
            page = data["run"]["artifacts"]
            found += [as_record(node, Artifact) for node in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def checkpoints(self) -> list[Artifact]:
        """Returns the stored checkpoints by step; ``start_generation`` takes a ``step`` as ``checkpoint_step``."""
        data = self.connection.execute(RUN_CHECKPOINTS, {"id": self.id})
        return [as_record(node, Artifact) for node in data["run"]["checkpoints"]]

    def receipts(self) -> list[Receipt]:
        """Returns the receipt of each attempt: versions, devices, and the SHA-256 of data and weights."""
        data = self.connection.execute(RUN_RECEIPTS, {"id": self.id})
        return [as_record(node, Receipt) for node in data["run"]["receipts"]]

    def replay(self) -> Run:
        """Repeats a completed training as a new run and returns it at once; its ``verdict`` compares the weights.

        Raises:
            Conflict: the run is not a completed training of this server.
        """
        payload = self.connection.mutate(REPLAY_RUN, "replayRun", {"id": self.id}, keyed=True)
        return as_run(payload["run"], self.connection)

    def verdict(self) -> Replay | None:
        """Returns the comparison of a replay with its original, by the weights that both have so far.

        None if this run is no replay, or if no weights can be compared.
        """
        data = self.connection.execute(RUN_REPLAY_OF, {"id": self.id})
        found = data["run"]["replay"]
        return None if found is None else as_record(found, Replay)

    def download(self, name: str, path: str | Path) -> Path:
        """Downloads a file of the run.

        Args:
            name: an artifact's name, or ``model`` for a ZIP archive of the model.
            path: the file to write.

        Raises:
            NotFound: the run has no such file.
        """
        target = Path(path)
        if name == MODEL and self.model_archive_url is not None:
            download(self.connection, self.model_archive_url, target, None, None)
            return target
        found = {artifact.name: artifact for artifact in self.artifacts() if artifact.download_url}
        if name not in found:
            raise NotFound(f"The run has no file {name!r}; it has {', '.join(found) or 'none'}.", code="NOT_FOUND")
        artifact = found[name]
        download(self.connection, artifact.download_url or "", target, artifact.byte_size, artifact.sha256)
        return target

    def dry_run(self, **changes: Any) -> Run:
        """Checks a run with the same input, without training, and waits for the result.

        Args:
            changes: fields of ``StartRunInput`` that differ, in Python's spelling.

        Raises:
            TunixRtError: this run was not started by this client, so its input is not known.
        """
        given = self.__dict__.get("_input")
        if given is None:
            raise TunixRtError("Only a run that this client started knows its input.")
        return new_run(
            self.connection, given | run_input(changes) | {"mode": "DRY_RUN", "wait": True, "outputName": None}
        )

    def update(self, *, tags: Sequence[str] | None = None, notes: str | None = None) -> Run:
        """Replaces the run's tags, its notes, or both."""
        given = {"id": self.id, "tags": None if tags is None else list(tags), "notes": notes}
        return self._change(UPDATE_RUN, "updateRun", given, repeatable=True)

    def report(
        self,
        metrics: Mapping[str, float] | None = None,
        *,
        step: int | None = None,
        lines: Sequence[str] = (),
        total_steps: int | None = None,
    ) -> Run:
        """Appends values of metrics at a step, and lines of the log, to a run of ``register_run``.

        Only one program may report a run. Without arguments it only reports that the program is still running.

        Args:
            metrics: a value by each metric's name, such as ``{"train/loss": 2.5}``; NaN and infinity are kept as such.
            step: the number of steps done.
            total_steps: the number of steps of the whole run.

        Raises:
            BadInput: there are metrics without a step.
            Conflict: this server trains the run, it has finished, or another program has reported it.
        """
        given = {
            "id": self.id,
            "batch": (self.last_batch or 0) + 1,
            "metrics": metric_inputs(metrics or {}, step),
            "lines": [{"text": line} for line in lines],
            "step": step,
            "totalSteps": total_steps,
        }
        return self._change(APPEND_RUN_EVENTS, "appendRunEvents", given, repeatable=True)

    def finish(self, status: str = "COMPLETED", error: str | None = None) -> Run:
        """Records the end of a run of ``register_run``.

        Args:
            status: COMPLETED, FAILED or CANCELLED.
            error: why it has failed; required if it has.
        """
        given = {"id": self.id, "status": status, "error": error}
        return self._change(FINISH_RUN, "finishRun", given, repeatable=True)

    def cancel(self) -> Run:
        """Requests the cancellation of the run."""
        return self._change(CANCEL_RUN, "cancelRun", {"id": self.id}, repeatable=True)

    def retry(self) -> Run:
        """Starts another attempt of a run that did not complete."""
        return self._change(RETRY_RUN, "retryRun", {"id": self.id})

    def _change(self, document: str, field: str, given: dict[str, Any], repeatable: bool = False) -> Run:
        """Executes a mutation of the run and takes over its new state."""
        payload = self.connection.mutate(document, field, given, repeatable=repeatable)
        return self.copy_from(as_run(payload["run"], self.connection))

    def delete(self) -> None:
        """Deletes the run and its files."""
        self.connection.mutate(DELETE_RUN, "deleteRun", {"id": self.id})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.method} of {self.model_id}, {self.status})"

    def _repr_html_(self) -> str:
        row = {name: value for name, value in run_row(self).items() if name not in {"id", "name"}}
        return card(f"Run {self.name}", card_rows(row))


class Runs(Collection[Run]):
    """Runs that match a filter, in an order."""

    page_document = RUNS_PAGE
    count_document = COUNT_RUNS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["runs"]
        return found

    def record_of(self, node: dict[str, Any]) -> Run:
        """Returns the run of one node."""
        return as_run(node, self.connection)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the runs as a data frame: a row a run, a column for each metric's latest value."""
        return to_dataframe([run_row(run) for run in self], RUN_COLUMNS)


def as_run(node: Mapping[str, Any], connection: Connection) -> Run:
    """Returns the run of one node."""
    found = as_record(node, Run)
    found.bind(connection)
    return found


def run_by_id(connection: Connection, id: str) -> Run:
    """Returns a run by its id, UUID or name.

    Raises:
        NotFound: there is none.
    """
    data = connection.execute(GET_RUN, {"id": id})
    if data["run"] is None:
        raise NotFound(f"There is no run {id!r}.", code="NOT_FOUND")
    return as_run(data["run"], connection)


def registered_run(connection: Connection, given: Mapping[str, Any]) -> Run:
    """Registers a run that is trained elsewhere."""
    payload = connection.mutate(REGISTER_RUN, "registerRun", given, keyed=True)
    return as_run(payload["run"], connection)


def stored_lines(connection: Connection, id: str) -> Iterator[str]:
    """Yields the lines of a run's log that are stored now, page by page."""
    after = None
    while True:
        data = connection.execute(RUN_LOGS, {"id": id, "after": after})
        page = data["run"]["logs"]
        for line in page["nodes"]:
            yield line["text"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def new_run(connection: Connection, given: Mapping[str, Any]) -> Run:
    """Starts a run."""
    payload = connection.mutate(START_RUN, "startRun", given, keyed=True)
    run = as_run(payload["run"], connection)
    run.__dict__["_input"] = dict(given)
    run.__dict__["warnings"] = payload["warnings"]
    return run


def differences_of(connection: Connection, runs: Sequence[Run | str]) -> Differences:
    """Compares the parameters of runs."""
    ids = [run if isinstance(run, str) else run.id for run in runs]
    names = [run if isinstance(run, str) else run.name for run in runs]
    found = (connection.execute(COMPARE_RUNS, {"ids": ids}))["compareRuns"]["differences"]
    return Differences(names, [as_record(node, Difference) for node in found])
