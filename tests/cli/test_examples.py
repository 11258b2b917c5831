"""The example of each command works as it is written, in its help and in the reference."""

from __future__ import annotations

import inspect
import io
import json
import re
import shlex
import shutil
from contextlib import chdir
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.documentation import BLOCK, COMMANDS, DOCS

ANY_UUID = "01900000-0000-7000-8000-000000000000"
LINE = re.compile(r"tunix-rt (?P<words>[^>)]+)")
"""A command in a line of a shell."""

ELSEWHERE = {
    "serve": "runs until it is stopped",
    "worker": "runs until it is stopped",
    "demo": "trains a model",
    "run start": "waits for a training",
    "run replay": "waits for a training",
    "generate": "waits for the answers of a trained model",
    "evaluate": "needs a trained model",
    "export create": "waits for a worker",
    "export get": "needs a file of a worker",
    "export cancel": "needs an export that waits for a worker",
    "export show": "needs an export of a worker",
    "export retry": "needs an export that has failed",
    "export delete": "needs an export of a worker",
    "dataset cancel": "needs a dataset that a worker builds",
    "dataset retry": "needs a dataset that could not be built",
    "run jobset": "needs a run that a worker trains",
    "run cancel": "needs a run that goes on",
    "run logs": "waits for the end of the run",
    "run retry": "needs a run that a worker has ended",
    "run watch": "waits for the end of the run",
    "generation delete": "needs a generation that a worker has ended",
    "generation retry": "needs a generation that a worker has ended",
    "generation watch": "waits for the answers",
    "evaluation cancel": "needs an evaluation that waits for a worker",
    "evaluation retry": "needs an evaluation that has failed",
    "doctor": "reports what the machine lacks",
}
"""Examples that are only parsed here, and the reason."""

CANDIDATES = ["--candidate", "one=source:gsm8k", "--candidate", "other=source:gsm8k"]
STAGES = {
    "traces": [
        ["import", "gsm8k", "train.jsonl", "--set", "source=gsm8k"],
        ["score", "run", "--scorer", "answer_match"],
    ],
    "dataset": [["dataset", "create", "maths", "v1", "--source", "gsm8k"]],
    "work": [
        ["dataset", "split", "maths-v1", "--part", "train=0.9", "--part", "test=0.1"],
        ["run", "start", "maths-v1", "--model", "tiny-random/qwen3", "--output-name", "first", "--wait"],
        ["run", "start", "maths-v1", "--model", "tiny-random/qwen3", "--output-name", "second", "--wait"],
        ["run", "register", "my-sft", "--model", "google/gemma-3-270m"],
        ["generate", "tiny-random/qwen3", "--dataset", "maths-v1"],
        ["evaluate", "maths-v1", *CANDIDATES, "--name", "again"],
        ["key", "create", "notebook", "--scopes", "read"],
    ],
}
"""Commands that fill a data folder, stage by stage."""

STAGE_OF = {
    "dataset create": "traces",
    "dataset split": "dataset",
    "dataset delete": "dataset",
    "run register": "dataset",
    "key create": "dataset",
}
"""The stage at which an example is executed, if it is not the last one."""


def example_of(name: str) -> str:
    """Returns the line of a shell that the help of a command shows."""
    text = inspect.cleandoc(COMMANDS[name].help or "").partition("Example: ")[2]
    return text.replace("\b", "").strip()


def words_of(name: str) -> list[str]:
    """Returns the arguments of a command's example, with its name."""
    found = LINE.search(example_of(name))
    assert found is not None, name
    return shlex.split(found["words"])


@pytest.fixture(scope="module")
def stages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data folder for each stage, beside the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "empty").mkdir()
    shutil.copyfile(sqlite_template, folder / "empty" / "tunix-rt.sqlite")
    lines = [json.dumps({"question": f"{n} + {n}?", "answer": f"Add.\n#### {2 * n}"}) for n in range(20)]
    (folder / "empty" / "train.jsonl").write_text("\n".join(lines))
    score = {"source": "gsm8k", "external_id": "1", "scorer": "ada", "kind": "HUMAN", "score": 1}
    (folder / "empty" / "scores.jsonl").write_text(json.dumps(score))
    last = folder / "empty"
    for stage, commands in STAGES.items():
        last = Path(shutil.copytree(last, folder / stage))
        with chdir(last):
            for words in commands:
                Commands({"TUNIX_RT_DATA_DIR": str(last)}).succeed(*words)
    return folder


@pytest.fixture(scope="module")
def generation(stages: Path) -> str:
    """The UUID of the only generation."""
    (found,) = Commands({"TUNIX_RT_DATA_DIR": str(stages / "work")}).json("generation", "list")
    uuid: str = found["uuid"]
    return uuid


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_an_example_that_is_not_executed_has_the_arguments_of_its_command(name: str):
    words = words_of(name)

    assert words[: len(name.split())] == name.split()
    COMMANDS[name].make_context(name, words[len(name.split()) :])


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - ELSEWHERE))
def test_an_example_works(name: str, stages: Path, generation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = Path(shutil.copytree(stages / STAGE_OF.get(name, "work"), tmp_path / "copy"))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    words = words_of(name)
    with chdir(place):
        status, output, messages = Commands({"TUNIX_RT_DATA_DIR": str(place)}).run(
            *(word.replace(ANY_UUID, generation) for word in words)
        )

    assert words[: len(name.split())] == name.split()
    assert status == 0, messages
    assert output + messages


def test_the_reference_shows_the_examples_of_the_help():
    text = (DOCS / "reference" / "cli.md").read_text()
    sections = {name: text.partition(f"\n## tunix-rt {name}\n")[2].partition("\n## ")[0] for name in COMMANDS}
    shown = {
        name: [block["text"].strip() for block in BLOCK.finditer(section) if block["info"] == "sh reference"]
        for name, section in sections.items()
    }

    assert shown == {name: [example_of(name)] for name in COMMANDS}
