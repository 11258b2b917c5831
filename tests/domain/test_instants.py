"""Times as everything that reads one understands them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tunix_rt.api.scalars import parse_instant
from tunix_rt.domain.imports.formats.datasets.prm800k import scored_at
from tunix_rt.domain.instants import as_utc, read_time
from tunix_rt.integrations.original.rows import instant

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00z", "2026-01-31t12:00:00z", "2026-01-31T13:00:00+01:00"]
)
def test_every_reader_knows_each_way_to_write_a_zone(text: str):
    assert parse_instant(text) == NOON
    assert scored_at({"timestamp": text}) == NOON
    assert instant(text, "created_at") == NOON


def test_a_time_without_a_zone_is_read_as_it_is():
    assert read_time("2026-01-31T12:00:00") == NOON.replace(tzinfo=None)
    assert as_utc(NOON.replace(tzinfo=None)) == NOON
    assert as_utc(NOON.astimezone(timezone(timedelta(hours=5)))).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "z", "2026-01-31zz", "noon"])
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(ValueError, match="isoformat"):
        read_time(text)
