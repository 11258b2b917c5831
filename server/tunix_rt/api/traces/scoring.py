"""The mutation that scores traces with a scorer of the server."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none, uuids_of
from tunix_rt.api.payloads import ERRORS, errors_in_payload
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.scores.types import SCORE_SHAPE, Score
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.domain.filtering.predicates import Predicate
from tunix_rt.domain.global_ids import global_id, uuid_of
from tunix_rt.domain.scorers.base import Scorer, ScoringFailure
from tunix_rt.domain.traces.affected import require_count
from tunix_rt.domain.traces.storage import count_traces, existing_ids, matching_ids
from tunix_rt.errors import BadUserInput, ErrorCode

SCORE_BATCH = 500
SHOWN_FAILURES = 100
SHOWN_SCORES = 500
SHARE_OF_TIME = 0.3
"""The share of a request's time after which the mutation returns; the next request continues."""

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `scoreTraces`: either `ids` or `where`.")
class ScoreTracesInput:
    scorer: str = strawberry.field(default="baseline", description="Name of the scorer, one of `scorers`.")
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="1 to 1,000 ids or UUIDs of traces.")
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects the traces; `{}` selects all. Large selections take several requests: see "
        "`after`.",
    )
    after: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="`lastId` of the previous response, to continue after that trace. Repeat until `remainingCount` is "
        "0.",
    )
    only_missing: bool = strawberry.field(
        default=False, description="Whether to skip traces that this version of the scorer has scored already."
    )
    expected_count: BigInt | None = strawberry.field(
        default=UNSET,
        description="Number of traces that are expected to match, those up to `after` excluded. If another number "
        "matches, nothing is scored and the error is `CONFLICT`.",
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether to score nothing and only return `matchedCount`."
    )


@strawberry.type(description="A trace that could not be scored.")
class FailedScoring:
    trace_uuid: uuid.UUID = strawberry.field(description="UUID of the trace.")
    code: ErrorCode = strawberry.field(description="Kind of error: `SCORER_FAILED` or `TIMEOUT`.")
    message: str = strawberry.field(description="Description of the error.")

    @classmethod
    def of(cls, trace_id: uuid.UUID, failure: ScoringFailure) -> FailedScoring:
        """Converts a failure."""
        return cls(trace_uuid=trace_id, code=failure.code, message=failure.message)


@strawberry.type(description="Payload of `scoreTraces`.")
class ScoreTracesPayload:
    scored_count: BigInt | None = strawberry.field(
        default=None, description="Number of scores stored; 0 in a dry run, null if there are errors."
    )
    matched_count: BigInt | None = strawberry.field(
        default=None,
        description="Number of traces that `ids` or `where` matched before scoring. Computed with `dryRun` or "
        "`expectedCount` only; otherwise null.",
    )
    skipped_count: BigInt = strawberry.field(
        default=BigInt(0), description="Number of traces skipped because of `onlyMissing`."
    )
    unscored_count: BigInt = strawberry.field(
        default=BigInt(0),
        description="Number of traces that the scorer cannot score: for `answer_match`, those "
        "without a `referenceAnswer`.",
    )
    failed_count: BigInt = strawberry.field(
        default=BigInt(0), description="Number of traces for which the scorer failed. They have no new score."
    )
    failures: list[FailedScoring] = strawberry.field(
        default_factory=list, description="The first 100 traces for which the scorer failed, with the reasons."
    )
    missing_uuids: list[uuid.UUID] = strawberry.field(
        default_factory=list, description="UUIDs in `ids` that belong to no trace."
    )
    remaining_count: BigInt = strawberry.field(
        default=BigInt(0),
        description="Number of matching traces that this request had no time to score; continue with `after`. 0 when "
        "all are scored.",
    )
    last_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The last trace processed, for `after` of the next request; null if no trace was processed.",
    )
    scores: list[Score] = strawberry.field(default_factory=list, description="The new scores, up to 500 of them.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(ScoreTracesPayload)
async def score_traces(
    info: Info,
    input: Annotated[ScoreTracesInput, strawberry.argument(description="The traces to score and the scorer.")],
) -> ScoreTracesPayload:
    """Scores traces with a scorer; each call appends new scores."""
    scorer = await info.context.services.scoring.scorer(input.scorer)
    ids, where, after = given_or_none(input.ids), given_or_none(input.where), given_or_none(input.after)
    if (ids is None) == (where is None):
        raise BadUserInput("Give either ids or where.", ["ids"])
    start = None if after is None else uuid_of(after, "Trace", ("after",))
    wanted = None if ids is None else ids_behind(uuids_of(ids, "Trace", "ids"), start)
    predicate = TRACE_LIST.predicate_of(where)
    scoring = Scoring(info.context, scorer, only_missing=input.only_missing)
    expected = given_or_none(input.expected_count)
    if input.dry_run or expected is not None:
        require_count(expected, await scoring.count(wanted, predicate, start))
    if not input.dry_run:
        await (scoring.score_matching(predicate, start) if wanted is None else scoring.score_ids(wanted))
    return scoring.payload(current_selection(info).names(("scores",)))


def ids_behind(ids: list[uuid.UUID], after: uuid.UUID | None) -> list[uuid.UUID]:
    """Returns the ids behind a given one; all of them if none is given.

    Raises:
        BadUserInput: the given one is not among the ids.
    """
    if after is None:
        return ids
    if after not in ids:
        raise BadUserInput("after must be one of ids.", ["after"])
    return ids[ids.index(after) + 1 :]


class Scoring:
    """Scores traces in batches, one transaction each, and counts the results."""

    def __init__(self, context: Context, scorer: Scorer, *, only_missing: bool) -> None:
        self._database = context.database
        self._service = context.services.scoring
        self._scorer = scorer
        self._only_missing = only_missing
        self._end = time.monotonic() + context.settings.request_timeout_seconds * SHARE_OF_TIME
        self._scored = self._skipped = self._unscored = self._failed = self._remaining = 0
        self._failures: list[FailedScoring] = []
        self._matched: int | None = None
        self._missing: list[uuid.UUID] = []
        self._shown: list[dict[str, Any]] = []
        self._last: uuid.UUID | None = None

    async def count(self, ids: Sequence[uuid.UUID] | None, where: Predicate, after: uuid.UUID | None) -> int:
        """Counts the given traces that exist, or those that satisfy a predicate, and records the missing ones."""
        async with self._database.read() as session:
            if ids is None:
                self._matched = await count_traces(session, where, after)
            else:
                there = await existing_ids(session, ids)
                self._matched = len(there)
                self._missing = [value for value in ids if value not in there]
        return self._matched

    async def score_ids(self, ids: Sequence[uuid.UUID]) -> None:
        """Scores the given traces, in their order, until the time is up."""
        self._missing = []
        done = 0
        while done < len(ids):
            done += await self._score(ids[done : done + SCORE_BATCH])
            if time.monotonic() >= self._end:
                break
        self._remaining = len(ids) - done

    async def score_matching(self, where: Predicate, after: uuid.UUID | None) -> None:
        """Scores the traces that satisfy a predicate, in order of their ids, until the time is up."""
        while True:
            async with self._database.read() as session:
                part = await matching_ids(session, where, SCORE_BATCH, self._last or after)
            done = await self._score(part) if part else 0
            if done == len(part) < SCORE_BATCH:
                return
            if time.monotonic() >= self._end:
                async with self._database.read() as session:
                    self._remaining = await count_traces(session, where, self._last or after)
                return

    async def _score(self, ids: Sequence[uuid.UUID]) -> int:
        """Scores a batch and returns the number of ids that were processed, which is at least 1."""
        batch = await self._service.score(
            self._database, ids, self._scorer, only_missing=self._only_missing, until=self._end
        )
        self._last = ids[batch.processed - 1]
        self._scored += len(batch.rows)
        self._skipped += batch.skipped
        self._unscored += batch.unscored
        self._missing.extend(batch.missing)
        self._shown.extend(batch.rows[: SHOWN_SCORES - len(self._shown)])
        self._failed += len(batch.failures)
        shown = batch.failures[: SHOWN_FAILURES - len(self._failures)]
        self._failures.extend(FailedScoring.of(trace_id, failure) for trace_id, failure in shown)
        return batch.processed

    def payload(self, names: frozenset[str]) -> ScoreTracesPayload:
        """Returns the payload."""
        return ScoreTracesPayload(
            scored_count=BigInt(self._scored),
            matched_count=None if self._matched is None else BigInt(self._matched),
            skipped_count=BigInt(self._skipped),
            unscored_count=BigInt(self._unscored),
            failed_count=BigInt(self._failed),
            failures=self._failures,
            missing_uuids=self._missing,
            remaining_count=BigInt(self._remaining),
            last_id=None if self._last is None else strawberry.ID(global_id("Trace", self._last)),
            scores=SCORE_SHAPE.stored_objects(self._shown, names),
        )
