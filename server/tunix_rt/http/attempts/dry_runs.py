"""The end of a dry run that a worker without the database has performed."""

from __future__ import annotations

from starlette.responses import Response

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.assignment import MANIFEST_MAX_CHARS
from tunix_rt.domain.attempts.dry_runs import CheckReport, DryRunResult, forget_inputs, record_dry_run
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.runs.events import COUNT_MAX
from tunix_rt.errors import BadUserInput
from tunix_rt.http.attempts.reports import MESSAGE_MAX_CHARS, OUTPUT_MAX_CHARS, check_lengths, clear_storage
from tunix_rt.http.attempts.token import AttemptRequest, over

FAILURES = {JobStatus.FAILED, JobStatus.TIMEOUT}


async def record_end_of_dry_run(given: AttemptRequest) -> Response:
    """Records the result of a dry run, after which the token is not valid, and removes its training files."""
    result = await given.body(DryRunResult)
    check_result(result)
    async with given.context.database.write() as session:
        recorded = await record_dry_run(session, given.hold, result, now())
        if recorded:
            await forget_inputs(session, given.hold)
    if not recorded:
        raise over()
    await clear_storage(given)
    return Response(status_code=204)


def check_result(result: DryRunResult) -> None:
    """Checks the result of a dry run.

    Raises:
        BadUserInput: a value is out of its limits.
    """
    if result.status not in ENDS:
        raise BadUserInput(f"status must be final; it is {result.status.value}.", ["status"])
    if (result.error is not None) is not (result.status in FAILURES):
        raise BadUserInput("error must be given for the status FAILED or TIMEOUT, and be null for others.", ["error"])
    check_lengths(
        ("message", result.message, MESSAGE_MAX_CHARS),
        ("lines", result.stdout, OUTPUT_MAX_CHARS),
        ("stderr", result.stderr, OUTPUT_MAX_CHARS),
        ("manifest", result.manifest or "", MANIFEST_MAX_CHARS),
    )
    if result.report is not None:
        check_counts(result.report)


def check_counts(report: CheckReport) -> None:
    """Checks the counts of a report; raises as ``check_result`` does."""
    plan = () if report.plan is None else report.plan.counts().values()
    if any(not 0 <= count <= COUNT_MAX for count in plan):
        raise BadUserInput(f"the counts of planned must be between 0 and {COUNT_MAX}.", ["report", "planned"])
