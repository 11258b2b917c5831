"""Files to and from a server, on both databases: imports of traces and scores, and exports."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.background import background_server
from tests.support.commands import Commands
from tests.support.factories import trace
from tunix_rt.settings import Settings

LINES = [trace(f"What is {number} + {number}?", external_id=f"sum-{number}") for number in range(5)]
CSV = "question,solution,reply\nWhat is 1 + 1?,Add them,2\n"


@dataclass(frozen=True)
class Remote:
    """A server on an empty database, the commands on the same database, and a folder for files."""

    url: str
    local: Commands
    folder: Path

    def run(self, *words: str) -> tuple[int, str, str]:
        """Returns what a command does with the server."""
        return Commands().run(*words, "--server", self.url)

    def succeed(self, *words: str) -> str:
        """Returns the output of a command that has to succeed."""
        return Commands().succeed(*words, "--server", self.url)

    def lines_file(self, name: str = "traces.jsonl") -> Path:
        """Writes a file of traces of one source."""
        path = self.folder / name
        lines = "".join(json.dumps(line | {"meta": {"source": "sums"}}) + "\n" for line in LINES)
        path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
        return path


@pytest.fixture
def remote(database_url: str, tmp_path: Path) -> Iterator[Remote]:
    """A server with a worker on a fresh database."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False)
    settings.data_dir.mkdir()
    with background_server(settings) as url:
        yield Remote(url, Commands.on(database_url, settings.data_dir), tmp_path)


def test_files_are_imported_by_a_server(remote: Remote):
    assert remote.succeed("import", "jsonl", str(remote.lines_file("traces.jsonl.gz"))) == (
        "5 traces added (5 lines read).\n"
    )
    assert remote.succeed("import", "jsonl", str(remote.lines_file())) == "Nothing new: 5 traces stored already.\n"
    table = remote.folder / "table.csv"
    table.write_text(CSV)
    columns = ("--map", "prompt=question", "--map", "steps=solution", "--map", "final_answer=reply")
    assert "1 trace added" in remote.succeed("import", "csv", str(table), *columns, "--set", "source=table")
    assert remote.local.json("trace", "list", "--source", "table")[0]["finalAnswerPreview"] == "2"
    assert len(remote.local.json("trace", "list", "--source", "sums")) == 5
    table.write_text("question\tanswer\nWhat is 2 + 2?\t4\n")
    detected = remote.succeed("import", "auto", str(table), "--yes", "--set", "source=detected").splitlines()
    assert detected[1] == "Columns: --map prompt=question --map final_answer=answer --split-steps none --delimiter tab"
    assert detected[-1] == "1 trace added (1 row read)."
    assert remote.local.json("trace", "list", "--source", "detected")[0]["stepCount"] == 1

    bad = remote.folder / "bad.jsonl"
    bad.write_text(json.dumps(trace("good")) + "\n{}\n")
    status, _, messages = remote.run("import", "jsonl", str(bad))
    assert status == 1
    assert "line 2" in messages
    assert "--on-error skip" in messages
    assert "1 trace added, 1 line refused" in remote.succeed("import", "jsonl", str(bad), "--on-error", "skip")


def test_the_report_as_json_is_the_same_from_the_database_and_from_the_server(remote: Remote):
    bad = remote.folder / "bad.jsonl"
    bad.write_text(json.dumps(trace("good")) + "\n{}\n")
    words = ("import", "jsonl", str(bad), "--on-error", "skip")
    report = remote.local.json(*words)

    assert list(report) == ["lines", "unit", "added", "duplicates", "rejected", "scores", "stopped", "refusals"]
    assert (report["added"], report["rejected"], report["refusals"][0]["line"]) == (1, 1, 2)
    again = json.loads(remote.succeed(*words, "--json"))
    assert again == report | {"added": 0, "duplicates": 1}
    status, output, messages = remote.local.run("import", "jsonl", str(bad), "--json")
    assert (status, json.loads(output)["stopped"]) == (1, True)
    assert "line 2" not in messages
    assert remote.local.json("import", "auto", str(bad), "--yes", "--on-error", "skip") == again
    assert "add --yes" in remote.local.refusal("import", "auto", str(bad), "--json", status=2)


def test_what_a_server_cannot_read_is_refused(remote: Remote):
    assert remote.run("import", "jsonl", str(remote.folder))[0] == 2
    assert remote.run("import", "tunix-rt", "x.db")[0] == 2


def test_scores_are_imported_by_a_server_and_locally(remote: Remote):
    remote.succeed("import", "jsonl", str(remote.lines_file()))
    scores = remote.folder / "scores.jsonl"
    line = {"source": "sums", "external_id": "sum-1", "scorer": "rm", "kind": "MODEL", "score": 0.5}
    scores.write_text(json.dumps(line) + "\n")

    assert remote.succeed("score", "import", str(scores)) == "1 score added (1 line read).\n"
    assert [found["score"] for found in remote.local.json("score", "list", "--scorer", "rm")] == [0.5]
    scores.write_text(json.dumps(line | {"score": 0.75}) + "\n")
    assert remote.local.succeed("score", "import", str(scores)) == "1 score added (1 line read).\n"


def test_an_export_is_the_same_from_the_database_and_from_the_server(remote: Remote, monkeypatch: pytest.MonkeyPatch):
    remote.succeed("import", "jsonl", str(remote.lines_file()))
    remote.succeed("dataset", "create", "sums", "v1")
    here, there, got = (remote.folder / name for name in ("here.csv", "there.csv", "got.csv"))
    options = ("--format", "prompt_completion", "--template", "plain")

    described = remote.local.json("export", "sums-v1", "-o", str(here), *options)
    _, output, messages = remote.run("export", "sums-v1", "-o", str(there), *options, "--json")
    assert "5 records (" in messages
    assert json.loads(output) == described
    assert (described["container"], described["rowCount"], described["skippedCount"]) == ("CSV", 5, 0)
    assert described["sha256"] == hashlib.sha256(here.read_bytes()).hexdigest()
    assert "--json needs --output" in remote.local.refusal("export", "sums-v1", "--json", status=2)
    assert there.read_bytes() == here.read_bytes()

    export = remote.succeed("export", "create", "sums-v1", "--container", "csv", *options, "--wait").strip()
    (newest, _) = remote.local.json("export", "list")
    assert (newest["uuid"], newest["status"], newest["rowCount"]) == (export, "COMPLETED", 5)
    assert newest["sha256"] == hashlib.sha256(here.read_bytes()).hexdigest()
    remote.succeed("export", "get", export, "-o", str(got))
    assert got.read_bytes() == here.read_bytes()
    got.unlink()
    monkeypatch.chdir(remote.folder)
    _, _, messages = remote.local.run("export", "get", export)
    assert messages.endswith(f"Written to {newest['fileName']}.\n")
    assert (remote.folder / newest["fileName"]).read_bytes() == here.read_bytes()
    shown = remote.succeed("export", "show", export).splitlines()
    assert {"Status:       COMPLETED", "Records:      5", f"SHA-256:      {newest['sha256']}"} <= {*shown}
    assert "downloadUrl" not in remote.local.json("export", "show", export)
    for noun, job in (("export", export), ("dataset", "sums-v1")):
        refusal = f"The {noun} is COMPLETED; only a job that is FAILED, TIMEOUT or CANCELLED can be retried."
        assert refusal in remote.run(noun, "retry", job)[2]
    remote.succeed("export", "delete", export, "--yes")
    assert "There is no export" in remote.run("export", "show", export)[2]
    assert "'x' is neither the id of an Export nor a UUID." in remote.local.refusal("export", "show", "x")


def test_an_export_that_fails_or_waits_is_refused(remote: Remote):
    remote.succeed("import", "jsonl", str(remote.lines_file()))
    remote.succeed("dataset", "create", "sums", "v1")

    assert "There is no dataset 'sum-v1'. Did you mean 'sums-v1'?" in remote.run("export", "sum-v1")[2]
    assert "There is no export" in remote.run("export", "get", "01900000-0000-7000-8000-000000000000")[2]
    assert remote.run("export", "sums-v1", "--format", "preference")[0] == 1
