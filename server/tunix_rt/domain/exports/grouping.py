"""Walks the groups of a source in the order of their keys, and chooses the traces of each record.

Only ids, group keys and scores are read here, a short page at a time by the index of groups, so that memory holds the
ids of one group at most. Its traces are in the order in which they were stored.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, null, or_, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import dataset_traces, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.exports.formats import FormatOptions
from tunix_rt.domain.exports.scored_formats import Unit
from tunix_rt.domain.exports.sources import OfDataset, OfTraces, Source
from tunix_rt.domain.exports.trace_scores import latest_score
from tunix_rt.domain.preferences.pairs import PairRecipe, PairRule, PreferencePair, PromptAnswer, pairs_in_group
from tunix_rt.errors import BadUserInput

ROWS = 2_000
GROUP_TRACES_MAX = 10_000
"""The maximum of a group that is one record."""


class GroupMember(NamedTuple):
    """A trace of a group.

    Args:
        score: its latest score by the scorer of the export; None if there is none.
        answered: whether it has a reference answer.
    """

    id: uuid.UUID
    score: float | None
    answered: bool
    prompt_hash: str


class GroupTraces(NamedTuple):
    """A group of the source."""

    key: str
    members: list[GroupMember]


class GroupWalk(NamedTuple):
    """The groups to walk: a source, the unit of the records, and the options."""

    source: Source
    unit: Unit
    options: FormatOptions


async def groups_of(database: Database, walk: GroupWalk, wait_limit: float = 0.0) -> AsyncGenerator[GroupTraces, None]:
    """Yields the groups of a source.

    Args:
        wait_limit: the seconds to retry while the database is unavailable.

    Raises:
        NotFound: the source was deleted.
        BadUserInput: a group has too many traces for one record.
    """
    position: tuple[str, int] | None = None
    group: GroupTraces | None = None
    while True:
        rows = await database.retrying(wait_limit)(read_members, database, walk, position)
        for row in rows:
            if group is None or row.group_key != group.key:
                if group is not None:
                    require_size(walk, group)
                    yield group
                group = GroupTraces(row.group_key, [])
            group.members.append(GroupMember(row.id, row.score, row.answered, row.prompt_hash))
        if group is not None:
            require_size(walk, group)
        if len(rows) < ROWS:
            break
        position = (rows[-1].group_key, rows[-1].seq)
    if group is not None:
        yield group


def require_size(walk: GroupWalk, group: GroupTraces) -> None:
    """Checks that a group can be one record; raises as ``groups_of``."""
    if walk.unit is Unit.GROUP and len(group.members) > GROUP_TRACES_MAX:
        raise BadUserInput(f"The group {group.key!r} has more than {GROUP_TRACES_MAX:,} traces.")


async def read_members(database: Database, walk: GroupWalk, position: tuple[str, int] | None) -> Sequence[Any]:
    """Returns a page of the traces of a source after a position, by group and order of storage.

    Raises:
        NotFound: the source was deleted, which must not seem to end there.
    """
    conditions = conditions_of(walk.source, database.kind)
    if position is not None:
        key, seq = traces.c.group_key, traces.c.seq
        conditions = [*conditions, or_(key > position[0], and_(key == position[0], seq > position[1]))]
    score = null() if walk.options.scorer is None else latest_score()
    columns = (traces.c.id, traces.c.group_key, traces.c.seq, traces.c.prompt_hash, score.label("score"))
    query = select(*columns, traces.c.reference_answer.is_not(None).label("answered")).where(*conditions)
    query = query.order_by(traces.c.group_key, traces.c.seq).limit(ROWS)
    given = {} if walk.options.scorer is None else {"scorer": walk.options.scorer}
    async with database.bulk_read() as session:
        rows: Sequence[Any] = (await session.execute(query, given)).all()
        if len(rows) < ROWS and isinstance(walk.source, OfDataset):
            await completed_dataset(session, walk.source.dataset_id, ["datasetId"])
        return rows


def conditions_of(source: Source, kind: str) -> list[ColumnElement[bool]]:
    """Returns the conditions of a source's traces."""
    if isinstance(source, OfTraces):
        return [among(traces.c.id, source.ids, kind)]
    if isinstance(source, OfDataset):
        member = and_(dataset_traces.c.dataset_id == source.dataset_id, dataset_traces.c.trace_id == traces.c.id)
        return [exists().where(member)]
    return list(source.selection.conditions(kind))


def records_in(group: GroupTraces, walk: GroupWalk) -> Iterator[tuple[uuid.UUID, ...]]:
    """Yields the traces of each record of a group; see ``Unit``."""
    if walk.unit is Unit.GROUP:
        yield tuple(member.id for member in group.members)
    elif walk.unit is Unit.PROMPT:
        yield (next((member for member in group.members if member.answered), group.members[0]).id,)
    else:
        for pair in pairs_in(group, pair_recipe(walk.options)):
            yield (pair.chosen.answer, pair.rejected.answer)


def unscored_in(group: GroupTraces, walk: GroupWalk) -> int:
    """Returns the number of a group's traces that cannot be in a pair, since the scorer has no score for them."""
    return sum(member.score is None for member in group.members) if walk.unit is Unit.PAIR else 0


def pairs_in(group: GroupTraces, recipe: PairRecipe) -> list[PreferencePair[uuid.UUID]]:
    """Returns the pairs of a group; answers to different prompts are not compared."""
    answers = (PromptAnswer(member.prompt_hash, member.id, member.score) for member in group.members)
    return pairs_in_group(answers, recipe)


def pair_recipe(options: FormatOptions) -> PairRecipe:
    """Returns the recipe of the pairs of an export."""
    return PairRecipe(options.scorer or "", PairRule(options.pair_rule), options.margin, options.pairs_per_group)
