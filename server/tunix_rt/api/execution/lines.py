"""A document's text, which finds its lines once and not for each error anew."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from graphql import Source, SourceLocation

LINE_END = re.compile(r"\r\n|[\n\r]")


class LineSource(Source):
    """A source whose locations are looked up: a text of a megabyte may have hundreds of errors.

    Right for every place where a token can begin, which is not inside a line's end.
    """

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(match.end() for match in LINE_END.finditer(self.body))]

    def get_location(self, position: int) -> SourceLocation:
        """The line and the column of a position, from 1."""
        line = bisect_right(self.starts, position)
        return SourceLocation(line, position - self.starts[line - 1] + 1)
