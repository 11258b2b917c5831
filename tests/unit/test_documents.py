"""Documents are remembered, but never more of them than fit."""

from __future__ import annotations

from tunix_rt.api.execution.documents import LARGEST_REMEMBERED_CHARS, REMEMBERED_CHARS, Documents
from tunix_rt.api.limits import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

LIMITS = Limits.of(Settings())
SCHEMA = build_schema(LIMITS)._schema


def padded(number: int, chars: int) -> str:
    """A document of that many characters, unlike those of other numbers."""
    return f"query Q{number} {{ __typename }}".ljust(chars, "#")


def test_a_document_is_read_once():
    documents = Documents(LIMITS)
    first = documents.get(SCHEMA, "{ __typename }")

    assert documents.get(SCHEMA, "{ __typename }") is first
    assert first.errors == []


def test_a_large_document_is_read_each_time():
    documents = Documents(LIMITS)
    large = padded(0, LARGEST_REMEMBERED_CHARS + 1)

    assert documents.get(SCHEMA, large) is not documents.get(SCHEMA, large)


def test_those_least_recently_used_are_forgotten_for_those_that_come():
    documents = Documents(LIMITS)
    fitting = REMEMBERED_CHARS // LARGEST_REMEMBERED_CHARS
    known = [documents.get(SCHEMA, padded(number, LARGEST_REMEMBERED_CHARS)) for number in range(fitting)]
    assert documents.get(SCHEMA, padded(0, LARGEST_REMEMBERED_CHARS)) is known[0]

    documents.get(SCHEMA, padded(fitting, LARGEST_REMEMBERED_CHARS))

    assert documents.get(SCHEMA, padded(0, LARGEST_REMEMBERED_CHARS)) is known[0]
    assert documents.get(SCHEMA, padded(1, LARGEST_REMEMBERED_CHARS)) is not known[1]
