"""Mutations of external runs: register, append events, finish."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import ERRORS, KEY, Rows, Write, create_once, errors_in_payload, keyed_request, only
from tunix_rt.api.runs.inputs import dataset_of
from tunix_rt.api.runs.mutations import run_of
from tunix_rt.api.runs.types import RUN_LIST, Run
from tunix_rt.api.scalars import JSON
from tunix_rt.db.clock import instant
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.external import registration, reports
from tunix_rt.domain.runs.external.registration import PARAMETERS_MAX_BYTES, Registration
from tunix_rt.domain.runs.external.reports import (
    ERROR_MAX_CHARS,
    LINE_MAX_CHARS,
    LINES_MAX,
    METRIC_NAME_MAX_CHARS,
    METRICS_MAX,
    ReportedLine,
    ReportedMetric,
    RunReport,
)
from tunix_rt.errors import TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import MODEL_ID_MAX_CHARS, Method, ValueKind

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `registerRun`.")
class RegisterRunInput:
    model_id: str = strawberry.field(
        description=f"The base model, as the program names it: 1 to {MODEL_ID_MAX_CHARS} characters."
    )
    method: Method = strawberry.field(
        default=Method.SFT,
        description="Training method closest to what the program does. Put details into `parameters`.",
    )
    dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The training dataset, if it is stored here: {ways_to_name('Dataset')}."
    )
    output_name: str | None = strawberry.field(
        default=UNSET,
        description="Name of the run, unique among runs: 1 to 64 letters, digits and characters of `. _ -`, starting "
        "with a letter or digit. Defaults to the run's `uuid`.",
    )
    parameters: JSON | None = strawberry.field(
        default=UNSET,
        description=f"Parameters of the program: a JSON object of up to {PARAMETERS_MAX_BYTES:,} bytes.",
    )
    total_steps: int | None = strawberry.field(
        default=UNSET, description="Number of steps of the whole run, at least 1. Omit it if it is not known."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="A value of a metric at a step.")
class RunMetricInput:
    name: str = strawberry.field(
        description=f"Name of the metric, such as `train/loss`: 1 to {METRIC_NAME_MAX_CHARS} characters."
    )
    step: int = strawberry.field(description="Number of steps done when the value was measured, from 0.")
    value: float | None = strawberry.field(default=UNSET, description="The value; null unless `kind` is FINITE.")
    kind: ValueKind = strawberry.field(default=ValueKind.FINITE, description="Whether the value is finite.")
    at: datetime | None = strawberry.field(
        default=UNSET, description="When the value was measured. Defaults to the time of the request."
    )

    def metric(self) -> ReportedMetric:
        """Returns the metric, not validated yet."""
        return ReportedMetric(self.name, self.step, given_or_none(self.value), self.kind, given_or_none(self.at))


@strawberry.input(description="A line of a program's log.")
class RunLogLineInput:
    text: str = strawberry.field(description=f"The line without its line ending: up to {LINE_MAX_CHARS:,} characters.")
    stream: LogStream = strawberry.field(default=LogStream.STDOUT, description="Output stream of the line.")
    at: datetime | None = strawberry.field(
        default=UNSET, description="When the line was written. Defaults to the time of the request."
    )

    def line(self) -> ReportedLine:
        """Returns the line, not validated yet."""
        return ReportedLine(self.text, self.stream, given_or_none(self.at))


@strawberry.input(
    description="Input of `appendRunEvents`. A batch without events only reports that the program is running."
)
class AppendRunEventsInput:
    id: strawberry.ID = strawberry.field(description=f"The external run: {ways_to_name('Run')}.")
    batch: int = strawberry.field(
        description="Number of the batch: 1 for the first, then one more for each. If the response was lost, send the "
        "same batch again: it is stored once. Any other number is refused with `CONFLICT`."
    )
    metrics: list[RunMetricInput] = strawberry.field(
        default_factory=list, description=f"Up to {METRICS_MAX:,} values of metrics, in chronological order."
    )
    lines: list[RunLogLineInput] = strawberry.field(
        default_factory=list, description=f"Up to {LINES_MAX:,} lines of the log, in chronological order."
    )
    step: int | None = strawberry.field(
        default=UNSET, description="Number of steps done, from 0. Defaults to the last one reported."
    )
    total_steps: int | None = strawberry.field(
        default=UNSET, description="Number of steps of the whole run, at least 1. Defaults to the last one reported."
    )

    def report(self) -> RunReport:
        """Returns the batch, not validated yet."""
        return RunReport(
            batch=self.batch,
            metrics=tuple(metric.metric() for metric in self.metrics),
            lines=tuple(line.line() for line in self.lines),
            step=given_or_none(self.step),
            total_steps=given_or_none(self.total_steps),
        )


@strawberry.input(description="Input of `finishRun`.")
class FinishRunInput:
    id: strawberry.ID = strawberry.field(description=f"The external run: {ways_to_name('Run')}.")
    status: JobStatus = strawberry.field(
        default=JobStatus.COMPLETED, description="Final status: COMPLETED, FAILED or CANCELLED."
    )
    error: str | None = strawberry.field(
        default=UNSET,
        description=f"Why the run failed: 1 to {ERROR_MAX_CHARS:,} characters. Required if `status` is FAILED; not "
        "allowed otherwise.",
    )


@strawberry.type(description="Payload of `registerRun`.")
class RegisterRunPayload:
    run: Run | None = strawberry.field(default=None, description="The run, RUNNING; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `appendRunEvents`.")
class AppendRunEventsPayload:
    run: Run | None = strawberry.field(default=None, description="The run; null if there are errors.")
    appended: bool | None = strawberry.field(
        default=None,
        description="Whether the batch was stored now; false if it was stored before. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `finishRun`.")
class FinishRunPayload:
    run: Run | None = strawberry.field(default=None, description="The finished run; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(RegisterRunPayload)
async def register_run(
    info: Info,
    input: Annotated[RegisterRunInput, strawberry.argument(description="The run that is trained elsewhere.")],
) -> RegisterRunPayload:
    """Registers an external run."""
    context, names = info.context, current_selection(info).names(("run",))

    async def create(write: Write) -> Rows:
        draft = await registration_of(context, input)

        async def store(session: Session) -> Rows:
            return [await registration.register_run(session, draft, await instant(session))]

        return await write(store)

    created = await create_once(context, RUN_LIST, names, keyed_request("registerRun", input), create)
    return RegisterRunPayload(run=only(created))


async def registration_of(context: Context, input: RegisterRunInput) -> Registration:
    """Returns the external run to register.

    Raises:
        ValidationErrors: values are out of their limits, or the dataset does not exist; one error for each.
    """
    errors: list[TunixRtError] = []
    draft = Registration(
        model_id=input.model_id,
        method=input.method,
        dataset_id=await dataset_of(context, given_or_none(input.dataset_id), "datasetId", errors),
        output_name=given_or_none(input.output_name),
        parameters=given_or_none(input.parameters),
        total_steps=given_or_none(input.total_steps),
    )
    errors += draft.errors()
    if errors:
        raise ValidationErrors(errors)
    return draft


@errors_in_payload(AppendRunEventsPayload)
async def append_run_events(
    info: Info, input: Annotated[AppendRunEventsInput, strawberry.argument(description="The run and its next batch.")]
) -> AppendRunEventsPayload:
    """Appends a batch of events to an external run."""
    context, run_id, report = info.context, await row_id(info.context, input.id, "Run"), input.report()
    report.check()
    async with context.database.write() as session:
        appended = await reports.append_report(session, run_id, report, await instant(session))
    run = await run_of(context, run_id, current_selection(info).names(("run",)))
    return AppendRunEventsPayload(run=run, appended=appended)


@errors_in_payload(FinishRunPayload)
async def finish_run(
    info: Info, input: Annotated[FinishRunInput, strawberry.argument(description="The run and its final status.")]
) -> FinishRunPayload:
    """Records the end of an external run."""
    context, run_id = info.context, await row_id(info.context, input.id, "Run")
    async with context.database.write() as session:
        await reports.finish_run(session, run_id, input.status, given_or_none(input.error), await instant(session))
    return FinishRunPayload(run=await run_of(context, run_id, current_selection(info).names(("run",))))
