"""The lines of formats with scores, as the page shows them."""

from __future__ import annotations

import json

import pytest

from tests.support.exported_lines import SUM, stored
from tests.support.repository import ROOT
from tunix_rt.domain.exports.export_shapes import shape_of
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.scored_formats import TraceScore, TraceWithScores, Unit, scored_formats

OPTIONS = FormatOptions(scorer="answer_match")
RIGHT = TraceWithScores(
    stored()._replace(reference_answer="4", external_id="sum"),
    [TraceScore("answer_match", None, 1.0), TraceScore("answer_match", 0, 1.0), TraceScore("answer_match", 1, 0.0)],
)
WRONG = TraceWithScores(
    stored(SUM | {"final_answer": "5"})._replace(id="01970000-0000-7000-8000-000000000002"),
    [TraceScore("answer_match", None, 0.0)],
)
PAGE = ROOT / "docs" / "reference" / "formats.md"


def line_of(format_: ExportFormat, options: FormatOptions = OPTIONS) -> str:
    """The line of a format that the page shows."""
    scored = scored_formats()[format_]
    traces = [RIGHT] if scored.unit in {Unit.TRACE, Unit.PROMPT} else [RIGHT, WRONG]
    line = scored.line(traces, options)
    assert line is not None
    return line.decode("ascii")


@pytest.mark.parametrize("format_", scored_formats())
def test_the_page_shows_each_format_as_it_is(format_: ExportFormat):
    shown = PAGE.read_text().partition(f"```json {format_.name}\n")[2].partition("\n```\n")[0]

    assert shown == line_of(format_)


@pytest.mark.parametrize("conversational", [False, True])
@pytest.mark.parametrize("format_", scored_formats())
def test_a_record_has_the_fields_that_are_announced(format_: ExportFormat, conversational: bool):
    options = FormatOptions(scorer="answer_match", conversational=conversational)

    assert list(json.loads(line_of(format_, options))) == [field.name for field in shape_of(format_, options).fields]


def test_a_record_without_scores_is_none():
    bare = RIGHT._replace(scores=[TraceScore("other", None, 1.0)])

    for format_ in (ExportFormat.STEPWISE, ExportFormat.UNPAIRED_PREFERENCE):
        assert scored_formats()[format_].line([bare], OPTIONS) is None
    assert scored_formats()[ExportFormat.PREFERENCE].line([RIGHT, bare], OPTIONS) is None
