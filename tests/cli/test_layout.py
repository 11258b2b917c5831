"""Tables of commands fit the terminal and keep what a reader looks for; piped, they are complete."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tunix_rt.cli.doctor.findings import lines_of, note
from tunix_rt.cli.output.layout import laid_out
from tunix_rt.cli.run.output import COLUMNS as RUN
from tunix_rt.cli.run.output import RunDisplay
from tunix_rt.cli.score.command import COLUMNS as SCORE
from tunix_rt.cli.score.command import SCORER_COLUMNS as SCORER
from tunix_rt.cli.trace.command import COLUMNS as TRACE

UUID = "01a22e75-7569-7088-a904-8881ef7d96f1"
TIME = "2026-11-30 21:56:19Z"
TEXT = "Wie viele Buchstaben hat das Wort Eichhörnchen? 一二三四五六七八九十"
ROWS = {
    "TRACE": UUID,
    "ID": UUID,
    "RUN": UUID,
    "NAME": "first-lora-of-many",
    "STATUS": "COMPLETED",
    "SCORER": "step_arithmetic",
    "SCORE": "0.3333",
    "PROMPT": TEXT * 3,
    "DESCRIPTION": TEXT * 3,
    "UNAVAILABLE": TEXT,
    "ANSWER": "12",
    "SCORED": TIME,
    "CREATED": TIME,
}


@pytest.mark.parametrize("available", [80, 120])
@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (TRACE, ["TRACE", "PROMPT", "ANSWER"]),
        (SCORE, ["ID", "SCORER", "SCORE"]),
        (SCORER, ["SCORER", "DESCRIPTION", "UNAVAILABLE"]),
        (RUN, ["RUN", "NAME", "STATUS"]),
    ],
    ids=["trace", "score", "scorer", "run"],
)
def test_a_table_fits_a_terminal_and_names_the_columns_that_do_not(
    columns: dict[str, object], wanted: list[str], available: int
):
    lines, left_out = laid_out([list(columns), [ROWS.get(title, "any") for title in columns]], available)

    assert max(map(cell_len, lines)) <= available
    assert [title for title in wanted if title not in lines[0].split()] == []
    assert all(ROWS[title] in lines[1] for title in wanted if title in ("TRACE", "ID", "RUN", "STATUS", "SCORE"))
    assert list(columns)[len(columns) - len(left_out) :] == left_out


def test_a_piped_table_is_complete_and_a_terminal_shows_the_columns_with_values():
    table = [["RUN", "STEP", "NAME"], [UUID, "", "a\n  b"]]

    assert laid_out(table, None) == ([f"RUN{' ' * 35}STEP  NAME", f"{UUID}        a b"], [])
    assert laid_out(table, 80) == ([f"RUN{' ' * 35}NAME", f"{UUID}  a b"], [])
    assert laid_out([["STEP", "train/loss"]], 80) == (["STEP  train/loss"], [])
    assert laid_out(table, 44) == ([f"RUN{' ' * 35}NAME", f"{UUID}  a b"], [])
    assert laid_out(table, 40) == (["RUN", UUID], ["NAME"])


def test_the_lines_of_a_finding_fit_the_terminal():
    lines = lines_of(note("worker", "takes datasets, dry runs, evaluations", "Start one: tunix-rt worker."), 50)

    assert lines == [
        "--  worker          takes datasets, dry runs,",
        "                    evaluations",
        "                    -> Start one: tunix-rt worker.",
    ]


def test_the_line_of_a_run_has_what_changes():
    display = RunDisplay()
    progress = {"step": 3, "totalSteps": 10, "etaSeconds": 7.0}
    display.apply({"__typename": "RunState", "status": "RUNNING", "trainingProgress": progress})
    for name, value in (("dataset/records", 180.0), ("train/loss", 2.5)):
        display.apply({"__typename": "RunMetricPoint", "name": name, "value": value, "kind": "FINITE"})

    assert display.line() == "RUNNING, step 3 of 10, train/loss 2.5, 7 s left"
