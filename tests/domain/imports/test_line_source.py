"""Lines of a document, found once, are those that graphql-core finds."""

from __future__ import annotations

from graphql import Source
from hypothesis import given
from hypothesis import strategies as st

from tunix_rt.api.execution.documents import LineSource

TEXTS = st.text(st.sampled_from("ab\n\r é\u2028"), max_size=30)


@given(text=TEXTS)
def test_every_place_where_a_token_can_begin_has_its_line_and_column(text: str):
    ours, theirs = LineSource(text), Source(text)

    for position in (place for place in range(len(text) + 1) if text[place : place + 1] not in {"\r", "\n"}):
        assert ours.get_location(position) == theirs.get_location(position), position
