"""The address of an original database: one that is malformed is refused before anything is opened."""

from __future__ import annotations

import pytest

from tunix_rt.errors import BadUserInput
from tunix_rt.integrations.original.source import url_of


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("postgresql://u@h:x/d", "not a database URL"),
        ("postgresql://[/d", "a host or a database whose name is invalid"),
        ("postgresql://a..b/d", "a host or a database whose name is invalid"),
        ("sqlite:///a%00", "a host or a database whose name is invalid"),
        ("mysql://h/d", "must be postgresql"),
        ("postgresql://h", "must be postgresql"),
    ],
)
def test_a_malformed_address_is_refused(text: str, message: str):
    with pytest.raises(BadUserInput, match=message):
        url_of(text)


@pytest.mark.parametrize(
    ("text", "host", "database"), [("old.db", None, "old.db"), ("postgresql://u:p@[::1]:5432/d", "::1", "d")]
)
def test_files_and_urls_are_understood(text: str, host: str | None, database: str):
    assert (url_of(text).host, url_of(text).database) == (host, database)
