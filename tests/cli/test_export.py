"""``tunix-rt export``: what it writes is what the API exports, and half a file is never left."""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import io
import json
import resource
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import delete

from tests.support.factories import trace, trace_row
from tests.support.fork_server import ForkServer
from tests.support.job_processes import CONTENT
from tests.support.program import Program, without_place
from tests.support.stored_dataset import KEY, store_dataset
from tests.support.traces import on_sqlite
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


def run(url: str, work: Callable[[Database], Awaitable[Any]]) -> Any:
    """The result of some work on the database at ``url``."""

    async def opened() -> Any:
        database = Database(Settings(database_url=url))
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(opened())


@pytest.fixture
def dataset_id(database_url: str) -> uuid.UUID:
    """A dataset of 700 small traces, which are more than a page."""
    rows = [trace_row(trace(f"prompt {number} é")) for number in range(700)]
    found: uuid.UUID = run(database_url, lambda database: store_dataset(database, rows))
    return found


@pytest.fixture
def large(database_url: str) -> None:
    """A dataset that makes a file of twenty megabytes."""
    steps = [{"i": 0, "type": "t", "content": CONTENT}]
    rows = [trace_row(trace(f"prompt {number}", steps=steps)) for number in range(2000)]
    run(database_url, lambda database: store_dataset(database, rows))


def prompts(content: bytes) -> list[str]:
    """The prompts of records in the format TRACE."""
    return [json.loads(line)["prompts"] for line in content.splitlines()]


def test_a_dataset_is_written_to_standard_output(program: Program, dataset_id: uuid.UUID):
    status, written, output = program.run("export", KEY)
    content = written.encode()

    assert status == 0, output
    assert prompts(content) == [f"prompt {number} é" for number in range(700)]
    digest = hashlib.sha256(content).hexdigest()
    assert output == f"700 records ({len(content):,} bytes, sha256 {digest}).\n"
    assert program.run("export", str(dataset_id))[1] == written


@pytest.mark.parametrize("container", ["jsonl", "jsonl_gz", "csv", "parquet"])
def test_a_dataset_is_written_to_a_file(program: Program, dataset_id: uuid.UUID, container: str):
    file = program.folder / "out"
    file.write_text("an older one")
    status, written, output = program.run("export", KEY, "-o", file, "--container", container, "--format", "tunix_sft")

    assert (status, written) == (0, ""), output
    assert hashlib.sha256(file.read_bytes()).hexdigest() in output
    records: dict[str, Any] = {
        "jsonl": lambda: [json.loads(line) for line in file.read_text().splitlines()],
        "jsonl_gz": lambda: [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()],
        "csv": lambda: list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))),
        "parquet": lambda: pyarrow.parquet.read_table(file).to_pylist(),
    }
    found = records[container]()
    assert len(found) == 700
    assert found[7]["prompts"].startswith("<start_of_turn>user\nprompt 7 é<end_of_turn>")
    assert list(program.folder.glob("out*")) == [file]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.jsonl", b"{"),
        ("a.jsonl.gz", b"\x1f\x8b"),
        ("a.csv", b"id"),
        ("A.PARQUET", b"PAR1"),
        ("a.zip", b"PK"),
        ("a", b"{"),
    ],
)
def test_a_file_has_the_container_of_its_suffix(program: Program, dataset_id: uuid.UUID, name: str, begins: bytes):
    file = program.folder / name
    status, _, output = program.run("export", KEY, "-o", file)

    assert status == 0, output
    assert file.read_bytes().startswith(begins)


def test_what_a_file_is_reported_to_be_goes_before_its_name(program: Program, dataset_id: uuid.UUID):
    file = program.folder / "a.parquet"
    program.run("export", KEY, "-o", file, "--container", "jsonl")

    assert file.read_bytes().startswith(b"{")


@pytest.mark.parametrize("container", ["jsonl_gz", "parquet", "hugging_face"])
@on_sqlite
def test_files_go_through_a_pipe_too(program: Program, dataset_id: uuid.UUID, container: str):
    file = program.folder / "out"
    program.run("export", KEY, "-o", file, "--container", container)
    command = [sys.executable, "-m", "tunix_rt", "export", KEY, "--container", container]
    piped = subprocess.run(command, env=program.environment, capture_output=True, check=True, timeout=60)

    assert piped.stdout == file.read_bytes()


def test_options_are_heeded(program: Program, dataset_id: uuid.UUID):
    options = ["--system-instruction", "Be brief.", "--round-trip", "--keep-control-tokens"]
    _, written, _ = program.run("export", KEY, "--format", "tunix_sft", *options)
    record = json.loads(written.splitlines()[0])

    assert record["prompts"].startswith("<start_of_turn>user\nBe brief.\n\nprompt 0")
    assert record["metadata"]["tunix_rt"]["kept_control_tokens"] is True


@on_sqlite
def test_templates_and_scores_are_options(program: Program, dataset_id: uuid.UUID):
    _, completions, _ = program.run("export", KEY, "--format", "prompt_completion", "--template", "think")
    status, labels, output = program.run(
        "export", KEY, "--format", "stepwise", "--scorer", "nobody", "--threshold", "1"
    )

    assert json.loads(completions.splitlines()[0])["completion"].startswith("<think>\n")
    assert (status, labels) == (0, "")
    assert output.startswith("0 records, without 700 members that the scorer has not scored (")


def test_deleted_members_are_reported(program: Program, database_url: str, dataset_id: uuid.UUID):
    async def remove(database: Database) -> None:
        async with database.write() as session:
            await session.execute(delete(traces).where(traces.c.prompt_preview.in_(["prompt 3 é", "prompt 699 é"])))

    run(database_url, remove)
    _, written, output = program.run("export", KEY)

    assert len(written.splitlines()) == 698
    assert output.startswith("698 records, without 2 deleted members (")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "nothing"], "There is no dataset 'nothing'."),
        (["export", str(uuid.uuid4())], "There is no dataset"),
        (["export", KEY, "--system-instruction", "x"], "systemInstruction is not supported"),
        (["export", KEY, "--container", "csv", "--round-trip"], "roundTrip is supported only by the containers"),
        (["export", KEY, "-o", "nowhere/out"], "nowhere/out cannot be written: No such file or directory."),
    ],
)
def test_what_cannot_be_written_is_reported(program: Program, dataset_id: uuid.UUID, arguments: list[str], words: str):
    status, written, output = program.run(*arguments)

    assert (status, written) == (1, "")
    assert words in output
    assert "Traceback" not in output


def test_a_full_disk_leaves_nothing(program: Program, large: None):
    done = subprocess.run(
        [sys.executable, "-m", "tunix_rt", "export", KEY, "-o", "out"],
        cwd=program.folder,
        env=program.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000)),
    )

    assert (done.returncode, without_place(done.stderr)) == (1, "tunix-rt: out cannot be written: File too large.\n")
    assert list(program.folder.glob("out*")) == []


@on_sqlite
def test_a_reader_that_goes_away_ends_it_quietly(program: Program, large: None):
    command = [sys.executable, "-m", "tunix_rt", "export", KEY]
    with subprocess.Popen(command, env=program.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        output = process.stderr.read().decode()
        process.wait(60)

    assert process.returncode == 1
    assert [line for line in output.splitlines() if not line.startswith("tunix-rt: using the database ")] == []


def test_a_database_that_was_never_migrated_is_reported(tmp_path: Path, fork_server: ForkServer):
    (tmp_path / "fresh.db").touch()
    program = Program(f"sqlite+aiosqlite:///{tmp_path / 'fresh.db'}", tmp_path, fork_server)
    status, _, output = program.run("export", KEY)

    assert status == 1
    assert "tunix-rt migrate up" in output
