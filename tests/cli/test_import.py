"""``tunix-rt import``: real processes, real files."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.material import native_trace
from tests.serving import clean_environment

GSM8K = [
    {"question": f"What is {number} + 1?", "answer": f"{number} + 1 = <<{number}+1={number + 1}>>.\n#### {number + 1}"}
    for number in range(30)
]
MEASURED = """
import atexit, pathlib, re, sys
from tunix_rt.__main__ import main
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: print(re.search("VmHWM:\\\\s+(\\\\d+) kB", status.read_text())[1], file=sys.stderr))
main()
"""
"""The program, which at its end says the most memory that it held. What a system tells a parent counts its own, too."""


class Program:
    """The command line on a data folder of its own.

    Args:
        database_url: of a migrated database.
    """

    def __init__(self, database_url: str, folder: Path) -> None:
        self._environment = clean_environment() | {
            "TUNIX_RT_DATABASE_URL": database_url,
            "TUNIX_RT_DATA_DIR": str(folder / "data"),
        }
        self.folder = folder

    def run(
        self, *arguments: str | Path, given: bytes | None = None, piped: IO[bytes] | None = None, **settings: str
    ) -> tuple[int, str, str]:
        """The exit status, the output and the messages of a command."""
        source: dict[str, Any] = {"input": given} if piped is None else {"stdin": piped}
        done = subprocess.run(
            [sys.executable, "-m", "tunix_rt", *map(str, arguments)],
            cwd=self.folder,
            env=self._environment | settings,
            capture_output=True,
            check=False,
            timeout=60,
            **source,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def peak(self, *arguments: str | Path) -> int:
        """The most memory that a command, which has to succeed, has held at once, in kilobytes."""
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *map(str, arguments)],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return int(done.stderr.split()[-1])

    def file(self, name: str, lines: list[Any]) -> Path:
        """A file with a JSON value a line; texts stand as they are."""
        path = self.folder / name
        path.write_bytes(as_lines(lines))
        return path


def as_lines(lines: list[Any]) -> bytes:
    """JSON values, one a line; texts stand as they are."""
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


@pytest.fixture
def program(database_url: str, tmp_path: Path) -> Program:
    """The program on the fresh database."""
    return Program(database_url, tmp_path)


@pytest.fixture
def embedded(sqlite_url: str, tmp_path: Path) -> Program:
    """The program on a fresh SQLite database."""
    return Program(sqlite_url, tmp_path)


def stored(program: Program) -> list[tuple[Any, ...]]:
    """What an SQLite database holds: external id, source, steps, prompt."""
    with closing(sqlite3.connect(program.folder / "tunix_rt.db")) as connection:
        rows = connection.execute("SELECT external_id, source, step_count, prompt_preview FROM traces ORDER BY seq")
        return rows.fetchall()


def test_gsm8k_and_again(program: Program):
    file = program.file("gsm8k.jsonl", GSM8K)

    assert program.run("import", "gsm8k", file) == (0, "30 traces added (30 lines read).\n", "")
    assert program.run("import", "gsm8k", file) == (0, "Nothing new: all 30 traces were stored already.\n", "")


def test_rows_become_traces(embedded: Program):
    embedded.run("import", "gsm8k", embedded.file("gsm8k.jsonl", GSM8K[:2]))
    longer = embedded.file("longer.jsonl", GSM8K[:3])

    assert embedded.run("import", "gsm8k", longer)[1] == "1 traces added, 2 stored already (3 lines read).\n"
    assert stored(embedded) == [(str(row + 1), "gsm8k", 1, f"What is {row} + 1?") for row in range(3)]


@pytest.mark.parametrize(("packed", "way"), [(True, "file"), (True, "standard input"), (False, "standard input")])
def test_plain_and_gzip_from_a_file_or_standard_input(embedded: Program, packed: bool, way: str):
    content = as_lines([native_trace(str(number)) for number in range(3)])
    content = gzip.compress(content) if packed else content
    file = embedded.folder / "traces"
    file.write_bytes(content)

    if way == "file":
        answer = embedded.run("import", "jsonl", file)
    else:
        answer = embedded.run("import", "jsonl", "-", given=content)

    assert answer == (0, "3 traces added (3 lines read).\n", "")
    assert [row[3] for row in stored(embedded)] == ["0", "1", "2"]


BAD_LINES = [
    native_trace("good"),
    "{not json",
    native_trace(""),
    native_trace("also good"),
    native_trace("p", steps=[]),
    native_trace("p", surprise=1),
    "[]",
]
MESSAGES = [
    "line 2: Not valid JSON",
    "line 3, prompt: prompt must have 1 to 50000 characters, it has 0.",
    "line 5, steps: steps must be a list of 1 to 1000 steps, it has 0.",
    "line 6, surprise: There is no field 'surprise'",
    "line 7: A line must be a JSON object.",
]


def assert_told(messages: str) -> None:
    """Each bad line is told by its number, its field and the reason."""
    lines = messages.splitlines()
    for told, expected in zip(lines, MESSAGES, strict=False):
        assert told.startswith(expected)
    assert len(lines) >= len(MESSAGES)


def test_a_bad_line_stops_and_nothing_is_stored(embedded: Program):
    status, output, messages = embedded.run("import", "jsonl", embedded.file("bad.jsonl", BAD_LINES))

    assert status == 1
    assert "0 traces added, 5 lines refused (7 lines read)." in output
    assert_told(messages)
    assert "--on-error skip" in messages.splitlines()[-1]
    assert stored(embedded) == []


def test_bad_lines_can_be_skipped(embedded: Program):
    file = embedded.file("bad.jsonl", BAD_LINES)

    status, output, messages = embedded.run("import", "jsonl", file, "--on-error", "skip")

    assert (status, output) == (0, "2 traces added, 5 lines refused (7 lines read).\n")
    assert_told(messages)
    assert [row[3] for row in stored(embedded)] == ["good", "also good"]


def test_batches_before_the_bad_one_stay(embedded: Program):
    lines = [native_trace(str(number)) for number in range(2000)]

    status, output, messages = embedded.run(
        "import", "jsonl", embedded.file("long.jsonl", [*lines, native_trace("new"), "x"])
    )

    assert status == 1
    assert "2,000 traces added, 1 lines refused (2,002 lines read)." in output
    assert messages.startswith("line 2002: ")
    assert len(stored(embedded)) == 2000


def test_many_faults_are_not_all_told(embedded: Program):
    status, output, messages = embedded.run("import", "jsonl", embedded.file("bad.jsonl", ["x"] * 100))

    assert (status, len(messages.splitlines())) == (1, 22)
    assert "… and 80 faults more" in messages
    assert "100 lines refused" in output


def test_empty_files_and_blank_lines(embedded: Program):
    assert embedded.run("import", "jsonl", "-", given=b"")[:2] == (0, "0 traces added (0 lines read).\n")
    blank = b"\n" + as_lines([native_trace()]) + b"  \n\n"
    assert embedded.run("import", "jsonl", "-", given=blank)[:2] == (0, "1 traces added (4 lines read).\n")


def test_damaged_gzip_is_told(embedded: Program):
    packed = gzip.compress(as_lines([native_trace()]))

    status, _, messages = embedded.run("import", "jsonl", "-", given=packed[:-10])

    assert (status, messages) == (1, "tunix-rt: The gzip stream ends too early.\n")


def test_what_is_not_there_is_told(embedded: Program):
    assert embedded.run("import", "jsonl", "nowhere.jsonl")[0] == 2
    status, _, messages = embedded.run("import", "xlsx", "-", given=b"")
    assert status == 2
    assert "gsm8k" in messages


def test_a_bad_setting_is_told_by_its_name(embedded: Program):
    status, _, messages = embedded.run("import", "jsonl", "-", given=b"", TUNIX_RT_TRACE_MAX_BYTES="1")

    assert (status, len(messages.splitlines())) == (1, 1)
    assert messages.startswith("tunix-rt: TUNIX_RT_TRACE_MAX_BYTES must be between 1024 and 10485760, not 1.")


def test_the_largest_trace_is_a_setting(embedded: Program):
    file = embedded.file("long.jsonl", [native_trace("x" * 2000)])

    status, _, messages = embedded.run("import", "jsonl", file, TUNIX_RT_TRACE_MAX_BYTES="1024")

    assert status == 1
    assert "1024 bytes" in messages


def test_scores_come_with_their_traces(program: Program):
    labelled = {"prompt": "q", "completions": ["one", "two"], "labels": [True, False]}
    file = program.file("stepwise.jsonl", [labelled, labelled | {"prompt": "r"}])

    assert program.run("import", "stepwise", file)[1] == "2 traces added, 4 scores with them (2 lines read).\n"
    assert program.run("import", "stepwise", file)[1] == "Nothing new: all 2 traces were stored already.\n"


# Tables.

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
    assert program.run(*command) == (0, "Nothing new: all 3 traces were stored already.\n", "")


def test_rows_become_traces_of_their_columns(embedded: Program):
    file = table(embedded, "rows.csv", [["q", "a", "one\n\ntwo\nthree", "7"]])

    embedded.run("import", "csv", file, *MAP, "--map", "external_id=id", "--split-steps", "paragraphs")
    embedded.run("import", "csv", "-", *MAP, "--rest", "drop", "--set", "source=in", given=file.read_bytes())

    assert stored(embedded) == [("7", None, 2, "q"), (None, "in", 3, "q")]


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_columns_that_are_wrong_are_told(embedded: Program, name: str):
    file = table(embedded, name, [["q", "a", "s", "7"]])

    status, output, messages = embedded.run("import", name.partition(".")[2], file, "--map", "prompt=questoin")

    assert (status, output) == (1, "")
    assert messages.splitlines() == [
        "tunix-rt: There is no column 'questoin'. The columns are: question, answer, why, id.",
        "tunix-rt: No column is mapped to final_answer. The columns are: question, answer, why, id.",
        "tunix-rt: No column is mapped to steps. The columns are: question, answer, why, id.",
    ]
    assert stored(embedded) == []


def test_bad_rows_are_told_by_their_numbers(embedded: Program):
    file = table(embedded, "rows.csv", [["q", "a", "s", "7"], ["q", "a"], ["", "a", "s", "7"]])

    status, output, messages = embedded.run("import", "csv", file, *MAP, "--on-error", "skip")

    assert (status, output) == (0, "1 traces added, 2 rows refused (3 rows read).\n")
    assert messages.splitlines() == [
        "row 2: The row has 2 columns, the header 4.",
        "row 3, prompt: prompt must have 1 to 50000 characters, it has 0.",
    ]


def test_columns_are_for_tables_only(embedded: Program):
    status, _, messages = embedded.run("import", "jsonl", "-", "--map", "prompt=x", given=b"")
    assert (status, "csv and parquet only" in messages) == (2, True)
    assert embedded.run("import", "csv", "-", "--map", "prompt", given=b"")[::2] == (
        1,
        "tunix-rt: map is written FIELD=VALUE, not 'prompt'.\n",
    )


def test_parquet_from_standard_input_is_refused(embedded: Program):
    with subprocess.Popen(
        ["cat", table(embedded, "rows.parquet", [["q", "a", "s", "7"]])], stdout=subprocess.PIPE
    ) as source:
        assert source.stdout is not None
        status, _, messages = embedded.run("import", "parquet", "-", *MAP, piped=source.stdout)

    assert (status, messages) == (1, "tunix-rt: Parquet is not read from front to back: give the path of a file.\n")


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_memory_does_not_grow_with_a_table(embedded: Program, name: str):
    """The rows are all the same, so that nothing but reading them takes memory."""
    row, sizes = ["q", "a", "\n".join(["step " * 200] * 5), "x"], []
    for number in (4_000, 40_000):
        file = table(embedded, f"{number}.{name}", [row] * number)
        sizes.append(embedded.peak("import", name.partition(".")[2], file, *MAP))

    assert sizes[1] - sizes[0] < 110 * 1024, f"{sizes}; it reads 180 MB more"
