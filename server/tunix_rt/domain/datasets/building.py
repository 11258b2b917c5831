"""Building: reads a selection page by page, then stores all members in one short transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select

from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import datasets
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.keys import NAME_MAX_CHARS, VERSION_MAX_CHARS, dataset_key, naming_errors
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.members import Member, Spool, store_members
from tunix_rt.domain.datasets.recipes import Recipe, Sampling, recipe_json
from tunix_rt.domain.datasets.sampling import Facts, sample_traces
from tunix_rt.domain.datasets.stats import MemberStats, StatsCollector
from tunix_rt.domain.filtering.predicates import is_everything
from tunix_rt.domain.global_ids import is_identity
from tunix_rt.domain.jobs.ledger import completed_job, new_job
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, Conflict, PathPart

LINEAGE_MAX_CHARS = 128


@dataclass(frozen=True)
class Title:
    """A dataset's name, version and references.

    Args:
        session_id: the caller's session, opaque.
        training_run_id: the run whose model generated the traces, opaque.
        parent_id: the dataset from which it was derived.
    """

    name: str
    version: str
    session_id: str | None = None
    training_run_id: str | None = None
    parent_id: uuid.UUID | None = None

    @property
    def key(self) -> str:
        """The unique key."""
        return dataset_key(self.name, self.version)

    def errors(self, name_path: Sequence[PathPart] = ("name",)) -> Iterator[BadUserInput]:
        """Yields an error for each field beyond its limits.

        Args:
            name_path: the path of the name in the input.
        """
        yield from naming_errors(self.name, NAME_MAX_CHARS, name_path)
        yield from naming_errors(self.version, VERSION_MAX_CHARS, ["version"])
        if is_identity(self.key):
            yield BadUserInput("name and version must not form a UUID or an id: it would be the key.", name_path)
        for field, value in (("sessionId", self.session_id), ("trainingRunId", self.training_run_id)):
            if value is not None:
                yield from text_errors(value, 1, LINEAGE_MAX_CHARS, [field])


@dataclass(frozen=True)
class Built:
    """Selected members and their statistics; the caller closes ``spool`` after storing them."""

    spool: Spool
    stats: MemberStats


class Builder:
    """Collects facts of traces (see ``sampling.FACTS``) in the members' order; ``folder`` holds its spool."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(folder)
        self._tally = StatsCollector()

    async def add(self, database: Database, facts: Sequence[Facts]) -> None:
        """Appends traces."""
        if not facts:
            return
        self.spool.add([Member(*fields) for fields in zip(*member_columns(facts), strict=True)])
        self._tally.add(facts)
        async with database.read() as session:
            await self._tally.add_scores(session, [row[0] for row in facts])

    def build(self, empty: BadUserInput) -> Built:
        """Returns the members and statistics of all added traces.

        Raises:
            BadUserInput: ``empty``, if there are none.
        """
        if not self.spool.count:
            raise empty
        return Built(self.spool, self._tally.stats())


def member_columns(facts: Sequence[Facts]) -> tuple[list[str], list[bytes], list[bytes]]:
    """Returns one list for each field of a ``Member`` of traces."""
    contents, prompts = (list(map(bytes.fromhex, [row[column] for row in facts])) for column in (1, 2))
    return [row[0] for row in facts], contents, prompts


def empty_sampling_error(recipe: Sampling) -> BadUserInput:
    """Returns the error of a sampling that selects no traces."""
    if is_everything(recipe.selection.where):
        return BadUserInput("The selection is empty: there are no traces.", ["where"])
    return BadUserInput("The selection is empty: no trace satisfies where.", ["where"])


async def build(database: Database, recipe: Sampling, folder: Path) -> Built:
    """Selects the members of a sampling; stores nothing.

    Args:
        folder: holds the spool, if the members are many.

    Raises:
        BadUserInput: the recipe selects no traces.
        Conflict: as ``sample_traces`` does.
    """
    builder = Builder(folder)
    try:
        async for facts in sample_traces(database, recipe):
            await builder.add(database, facts)
        return builder.build(empty_sampling_error(recipe))
    except BaseException:
        builder.spool.close()
        raise


async def require_free(session: Session, title: Title) -> None:
    """Refuses a key that is in use.

    Raises:
        Conflict: a dataset has the key; the message names it.
    """
    taken = (
        await session.execute(select(datasets.c.name, datasets.c.version).where(datasets.c.key == title.key))
    ).one_or_none()
    if taken is not None:
        raise Conflict(
            f"The key {title.key!r} belongs to the dataset {taken.name!r}, version {taken.version!r}; a built dataset "
            "never changes, so choose another version.",
            ["version"],
        )


async def require_parent(session: Session, title: Title) -> None:
    """Refuses a parent that does not exist or is not completed.

    Raises:
        NotFound: there is no such dataset.
        Conflict: it is not completed.
    """
    if title.parent_id is not None:
        await completed_dataset(session, title.parent_id, ["parent_dataset_id"])


async def store(session: Session, title: Title, recipe: Recipe, built: Built) -> dict[str, Any]:
    """Stores a dataset with its members and returns its row.

    Raises:
        Conflict: the key is in use, or the parent is not completed.
        NotFound: the parent does not exist.
    """
    columns = completed_job(now()) | completed_columns(built.spool.count, built.spool.sha256, built.stats)
    row = await insert_dataset(session, title, recipe, columns)
    await store_members(session, row["id"], built.spool)
    return row


async def enter(session: Session, title: Title, recipe: Recipe) -> dict[str, Any]:
    """Inserts a dataset as a pending job and returns its row; raises as ``store`` and ``limit_jobs`` do."""
    unfinished = {"trace_count": 0, "sha256": None, "stats": None}
    row = await insert_dataset(session, title, recipe, new_job(now()) | unfinished)
    await limit_jobs(session, row["created_by"])
    return row


async def insert_dataset(session: Session, title: Title, recipe: Recipe, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Inserts a dataset's row and returns it; raises as ``store`` does."""
    await require_free(session, title)
    await require_parent(session, title)
    row = {
        "id": new_id(),
        "key": title.key,
        "name": title.name,
        "version": title.version,
        "build_id": new_id(),
        "session_id": title.session_id,
        "training_run_id": title.training_run_id,
        "parent_dataset_id": title.parent_id,
        "recipe": recipe_json(recipe),
        **columns,
    }
    await session.execute(insert(datasets), [row])
    return row


def completed_columns(count: int, sha256: str, stats: MemberStats) -> dict[str, Any]:
    """Returns the columns of a completed dataset."""
    return {"trace_count": count, "sha256": sha256, "stats": msgspec.to_builtins(stats)}
