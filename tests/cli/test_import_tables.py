"""``tunix-rt import csv`` and ``parquet``: columns become fields."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.import_rows import MODEL_SOLUTIONS, OPENR1
from tests.support.program import Program, stored

MAP = ("--map", "prompt=question", "--map", "final_answer=answer", "--map", "steps=why")


def table(program: Program, name: str, rows: list[list[str]]) -> Path:
    """A CSV or Parquet file with the columns ``question, answer, why, id``."""
    path = program.folder / name
    header = ["question", "answer", "why", "id"]
    if path.suffix == ".parquet":
        columns = zip(*rows, strict=True)
        pq.write_table(pa.table(dict(zip(header, map(list, columns), strict=True))), path, use_dictionary=False)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    return path


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_tables(program: Program, name: str):
    file = table(program, name, [[f"What is\n{number}?", str(number), "one\ntwo", "x"] for number in range(3)])
    command = ("import", name.partition(".")[2], file, *MAP, "--map", "external_id=id", "--set", "source=mine")

    assert program.run(*command) == (0, "3 traces added (3 rows read).\n", "")
    assert program.run(*command) == (0, "Nothing new: 3 traces stored already.\n", "")


def test_rows_become_traces_of_their_columns(embedded: Program):
    file = table(embedded, "rows.csv", [["q", "a", "one\n\ntwo\nthree", "7"]])

    embedded.run("import", "csv", file, *MAP, "--map", "external_id=id", "--split-steps", "paragraphs")
    embedded.run("import", "csv", "-", *MAP, "--rest", "drop", "--set", "source=in", given=file.read_bytes())

    assert stored(embedded) == [("7", None, 2, "q"), (None, "in", 3, "q")]


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_columns_that_are_wrong_are_reported(embedded: Program, name: str):
    file = table(embedded, name, [["q", "a", "s", "7"]])

    status, output, messages = embedded.run("import", name.partition(".")[2], file, "--map", "prompt=questoin")

    assert (status, output) == (1, "")
    assert messages.splitlines() == [
        "tunix-rt: There is no column 'questoin'. The columns are: question, answer, why, id.",
        "tunix-rt: No column is mapped to final_answer. The columns are: question, answer, why, id.",
        "tunix-rt: No column is mapped to steps. The columns are: question, answer, why, id.",
    ]
    assert stored(embedded) == []


def test_bad_rows_are_reported_by_their_numbers(embedded: Program):
    file = table(embedded, "rows.csv", [["q", "a", "s", "7"], ["q", "a"], ["", "a", "s", "7"]])

    status, output, messages = embedded.run("import", "csv", file, *MAP, "--on-error", "skip")

    assert (status, output) == (0, "1 trace added, 2 rows refused (3 rows read).\n")
    assert messages.splitlines() == [
        "row 2: The row has 2 columns, the header has 4.",
        "row 3, prompt: prompt must have 1 to 50000 characters; it has 0.",
    ]


def test_columns_are_for_tables_only(embedded: Program):
    status, _, messages = embedded.run("import", "jsonl", "-", "--map", "prompt=x", given=b"")
    assert (status, "csv and parquet only" in messages) == (2, True)
    assert embedded.run("import", "csv", "-", "--map", "prompt", given=b"")[::2] == (
        1,
        "tunix-rt: map must have the form FIELD=VALUE, not 'prompt'.\n",
    )


@pytest.mark.parametrize(("written", "delimiter"), [(";", ";"), ("tab", "\t"), (r"\t", "\t")])
def test_other_delimiters(embedded: Program, written: str, delimiter: str):
    rows = "question;answer;why\nq;1,5;one\n".replace(";", delimiter).encode()

    printed = embedded.run("import", "csv", "-", *MAP, "--delimiter", written, given=rows)

    assert printed == (0, "1 trace added (1 row read).\n", "")
    status, _, messages = embedded.run("import", "csv", "-", *MAP, given=rows)
    assert (status, "set the delimiter" in messages) == (1, True)
    status, _, messages = embedded.run("import", "jsonl", "-", "--delimiter", ";", given=b"")
    assert (status, "csv only" in messages) == (2, True)


def test_a_bad_row_ends_the_import(embedded: Program):
    status, _, messages = embedded.run("import", "csv", "-", given=b"prompt,final_answer,steps\n,a,s\n")

    assert (status, "Stopped at the first batch with an invalid row" in messages) == (1, True)


def test_parquet_from_standard_input_is_refused(embedded: Program):
    with subprocess.Popen(
        ["cat", table(embedded, "rows.parquet", [["q", "a", "s", "7"]])], stdout=subprocess.PIPE
    ) as source:
        assert source.stdout is not None
        status, _, messages = embedded.run("import", "parquet", "-", *MAP, piped=source.stdout)

    assert (status, messages) == (1, "tunix-rt: Parquet cannot be read from standard input; give the path of a file.\n")


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_memory_does_not_grow_with_a_table(embedded: Program, name: str):
    """The rows are all the same, so that nothing but reading them takes memory, and have few words, which take time.

    Equal imports differ by up to 120 MB, as batches are read, prepared and stored at the same time.
    """
    row, sizes = ["q", "a", "\n".join(["s" * 1000] * 5), "x"], []
    for number in (10_000, 40_000):
        file = table(embedded, f"{number}.{name}", [row] * number)
        sizes.append(embedded.peak("import", name.partition(".")[2], file, *MAP))

    assert sizes[1] - sizes[0] < 140 * 1024, f"{sizes}; it reads 150 MB more"


def test_rows_of_parquet_are_records_of_a_format(embedded: Program):
    file = embedded.folder / "train.parquet"
    pq.write_table(pa.table({name: [value] for name, value in OPENR1.items()}), file)

    assert embedded.run("import", "openr1", file) == (0, "2 traces added, 3 scores added (1 row read).\n", "")
    assert [row[0] for row in stored(embedded)] == [f"{OPENR1['uuid']}/0", f"{OPENR1['uuid']}/1"]


def test_columns_of_answers_are_options(embedded: Program):
    file = embedded.file("solutions.jsonl", [MODEL_SOLUTIONS])
    columns = ("--map", "prompt=question", "--each", "6b_finetuning.solution", "--score", "ok=is_correct")

    assert embedded.run("import", "rows", file, *columns)[1] == "1 trace added, 1 score added (1 line read).\n"
    _, _, messages = embedded.run("import", "jsonl", file, "--each", "x")
    assert "--each and --score are for rows only." in messages


def test_parquet_needs_a_whole_file(embedded: Program):
    file = embedded.folder / "broken.parquet"
    file.write_bytes(b"PAR1\x15\x04")

    assert "Not a Parquet file that can be read" in embedded.run("import", "jsonl", file)[2]
    assert "This looks like Parquet" in embedded.run("import", "jsonl", "-", given=file.read_bytes())[2]
