"""The preference pairs among a dataset's members as a training file."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson
from sqlalchemy import Row, and_, select

from tunix_rt.db.models import dataset_traces, scores, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.exports.dataset_file import TrainingFile, written_whole
from tunix_rt.domain.exports.formats import FormatOptions
from tunix_rt.domain.exports.reading import read_page
from tunix_rt.domain.exports.scored_formats import TraceWithScores
from tunix_rt.domain.exports.sources import Given
from tunix_rt.domain.exports.trace_scores import with_scores
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.preferences.pairs import PairRecipe, PreferencePair, PromptAnswer, pairs_in_group
from tunix_rt.errors import BadUserInput

PAGE_ROWS = 5000
CHUNK_CHARS = 1024 * 1024
CHUNK_PAIRS = 250


class ScoredMember(NamedTuple):
    """A scored member of a dataset, without its texts."""

    trace_id: uuid.UUID
    char_count: int
    prompt_hash: str


Pairs = list[PreferencePair[ScoredMember]]


@dataclass
class PairsFile(TrainingFile):
    """Counts of a file of pairs: ``records`` are pairs.

    Args:
        traces: the number of the dataset's traces.
        scored: the number of those that have a score of the recipe's scorer.
        prompts: the number of prompts that have a pair.
        answers: the scored ones of each group.
    """

    traces: int = 0
    scored: int = 0
    prompts: int = 0
    answers: dict[str, list[PromptAnswer[ScoredMember]]] = field(default_factory=dict)

    @property
    def unscored(self) -> int:
        """The number of traces without a score."""
        return self.traces - self.missing - self.scored

    def take(self, row: Row[tuple[object, ...]]) -> None:
        """Counts a member, and keeps it if it has a score."""
        self.traces += 1
        if row.id is None:
            self.missing += 1
        elif row.score is not None:
            self.scored += 1
            answer = PromptAnswer(row.prompt_hash, ScoredMember(row.id, row.char_count, row.prompt_hash), row.score)
            self.answers.setdefault(row.group_key, []).append(answer)

    def line(self, pair: PreferencePair[ScoredMember], found: dict[str, TraceWithScores]) -> bytes:
        """Returns the line of a pair; empty if one of its traces was deleted in the meantime."""
        chosen, rejected = (found.get(str(side.answer.trace_id)) for side in pair)
        if chosen is None or rejected is None:
            return b""
        self.records += 1
        record = {
            "prompt": chosen.trace.prompt,
            "chosen": chosen.model_text(self.options),
            "rejected": rejected.model_text(self.options),
            "score_chosen": pair.chosen.score,
            "score_rejected": pair.rejected.score,
            "chosen_trace_id": chosen.stored.id,
            "rejected_trace_id": rejected.stored.id,
        }
        return orjson.dumps(record) + b"\n"

    def write(self, file: BinaryIO, pairs: Pairs, found: dict[str, TraceWithScores]) -> None:
        """Writes the lines of pairs."""
        lines = b"".join(self.line(pair, found) for pair in pairs)
        self.digest.update(lines)
        self.byte_size += len(lines)
        file.write(lines)


def require_pairs(counts: PairsFile, recipe: PairRecipe) -> None:
    """Checks that there are pairs.

    Raises:
        BadUserInput: there are none; the message has the reason.
    """
    if not counts.records:
        reason = f"of its {number_of(counts.traces, 'trace')}, {missing(counts, recipe)}"
        raise BadUserInput(f"The dataset has no preference pairs: {reason}", ["preference"])


def missing(counts: PairsFile, recipe: PairRecipe) -> str:
    """Returns the reason why there are no pairs, with what helps, after the number of traces."""
    if not counts.scored:
        return f"none has a score of {recipe.scorer!r}. Score them first, or name another scorer of theirs."
    scored = f"{counts.scored:,} {'has' if counts.scored == 1 else 'have'} a score of {recipe.scorer!r}"
    if recipe.margin:
        return f"{scored}, but no two answers to one prompt differ by {recipe.margin:g} or more. Lower the margin."
    return f"{scored}, but no two answers to one prompt have different scores. Name another scorer, or add answers."


def pairs_text(counts: PairsFile) -> str:
    """Returns the counts for people."""
    unscored = f"; {number_of(counts.unscored, 'trace has', 'traces have')} no score" if counts.unscored else ""
    pairs, prompts = number_of(counts.records, "pair"), number_of(counts.prompts, "prompt")
    return f"{pairs} of {prompts}, from {number_of(counts.scored, 'scored trace')}{unscored}"


def number_of(count: int, one: str, several: str = "") -> str:
    """Returns a number with its noun, in the singular or the plural."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


async def write_pairs_file(
    database: Database, dataset_id: uuid.UUID, recipe: PairRecipe, path: Path, template: str, wait_limit: float = 0.0
) -> PairsFile:
    """Writes the pairs among a dataset's members atomically to a file in the format ``preference``.

    Args:
        template: the reasoning template of the answers, by its name in lower case or as a text.
        wait_limit: the seconds to retry while the database is unavailable.

    Raises:
        NotFound: the dataset was deleted.
        Unavailable: the database was unavailable for longer than that.
        OSError: the file cannot be written.
    """
    async with written_whole(path) as file:
        return await write_pairs(database, dataset_id, recipe, file, template, wait_limit)


async def write_pairs(
    database: Database,
    dataset_id: uuid.UUID,
    recipe: PairRecipe,
    file: BinaryIO,
    template: str,
    wait_limit: float = 0.0,
) -> PairsFile:
    """Writes the pairs to an open file, group by group; raises as ``write_pairs_file`` does."""
    counts = PairsFile(FormatOptions(template=template))
    async for row in members(database, dataset_id, recipe.scorer, wait_limit):
        counts.take(row)
    pairs = await asyncio.to_thread(pairs_of, counts, recipe)
    for chunk in chunks(pairs):
        found = await texts_of(database, chunk, wait_limit)
        await asyncio.to_thread(counts.write, file, chunk, found)
    return counts


def pairs_of(counts: PairsFile, recipe: PairRecipe) -> Pairs:
    """Returns the pairs of all groups, in the order in which the groups occur."""
    pairs = [pair for answers in counts.answers.values() for pair in pairs_in_group(answers, recipe)]
    counts.prompts = len({pair.chosen.answer.prompt_hash for pair in pairs})
    return pairs


async def members(
    database: Database, dataset_id: uuid.UUID, scorer: str, wait_limit: float
) -> AsyncIterator[Row[tuple[object, ...]]]:
    """Yields a dataset's members in order, each with its group and its latest score by a scorer."""
    last, full = -1, True
    while full:
        rows = await database.retrying(wait_limit)(member_page, database, dataset_id, scorer, last)
        for row in rows:
            yield row
        full = len(rows) == PAGE_ROWS
        last = rows[-1].position if rows else last


async def member_page(
    database: Database, dataset_id: uuid.UUID, scorer: str, last: int
) -> list[Row[tuple[object, ...]]]:
    """Returns the members after a position.

    Raises:
        NotFound: there is no such dataset, or no longer.
    """
    of_scorer = and_(
        scores.c.trace_id == traces.c.id, scores.c.scorer == scorer, scores.c.step_index.is_(None), latest(True)
    )
    query = (
        select(
            dataset_traces.c.position,
            traces.c.id,
            traces.c.group_key,
            traces.c.prompt_hash,
            traces.c.char_count,
            scores.c.score,
        )
        .select_from(dataset_traces)
        .outerjoin(traces, traces.c.id == dataset_traces.c.trace_id)
        .outerjoin(scores, of_scorer)
        .where(dataset_traces.c.dataset_id == dataset_id, dataset_traces.c.position > last)
        .order_by(dataset_traces.c.position)
        .limit(PAGE_ROWS)
    )
    async with database.bulk_read() as session:
        await completed_dataset(session, dataset_id, ["datasetId"])
        return list(await session.execute(query))


def chunks(pairs: Pairs) -> Iterator[Pairs]:
    """Yields consecutive pairs whose texts have about a megabyte together."""
    chunk: Pairs = []
    chars = 0
    for pair in pairs:
        chunk.append(pair)
        chars += pair.chosen.answer.char_count + pair.rejected.answer.char_count
        if chars >= CHUNK_CHARS or len(chunk) == CHUNK_PAIRS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


async def texts_of(database: Database, pairs: Pairs, wait_limit: float) -> dict[str, TraceWithScores]:
    """Returns the traces of pairs by their ids."""
    ids = list(dict.fromkeys(side.answer.trace_id for pair in pairs for side in pair))
    page = await database.retrying(wait_limit)(read_page, database, Given(ids), None, len(ids))
    return {trace.stored.id: trace for trace in await with_scores(database, page, wait_limit)}
