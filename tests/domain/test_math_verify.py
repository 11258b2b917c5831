"""The scorer ``math_verify``: what it decides beyond ``answer_match``, and that a bomb costs a limited time."""

from __future__ import annotations

from tests.support.factories import trace, trace_draft
from tunix_rt.db.session import Database
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.settings import Settings

PAIRS = [
    ("18", "18.0", "CORRECT", "answer_match"),
    ("17", "18", "WRONG", "answer_match"),
    ("2^3", "8", "CORRECT", "math_verify"),
    (r"$(-\infty, 2)$", "x < 2", "CORRECT", "math_verify"),
    ("(x-1)(x+1)", "x^2-1", "CORRECT", "math_verify"),
    ("(x-1)(x+2)", "x^2-1", "WRONG", "math_verify"),
    (r"\frac{1}{2^{98}}", r"\frac{1}{2^{99}}", "UNDECIDED", "math_verify"),
    (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}", "CORRECT", "math_verify"),
    ("1.414214", r"\sqrt{2}", "UNDECIDED", "math_verify"),
    ("3.14", r"\pi", "UNDECIDED", "math_verify"),
    ("3.15", r"\pi", "WRONG", "math_verify"),
    ("3.1", r"\pi", "WRONG", "math_verify"),
    ("eighteen", "18", "UNDECIDED", "math_verify"),
    ("9^{9^{9^9}}", "3", "UNDECIDED", "math_verify"),
]


async def test_expressions_are_compared_where_the_rules_do_not_decide(database: Database, settings: Settings):
    drafts = [trace_draft(trace(f"Question {n}", final_answer=pair[0])) for n, pair in enumerate(PAIRS)]
    for draft, pair in zip(drafts, PAIRS, strict=True):
        draft.reference_answer = pair[1]
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, [*drafts, trace_draft(trace("No reference"))])]
    service = ScorerService(settings)

    batch = await service.score(database, ids, await service.scorer("math_verify"), only_missing=False)
    await service.close()

    assert not batch.failures
    found = {row["trace_id"]: (row["details"]["verdict"], row["details"]["decided_by"]) for row in batch.rows}
    assert [(*pair[:2], *found[trace_id]) for trace_id, pair in zip(ids, PAIRS, strict=False)] == PAIRS
    assert batch.unscored == 1
