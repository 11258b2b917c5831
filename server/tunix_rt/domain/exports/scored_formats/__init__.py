"""Export formats whose records have scores, or several traces of a group; one module each.

``get_scored_format(ExportFormat.PREFERENCE).line(traces, options)`` returns the line. To add a format, name it in
``ExportFormat`` and add a module here that defines ``SCORED_FORMAT``.
"""

from __future__ import annotations

from functools import cache

from tunix_rt.domain.exports.formats import ExportFormat
from tunix_rt.domain.exports.scored_formats.base import ScoredFormat, TraceScore, TraceWithScores, Unit
from tunix_rt.domain.registry import drop_ins

__all__ = ["ScoredFormat", "TraceScore", "TraceWithScores", "Unit", "scored_formats"]


@cache
def scored_formats() -> dict[ExportFormat, ScoredFormat]:
    """Returns every format of this package."""
    return drop_ins(__name__, "SCORED_FORMAT", ScoredFormat, lambda found: found.format)
