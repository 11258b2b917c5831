"""Splitting: divides a dataset's traces into named parts, with all traces of one prompt in the same part."""

from __future__ import annotations

import math
import uuid
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Container, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.building import Builder, Built, Title, require_free
from tunix_rt.domain.datasets.keys import NAME_MAX_CHARS, VERSION_MAX_CHARS, naming_errors
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.members import BATCH, stored_members
from tunix_rt.domain.datasets.recipes import Part, Splitting
from tunix_rt.domain.datasets.sampling import Facts, facts_of
from tunix_rt.errors import BadUserInput, NotFound, ValidationErrors

PARTS_MAX = 20
WHOLE = 1 + 1e-9
RANK_END = 2**64


@dataclass(frozen=True)
class Share:
    """A requested part: a fraction of the parent, or a number of traces."""

    name: str
    fraction: float | None = None
    count: int | None = None


async def plan_split(
    session: Session, parent_id: uuid.UUID, shares: Sequence[Share], seed: int, version: str | None
) -> list[tuple[Title, Splitting]]:
    """Returns the title and the recipe of each part.

    Args:
        version: the version of the parts; None for the parent's.

    Raises:
        NotFound: there is no such dataset.
        BadUserInput: as ``parts_of`` does; or a name is invalid in a key.
        Conflict: the dataset is not completed, or a part's key is in use.
    """
    parent = await completed_dataset(session, parent_id)
    parts = parts_of(shares, parent.trace_count)
    wanted = parent.version if version is None else version
    titles = [Title(f"{parent.name}-{part.name}", wanted, parent_id=parent_id) for part in parts]
    if errors := [*title_errors(titles)]:
        raise ValidationErrors(errors)
    for title in titles:
        await require_free(session, title)
    return [
        (title, Splitting(parent_id, parent.key, parent.sha256, part.name, parts, seed))
        for title, part in zip(titles, parts, strict=True)
    ]


def title_errors(titles: Sequence[Title]) -> Iterator[BadUserInput]:
    """Yields the errors of the parts' names and their shared version."""
    yield from naming_errors(titles[0].version, VERSION_MAX_CHARS, ["version"])
    first: dict[str, Title] = {}
    for position, title in enumerate(titles):
        path, size = ("parts", position, "name"), len(title.name)
        if size > NAME_MAX_CHARS:
            yield BadUserInput(f"PARENT-NAME must have at most {NAME_MAX_CHARS} characters; it has {size}.", path)
        elif (other := first.setdefault(title.key, title)) is not title:
            yield BadUserInput(f"{title.name!r} and {other.name!r} would have the same key, {title.key!r}.", path)


def parts_of(shares: Sequence[Share], total: int) -> tuple[Part, ...]:
    """Returns the parts with their numbers of traces; fractions that sum to 1 cover all traces.

    Args:
        total: the number of the parent's traces.

    Raises:
        BadUserInput: a name is repeated or invalid in a key, a share is missing or out of range, or the shares exceed
            the parent; the path names the part.
    """
    if not 1 <= len(shares) <= PARTS_MAX:
        raise BadUserInput(f"parts must have 1 to {PARTS_MAX} parts; it has {len(shares)}.", ["parts"])
    (name, times), *_ = Counter(share.name for share in shares).most_common(1)
    if times > 1:
        raise BadUserInput(f"The names of parts must be different; {name!r} occurs {times} times.", ["parts"])
    if errors := [error for position, share in enumerate(shares) for error in share_errors(share, position)]:
        raise ValidationErrors(errors)
    fractions = [share.fraction for share in shares if share.fraction is not None]
    if sum(fractions) > WHOLE:
        raise BadUserInput(f"The fractions must add up to at most 1, they add up to {sum(fractions):g}.", ["parts"])
    counts = exact_counts(shares, total)
    if sum(counts) > total:
        raise BadUserInput(f"The parts ask for {sum(counts)} traces, the dataset has {total}.", ["parts"])
    return tuple(Part(share.name, count) for share, count in zip(shares, counts, strict=True))


def share_errors(share: Share, position: int) -> Iterator[BadUserInput]:
    """Yields the errors of one part: of its name, and of a share that is missing, given twice or out of range."""
    path = ("parts", position)
    yield from naming_errors(share.name, NAME_MAX_CHARS, (*path, "name"))
    if (share.fraction is None) == (share.count is None):
        yield BadUserInput(f"parts[{position}] needs either a fraction or a count.", path)
    elif share.fraction is not None and not 0 < share.fraction <= 1:
        yield BadUserInput(f"fraction must be above 0 and at most 1; it is {share.fraction:g}.", (*path, "fraction"))
    elif share.count is not None and share.count < 1:
        yield BadUserInput(f"count must be at least 1; it is {share.count}.", (*path, "count"))


def exact_counts(shares: Sequence[Share], total: int) -> list[int]:
    """Returns the counts of all shares; fractions are apportioned by the largest remainder."""
    exact = [share.count if share.count is not None else (share.fraction or 0) * total for share in shares]
    counts = [math.floor(value + 1e-9) for value in exact]
    left = round(sum(exact)) - sum(counts)
    by_remainder = sorted(range(len(exact)), key=lambda position: counts[position] - exact[position])
    for position in by_remainder[:left]:
        counts[position] += 1
    return counts


def rank_of(prompt_hash: bytes, key: bytes) -> int:
    """Returns a prompt's rank, 0 to 2^64 - 1: BLAKE2b of its hash, keyed by the seed's decimal digits."""
    return int.from_bytes(blake2b(prompt_hash, digest_size=8, key=key).digest())


async def parent_members(database: Database, recipe: Splitting, rows: int = BATCH) -> AsyncIterator[Sequence[Any]]:
    """Yields ``stored_members`` of the parent.

    Raises:
        NotFound: the parent was deleted; the message names it.
    """
    try:
        async for members in stored_members(database, recipe.parent_id, rows):
            yield members
    except NotFound:
        raise NotFound(f"The parent dataset {recipe.parent_key!r} was deleted.") from None


async def cut_ranks(database: Database, recipe: Splitting) -> list[int]:
    """Returns the rank at which each part ends: between two prompts, as close to the part's count as possible.

    Deleted members count too, so that a split can be derived again. Holds eight bytes of memory for each member.
    """
    key = str(recipe.seed).encode()
    found = array("Q")
    async for rows in parent_members(database, recipe):
        found.extend(rank_of(row.prompt_hash, key) for row in rows)
    ranks = array("Q", sorted(found))
    ends, wanted = [], 0
    for part in recipe.parts:
        wanted += part.count
        ends.append(cut_near(ranks, wanted))
    return ends


def cut_near(ranks: Sequence[int], wanted: int) -> int:
    """Returns the rank below which there are about ``wanted`` traces, moved to the nearer boundary of a prompt."""
    if wanted >= len(ranks):
        return RANK_END
    if ranks[wanted - 1] != ranks[wanted]:
        return ranks[wanted]
    low, high = wanted, wanted
    while low and ranks[low - 1] == ranks[wanted]:
        low -= 1
    while high < len(ranks) and ranks[high] == ranks[wanted]:
        high += 1
    if wanted - low < high - wanted:
        return ranks[wanted]
    return ranks[high] if high < len(ranks) else RANK_END


async def facts_by_part(
    database: Database, recipe: Splitting, wanted: Container[int], rows: int = BATCH
) -> AsyncIterator[tuple[int, Sequence[Facts]]]:
    """Yields the facts of the parent's traces, page by page, divided by part; deleted traces are left out.

    Each comes with the part's position in ``recipe.parts``.

    Args:
        wanted: the positions of the requested parts.
        rows: the maximum of a page.
    """
    ends, key = await cut_ranks(database, recipe), str(recipe.seed).encode()
    async for members in parent_members(database, recipe, rows):
        positions = {row.trace_id: bisect_right(ends, rank_of(row.prompt_hash, key)) for row in members}
        facts = await facts_of(database, [trace_id for trace_id, position in positions.items() if position in wanted])
        for position in range(len(recipe.parts)):
            if position in wanted:
                yield position, [row for row in facts if positions[row[0]] == position]


async def build_parts(database: Database, recipe: Splitting, folder: Path) -> list[Built]:
    """Collects the members of every part; stores nothing.

    Args:
        folder: holds the spools, if the members are many.

    Raises:
        BadUserInput: a part would be empty; the message names it.
    """
    builders = [Builder(folder) for _ in recipe.parts]
    try:
        async for position, facts in facts_by_part(database, recipe, range(len(recipe.parts))):
            await builders[position].add(database, facts)
        return [builder.build(empty_part_error(recipe, position)) for position, builder in enumerate(builders)]
    except BaseException:
        for builder in builders:
            builder.spool.close()
        raise


async def part_members(
    database: Database, recipe: Splitting, rows: int = BATCH
) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the facts of the traces in the part ``recipe.part``, page by page, in the members' order."""
    mine = [part.name for part in recipe.parts].index(recipe.part)
    async for _, facts in facts_by_part(database, recipe, {mine}, rows):
        yield facts


def empty_part_error(recipe: Splitting, position: int) -> BadUserInput:
    """Returns the error of a part without traces."""
    name = recipe.parts[position].name
    return BadUserInput(
        f"The part {name!r} would be empty: traces of one prompt stay together, and there are too few prompts.",
        ["parts", position],
    )
