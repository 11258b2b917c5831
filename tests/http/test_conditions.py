"""Preconditions and ranges of downloads by RFC 9110, without a server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from tunix_rt.http.conditions import bytes_range, is_known
from tunix_rt.http.errors import HttpError

MODIFIED = datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC)
THEN, BEFORE, LATER = (f"Sat, 31 Jan 2026 {time} GMT" for time in ("12:00:00", "11:59:59", "12:00:01"))
MATCH, NONE_MATCH, SINCE, UNMODIFIED = "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"


def status(*lines: tuple[str, str], modified: datetime | None = MODIFIED) -> int:
    """Returns the status of a request for the file with the tag ``"a"``."""
    headers = [(name.lower().encode(), value.encode()) for name, value in lines]
    try:
        return 304 if is_known(Request({"type": "http", "headers": headers}), "a", modified) else 200
    except HttpError as error:
        return error.status


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        (200, []),
        *((200, [(MATCH, tags)]) for tags in ('"a"', '"b", "a"', "*")),
        *((412, [(MATCH, tags)]) for tags in ('"b"', 'W/"a"', "", "a")),
        *((304, [(NONE_MATCH, tags)]) for tags in ('"a"', 'W/"a"', '"b", "a"', "*")),
        *((200, [(NONE_MATCH, tags)]) for tags in ('"b"', "", "a")),
        (200, [(MATCH, '"b"'), (MATCH, '"a"')]),
        (304, [(NONE_MATCH, '"b"'), (NONE_MATCH, '"a"')]),
        (412, [(MATCH, '"b"'), (NONE_MATCH, '"a"')]),
        (304, [(SINCE, THEN)]),
        (304, [(SINCE, LATER)]),
        (200, [(SINCE, BEFORE)]),
        (200, [(SINCE, THEN), (NONE_MATCH, '"b"')]),
        (200, [(UNMODIFIED, THEN)]),
        (200, [(UNMODIFIED, LATER)]),
        (412, [(UNMODIFIED, BEFORE)]),
        (200, [(UNMODIFIED, BEFORE), (MATCH, '"a"')]),
        *((200, [(name, "no date")]) for name in (SINCE, UNMODIFIED)),
        *((200, [(name, "Sat, 31 Feb 99999 12:00:00 GMT")]) for name in (SINCE, UNMODIFIED)),
    ],
)
def test_preconditions_have_their_order(expected: int, lines: list[tuple[str, str]]):
    assert status(*lines) == expected


@pytest.mark.parametrize("name", [SINCE, UNMODIFIED])
def test_dates_are_ignored_if_that_of_the_file_is_not_known(name: str):
    assert status((name, LATER), modified=None) == status((name, BEFORE), modified=None) == 200


@pytest.mark.parametrize(
    ("asked", "ranges"),
    [
        ("bytes=0-0", "0-0"),
        ("bytes=5-", "5-99"),
        ("bytes=99-", "99-99"),
        ("bytes=-5", "95-99"),
        ("bytes=-1000", "0-99"),
        ("bytes=5-1000", "5-99"),
        (f"bytes=0-{'9' * 5000}", "0-99"),
        ("bytes=007-0008", "7-8"),
        ("BYTES = 1 - 3", "1-3"),
        ("bytes=0-4,,", "0-4"),
        ("bytes=0-4,999-", "0-4"),
        ("bytes=999-, 0-4", "0-4"),
        ("bytes=-0,0-4,-1", "0-4,99-99"),
    ],
)
def test_the_ranges_that_a_file_of_100_bytes_has(asked: str, ranges: str):
    assert bytes_range(asked, 100) == f"bytes={ranges}"


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=-0", "bytes=999-,-0", f"bytes={'9' * 5000}-"])
def test_a_range_that_a_file_does_not_have_begins_at_its_end(asked: str):
    assert (bytes_range(asked, 100) or "").startswith("bytes=100-")


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_an_empty_file_has_no_range(asked: str):
    assert bytes_range(asked, 0) == "bytes=0-0"


@pytest.mark.parametrize("asked", ["lines=1-2", "x=0-4", "=0-4", "", "nonsense"])
def test_another_unit_is_ignored(asked: str):
    assert bytes_range(asked, 100) is None


@pytest.mark.parametrize(
    "asked",
    [
        *("bytes", "bytes=", "bytes=a-b", "bytes=5-3", "bytes=-", "bytes=,", "bytes=0-1,5-3", "bytes=0-1;q=1"),
        *("bytes=+1-2", "bytes=1_0-2_0", "bytes=-+5", "bytes=--5", "bytes=1--2", "bytes=0x1-0x2", "bytes=\u0663-4"),
    ],
)
def test_a_malformed_range_is_refused(asked: str):
    with pytest.raises(HttpError, match="bytes=FIRST-LAST") as caught:
        bytes_range(asked, 100)
    assert caught.value.status == 400
