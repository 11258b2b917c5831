"""Walks the groups of a source in the order of their keys, and chooses the traces of each record.

Only ids, group keys and scores are read here, a short page at a time by the index of groups, so that memory holds the
ids of one group at most. Its traces are in the order in which they were stored.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, and_, exists, null, or_, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import dataset_traces, traces
from tunix_rt.db.session import Database, Session
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


class MemberPage(NamedTuple):
    """A page of the traces of a source, by group and order of storage.

    Args:
        members: each with the key of its group.
        position: the position at which the next page starts; None at the end.
    """

    members: list[tuple[str, GroupMember]]
    position: tuple[str, int] | None


class GroupWalk(NamedTuple):
    """The groups to walk: the unit of the records, and the options."""

    unit: Unit
    options: FormatOptions


ReadMembers: TypeAlias = Callable[[tuple[str, int] | None], Awaitable[MemberPage]]


async def groups_of(read: ReadMembers, walk: GroupWalk) -> AsyncGenerator[GroupTraces, None]:
    """Yields the groups of a source.

    Args:
        read: returns the page after a position; see ``ExportRows.members``.

    Raises:
        NotFound: the source was deleted.
        BadUserInput: a group has too many traces for one record.
    """
    page = await read(None)
    group: GroupTraces | None = None
    while True:
        for key, member in page.members:
            if group is None or key != group.key:
                if group is not None:
                    require_size(walk, group)
                    yield group
                group = GroupTraces(key, [])
            group.members.append(member)
        if group is not None:
            require_size(walk, group)
        if page.position is None:
            break
        page = await read(page.position)
    if group is not None:
        yield group


def require_size(walk: GroupWalk, group: GroupTraces) -> None:
    """Checks that a group can be one record; raises as ``groups_of`` does."""
    if walk.unit is Unit.GROUP and len(group.members) > GROUP_TRACES_MAX:
        raise BadUserInput(f"The group {group.key!r} has more than {GROUP_TRACES_MAX:,} traces.")


async def read_members(
    database: Database, source: Source, scorer: str | None, position: tuple[str, int] | None
) -> MemberPage:
    """Returns a page of the traces of a source after a position, by group and order of storage.

    Args:
        scorer: whose scores to read; None for none.

    Raises:
        NotFound: the source was deleted, which must not seem to end there.
    """
    conditions = conditions_of(source, database.kind)
    if position is not None:
        key, seq = traces.c.group_key, traces.c.seq
        conditions = [*conditions, or_(key > position[0], and_(key == position[0], seq > position[1]))]
    score = null() if scorer is None else latest_score()
    columns = (traces.c.id, traces.c.group_key, traces.c.seq, traces.c.prompt_hash, score.label("score"))
    query = select(*columns, traces.c.reference_answer.is_not(None).label("answered")).where(*conditions)
    query = query.order_by(traces.c.group_key, traces.c.seq).limit(ROWS)
    given = {} if scorer is None else {"scorer": scorer}
    async with database.bulk_read() as session:
        rows = (await session.execute(query, given)).all()
        if len(rows) < ROWS and isinstance(source, OfDataset):
            await completed_dataset(session, source.dataset_id, ["datasetId"])
    members = [(row.group_key, GroupMember(row.id, row.score, row.answered, row.prompt_hash)) for row in rows]
    return MemberPage(members, None if len(rows) < ROWS else (rows[-1].group_key, rows[-1].seq))


def conditions_of(source: Source, kind: str) -> list[ColumnElement[bool]]:
    """Returns the conditions of a source's traces."""
    if isinstance(source, OfTraces):
        return [among(traces.c.id, source.ids, kind)]
    if isinstance(source, OfDataset):
        member = and_(dataset_traces.c.dataset_id == source.dataset_id, dataset_traces.c.trace_id == traces.c.id)
        return [exists().where(member)]
    return list(source.selection.conditions(kind))


async def ids_within(session: Session, source: Source, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Returns those of some ids that are of existing traces of a source, each once."""
    kind = session.dialect.name
    query = select(traces.c.id).where(among(traces.c.id, ids, kind), *conditions_of(source, kind))
    return list((await session.execute(query)).scalars())


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
