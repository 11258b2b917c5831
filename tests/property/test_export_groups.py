"""Exports of groups: every page size gives the same records on both databases, and each group is whole."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter, defaultdict

import pytest

from tests.property.conftest import Twins
from tests.support.strategies import SCORE_ROWS, TRACE_ROWS
from tunix_rt.db.session import Database
from tunix_rt.domain.exports import grouping, records
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.scored_formats import Unit
from tunix_rt.domain.exports.sources import OfSelection, OfTraces, Source
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadUserInput

EVERYTHING = OfSelection(TraceSelection())
SCORER = max((row["scorer"] for row in SCORE_ROWS), key=[row["scorer"] for row in SCORE_ROWS].count)
FORMATS = {
    ExportFormat.GROUPED: FormatOptions(),
    ExportFormat.PROMPT_ONLY: FormatOptions(),
    ExportFormat.PREFERENCE: FormatOptions(scorer=SCORER, pair_rule="all", pairs_per_group=50),
    ExportFormat.UNPAIRED_PREFERENCE: FormatOptions(scorer=SCORER),
}


async def lines_of(database: Database, source: Source, format_: ExportFormat) -> list[bytes]:
    """The lines of an export."""
    rows = DatabaseRows(database, source, format_, FORMATS[format_])
    pages = [page async for page in ExportReader(format_, FORMATS[format_]).pages(rows)]
    return [line for page in pages for line in page.lines]


@pytest.mark.parametrize("format_", FORMATS)
async def test_every_page_size_gives_the_same_records(
    peopled: Twins, format_: ExportFormat, monkeypatch: pytest.MonkeyPatch
):
    wanted: list[bytes] | None = None
    for rows, traces in ((1, 1), (3, 2), (7, 100), (2_000, 200)):
        monkeypatch.setattr(grouping, "ROWS", rows)
        monkeypatch.setattr(records, "PAGE_TRACES", traces)
        for database in peopled.databases.values():
            found = await lines_of(database, EVERYTHING, format_)
            wanted = found if wanted is None else wanted
            assert found == wanted
    assert wanted


async def test_each_group_is_whole(peopled: Twins, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grouping, "ROWS", 4)
    expected: dict[str, list[uuid.UUID]] = defaultdict(list)
    for row in TRACE_ROWS:
        expected[row["group_key"]].append(row["id"])
    chosen = [row["id"] for row in TRACE_ROWS][::3]

    for database in peopled.databases.values():
        assert await groups(database, EVERYTHING) == sorted(expected.items())
        for key, ids in await groups(database, OfTraces(tuple(chosen))):
            assert ids == [identity for identity in expected[key] if identity in set(chosen)]


async def test_a_group_of_too_many_traces_is_refused(peopled: Twins, monkeypatch: pytest.MonkeyPatch):
    largest = max(Counter(row["group_key"] for row in TRACE_ROWS).values())
    for rows, database in itertools.product((2, 2_000), peopled.databases.values()):
        monkeypatch.setattr(grouping, "ROWS", rows)
        monkeypatch.setattr(grouping, "GROUP_TRACES_MAX", largest)
        assert await lines_of(database, EVERYTHING, ExportFormat.GROUPED)
        monkeypatch.setattr(grouping, "GROUP_TRACES_MAX", largest - 1)
        with pytest.raises(BadUserInput, match=f"has more than {largest - 1} traces"):
            await lines_of(database, EVERYTHING, ExportFormat.GROUPED)
        assert await lines_of(database, EVERYTHING, ExportFormat.PROMPT_ONLY)


async def groups(database: Database, source: Source) -> list[tuple[str, list[uuid.UUID]]]:
    """The keys and the ids of the groups of a source."""
    rows = DatabaseRows(database, source, ExportFormat.GROUPED, FormatOptions())
    walk = grouping.GroupWalk(Unit.GROUP, FormatOptions())
    found = grouping.groups_of(rows.members, walk)
    return [(group.key, [member.id for member in group.members]) async for group in found]
