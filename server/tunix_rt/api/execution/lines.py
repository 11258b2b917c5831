"""A document's text with an index of its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from graphql import Source, SourceLocation

LINE_END = re.compile(r"\r\n|[\n\r]")


class LineSource(Source):
    """A source that indexes its lines once, since a text of a megabyte may have hundreds of errors.

    Locations are correct wherever a token can begin, which is never inside a line break.
    """

    @cached_property
    def starts(self) -> list[int]:
        """The position at which each line begins."""
        return [0, *(match.end() for match in LINE_END.finditer(self.body))]

    def get_location(self, position: int) -> SourceLocation:
        """Returns the line and the column of a position, counted from 1."""
        line = bisect_right(self.starts, position)
        return SourceLocation(line, position - self.starts[line - 1] + 1)
