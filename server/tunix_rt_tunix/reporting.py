"""Reports the training of any Tunix program to a tunix-rt server, as a run with its metrics, log and outcome.

    with RunReporter("http://127.0.0.1:8000", "my-sft", model_id="google/gemma-3-270m", parameters={"rank": 8}) as run:
        logging_options = MetricsLoggerOptions(log_dir=folder, backend_kwargs={"custom_backend": [run.backend]})
        ...
        trainer.train(dataset)

It needs the standard library only, and neither Tunix nor the server. A separate thread sends what is reported, once a
second; training never waits for it and never fails by it.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tunix_rt_tunix.connection import Connection, RequestRefused, storable

logger = logging.getLogger("tunix_rt_tunix")

SECONDS_BETWEEN = 1.0
RETRY_MAX_SECONDS = 15.0
CLOSE_SECONDS = 30.0
BUFFERED_MAX = 100_000
BATCH_MAX = 1000
BATCH_MAX_CHARS = 100_000
HEARTBEAT_SECONDS = 60.0
"""The longest time without a report: an empty batch shows that the program still runs."""
NAME_MAX_CHARS = 200
LINE_MAX_CHARS = 16_384
ERROR_MAX_CHARS = 10_000
STEP_MAX = 2**31 - 1
OF_JAX = "/jax/"
"""The prefix of the events of JAX itself, which reach each backend too."""

FIND = "query ($id: ID!) { run(id: $id) { uuid status engine lastBatch } }"
REGISTER = """
mutation ($input: RegisterRunInput!) {
  registerRun(input: $input) { run { uuid lastBatch } errors { code message } }
}
"""
APPEND = """
mutation ($input: AppendRunEventsInput!) { appendRunEvents(input: $input) { appended errors { code message } } }
"""
FINISH = "mutation ($input: FinishRunInput!) { finishRun(input: $input) { run { uuid } errors { code message } } }"


def time_now() -> str:
    """Returns the time, as GraphQL takes it."""
    return datetime.now(UTC).isoformat()


def plain_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values as JSON holds them; NaN, infinities and other values that JSON lacks become text."""
    found: dict[str, Any] = json.loads(json.dumps(dict(values), default=str), parse_constant=str)
    return found


@dataclass(frozen=True)
class Measurement:
    """A value of a metric as it was logged: it is converted when it is sent, since that may wait for the device."""

    name: str
    step: int
    value: Any
    at: str

    def as_input(self) -> dict[str, Any] | None:
        """Returns the value for the server; None if it is not a number."""
        try:
            value = float(self.value)
        except (TypeError, ValueError, RuntimeError):
            return None
        if math.isfinite(value):
            return {"name": self.name, "step": self.step, "value": value, "at": self.at}
        infinite = "POSITIVE_INFINITY" if value > 0 else "NEGATIVE_INFINITY"
        return {"name": self.name, "step": self.step, "kind": "NAN" if math.isnan(value) else infinite, "at": self.at}


@dataclass(frozen=True)
class LoggedLine:
    """A line of the log."""

    text: str
    stream: str
    at: str

    def as_input(self) -> dict[str, Any]:
        """Returns the line for the server."""
        return {"text": self.text, "stream": self.stream, "at": self.at}


class MetricsBackend:
    """A metrics backend of Tunix that reports to a run. Made by ``RunReporter.backend``."""

    def __init__(self, run: RunReporter) -> None:
        self._run = run

    def log_scalar(self, event: str, value: Any, **options: Any) -> None:
        """Reports a value; called by Tunix, and by JAX with events that are ignored."""
        if not event.startswith(OF_JAX) and isinstance(options.get("step"), int):
            self._run.measure(event.strip("/"), options["step"], value)

    def close(self) -> None:
        """Does nothing: the trainer closes its backends when it has trained, and the run may go on."""


class RunReporter:
    """Registers a run, reports its metrics and log, and finishes it: FAILED if the ``with`` block raises.

    While the server is unreachable, up to 100,000 values and lines are kept; beyond that the oldest are lost. At the
    end ``close`` waits up to half a minute for the server, and logs a warning about what is lost or unsent; ``lost``,
    ``unsent`` and ``refusal`` have it too. Nothing is ever raised because of the server.

    ``total_steps`` may be set at any time, so that the run shows its progress.

    In a program of several processes, create it in one of them only.

    Args:
        url: the server's address.
        name: the name of the run, unique among runs.
        model_id: the base model, as it is to be shown.
        method: SFT, LORA, DPO or GRPO: the nearest one.
        dataset: the id or key of the dataset, if the server has it.
        parameters: the program's parameters; what JSON cannot hold becomes text.
        resume: whether to continue the run of this name, if it is still running.
        key: an API key with the scope RUN, if the server has keys.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        model_id: str,
        method: str = "SFT",
        dataset: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        resume: bool = False,
        key: str | None = None,
    ) -> None:
        self.name = name
        self.total_steps: int | None = None
        self.lost = 0
        self.refusal: str | None = None
        self._connection = Connection(url, key)
        self._registration = {
            "modelId": model_id,
            "outputName": name,
            "method": method,
            "datasetId": dataset,
            "parameters": None if parameters is None else plain_json(parameters),
            "idempotencyKey": str(uuid.uuid4()),
        }
        self._resume = resume
        self._waiting: deque[Measurement | LoggedLine] = deque()
        self._changed = threading.Condition()
        self._run: str | None = None
        self._last_batch = 0
        self._step: int | None = None
        self._unanswered: dict[str, Any] | None = None
        self._end: dict[str, Any] | None = None
        self._deadline = math.inf
        self._reported_at = time.monotonic()
        self._is_finished = False
        self._thread = threading.Thread(target=self._send_all, name="tunix-rt-reporter", daemon=True)
        self._thread.start()

    def backend(self) -> MetricsBackend:
        """Returns a metrics backend: this method is a factory for Tunix's ``custom_backend``."""
        return MetricsBackend(self)

    def measure(self, name: str, step: int, value: Any) -> None:
        """Reports a value of a metric at a step; does nothing with a name or step that cannot be stored."""
        if name and 0 <= step <= STEP_MAX:
            self._step = max(step, self._step or 0)
            self._keep(Measurement(storable(name)[:NAME_MAX_CHARS], step, value, time_now()))

    def log(self, text: str, stream: str = "STDOUT") -> None:
        """Reports lines of the log.

        Args:
            stream: STDOUT or STDERR.
        """
        for line in storable(text).splitlines() or [""]:
            self._keep(LoggedLine(line[:LINE_MAX_CHARS], stream, time_now()))

    def _keep(self, found: Measurement | LoggedLine) -> None:
        with self._changed:
            if self.refusal is not None or self._end is not None:
                self.lost += 1
                return
            self._waiting.append(found)
            if len(self._waiting) > BUFFERED_MAX:
                self._waiting.popleft()
                self.lost += 1

    @property
    def is_registered(self) -> bool:
        """True if the server has the run."""
        return self._run is not None

    @property
    def unsent(self) -> int:
        """The number of values and lines that the server has not confirmed yet."""
        given = self._unanswered or {}
        return len(self._waiting) + len(given.get("metrics", ())) + len(given.get("lines", ()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        elif isinstance(error, KeyboardInterrupt):
            self.close("CANCELLED")
        else:
            self.close("FAILED", f"{type(error).__name__}: {error}")

    def close(self, status: str = "COMPLETED", error: str | None = None, seconds: float = CLOSE_SECONDS) -> None:
        """Sends what is unsent and finishes the run; a second call does nothing.

        Args:
            status: COMPLETED, FAILED or CANCELLED.
            error: why it has failed.
            seconds: how long to wait for the server.
        """
        with self._changed:
            if self._end is not None:
                return
            reason = None if error is None else storable(error)[:ERROR_MAX_CHARS]
            self._end = {"status": status, "error": reason}
            self._deadline = time.monotonic() + seconds
            self._changed.notify()
        self._thread.join(seconds + self._connection.seconds)
        if not self._is_finished:
            reason = self.refusal or "the server cannot be reached"
            logger.warning("The end of the run %s is not recorded: %s.", self.name, reason.rstrip("."))
        if self.lost or self.unsent:
            logger.warning("Not stored of the run %s: %d values and lines.", self.name, self.lost + self.unsent)

    def _send_all(self) -> None:
        """Sends until the run is finished, refused, or the time is up."""
        wait = SECONDS_BETWEEN
        while not self._is_finished and time.monotonic() < self._deadline:
            try:
                is_answered = self._send_next()
            except RequestRefused as error:
                self._give_up(str(error))
                return
            wait = SECONDS_BETWEEN if is_answered else min(2 * wait, RETRY_MAX_SECONDS)
            self._pause(wait, is_answered)

    def _pause(self, seconds: float, is_answered: bool) -> None:
        """Waits, but not if there is more to send than one batch, nor for long if the end is near."""
        with self._changed:
            if is_answered and (self._end is not None or len(self._waiting) >= BATCH_MAX):
                return
            if self._end is None:
                self._changed.wait(seconds)
            else:
                self._changed.wait(SECONDS_BETWEEN / 4)

    def _give_up(self, reason: str) -> None:
        with self._changed:
            self.lost += self.unsent
            self._waiting.clear()
            self._unanswered = None
            self.refusal = reason
        logger.warning("The run %s is no longer reported: %s", self.name, reason)

    def _send_next(self) -> bool:
        """Makes the next request; returns False if the server does not answer."""
        if self._run is None:
            return self._register()
        if self._unanswered is None:
            self._unanswered = self._next_batch()
        if self._unanswered is not None:
            return self._append(self._unanswered)
        if self._end is None:
            return True
        if self._connection.execute(FINISH, input={"id": self._run} | self._end) is None:
            return False
        self._is_finished = True
        return True

    def _register(self) -> bool:
        """Registers the run, or finds the one to continue; returns False if the server does not answer."""
        found: dict[str, Any] | None = None
        if self._resume:
            data = self._connection.execute(FIND, id=self.name)
            if data is None:
                return False
            found = data["run"]
        if found is None:
            data = self._connection.execute(REGISTER, input=self._registration)
            if data is None:
                return False
            found = data["registerRun"]["run"]
        elif found["status"] != "RUNNING" or found["lastBatch"] is None:
            raise RequestRefused("CONFLICT", f"the run {self.name} is {found['status']}; it cannot be continued.")
        self._run, self._last_batch = found["uuid"], found["lastBatch"]
        return True

    def _next_batch(self) -> dict[str, Any] | None:
        """Takes the next batch of waiting reports; returns None if there is none."""
        metrics: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        characters = 0
        while len(metrics) + len(lines) < BATCH_MAX and characters < BATCH_MAX_CHARS:
            with self._changed:
                found = self._waiting.popleft() if self._waiting else None
            if found is None:
                break
            given = found.as_input()
            if given is None:
                self.lost += 1
            elif isinstance(found, LoggedLine):
                lines.append(given)
                characters += len(found.text)
            else:
                metrics.append(given)
        if not metrics and not lines and time.monotonic() < self._reported_at + HEARTBEAT_SECONDS:
            return None
        progress = {"id": self._run, "batch": self._last_batch + 1, "step": self._step, "totalSteps": self.total_steps}
        return progress | {"metrics": metrics, "lines": lines}

    def _append(self, batch: dict[str, Any]) -> bool:
        try:
            if self._connection.execute(APPEND, input=batch) is None:
                return False
        except RequestRefused as error:
            if error.code != "BAD_USER_INPUT":
                raise
            logger.warning("A batch of the run %s was refused: %s", self.name, error)
            self.lost += len(batch["metrics"]) + len(batch["lines"])
        else:
            self._last_batch = batch["batch"]
            self._reported_at = time.monotonic()
        self._unanswered = None
        return True
