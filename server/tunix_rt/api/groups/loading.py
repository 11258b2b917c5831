"""The statistics and texts of a page's groups, which are read only if they are selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunix_rt.api.groups.types import TraceGroup
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ReadBudget
from tunix_rt.domain.groups.answers import majority_of
from tunix_rt.domain.groups.grouping import Grouping
from tunix_rt.domain.groups.reading import answers_of, first_traces, moments_of
from tunix_rt.domain.traces.trace import decode_stored

MOMENTS = frozenset({"mean", "variance"})
ANSWERS = frozenset({"distinctAnswers", "distinctAnswerCount", "majorityAnswer", "majorityCorrect"})
TEXTS = {
    "promptPreview": traces.c.prompt_preview,
    "referenceAnswer": traces.c.reference_answer,
    "prompt": traces.c.payload,
}


async def load_details(
    session: Session,
    grouping: Grouping,
    groups: Sequence[TraceGroup],
    names: frozenset[str],
    within: ReadBudget,
) -> None:
    """Sets the selected attributes of groups that are not columns of theirs.

    Raises:
        AnswerTooLarge: the texts exceed the budget.
    """
    for group in groups:
        group.grouping = grouping
    keys = [group.row_id for group in groups]
    if names & MOMENTS:
        moments = await moments_of(session, grouping, keys, within)
        for group in groups:
            group.mean, group.variance = moments[group.row_id]
    if names & ANSWERS:
        answers = await answers_of(session, grouping, keys, within)
        for group in groups:
            fill_answers(group, answers[group.row_id])
    if wanted := [name for name in TEXTS if name in names]:
        seqs = [group.first_seq for group in groups]
        rows = await first_traces(session, seqs, [TEXTS[name] for name in wanted], within)
        for group in groups:
            fill_texts(group, wanted, rows[group.first_seq])


def fill_answers(group: TraceGroup, answers: list[Any]) -> None:
    """Sets the attributes of distinct answers, of which every group has one."""
    group.answers = answers
    group.distinct_answer_count = BigInt(len(answers))
    majority = majority_of(answers)
    group.majority_answer = None if majority is None else majority.answer
    group.majority_correct = None if majority is None else majority.correct


def fill_texts(group: TraceGroup, names: Sequence[str], row: Sequence[Any]) -> None:
    """Sets the texts of the oldest trace."""
    values = dict(zip(names, row, strict=False))
    group.prompt_preview = values.get("promptPreview", "")
    group.reference_answer = values.get("referenceAnswer")
    group.prompt = decode_stored(values["prompt"]).prompt if "prompt" in values else ""
