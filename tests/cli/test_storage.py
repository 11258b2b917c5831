"""``tunix-rt storage`` and the finding of ``tunix-rt doctor``: orphans are counted, listed and removed."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tunix_rt.cli.doctor.storage import storage_finding
from tunix_rt.settings import Settings


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with an orphan of two files, and with a file of something else."""
    folder = tmp_path / "data"
    for name in (f"exports/{uuid.UUID(int=1)}/1/traces.jsonl", f"exports/{uuid.UUID(int=1)}/1/more", "models/tiny/1/a"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"12345")
    return folder


def test_orphans_are_listed_and_removed(sqlite_url: str, data_dir: Path):
    commands = Commands.on(sqlite_url, data_dir)

    status, output, messages = commands.run("storage", "clean", "--dry-run")
    assert (status, output.count("\n")) == (0, 2)
    assert f"exports/{uuid.UUID(int=1)}/1/traces.jsonl\n" in output
    assert "2 orphans, 10 bytes." in messages
    _, output, _ = commands.run("doctor", "--json")
    (finding,) = [found for found in json.loads(output) if found["name"] == "storage" and "has" in found["text"]]
    assert finding["severity"] == "note"
    assert finding["text"].endswith("has 2 orphans, 10 bytes")

    assert commands.run("storage", "clean", "--yes")[0] == 0

    assert [path.name for path in data_dir.rglob("*") if path.is_file()] == ["a"]
    assert "0 orphans" in commands.run("storage", "clean")[2]


async def test_a_storage_that_cannot_be_reached_is_a_problem(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")

    finding = await storage_finding(
        Settings(data_dir=tmp_path, database_url=settings.database_url, storage_url="s3://abc")
    )

    assert (finding.severity.value, finding.text) == ("problem", "The object storage cannot be reached or has failed.")
