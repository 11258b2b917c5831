"""The training that the guide shows has records to train and to evaluate on; in the walk, a stand-in trains."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Execute
from tests.support.blocks import commands_in
from tests.support.documentation import DOCS, examples_of
from tests.support.program import Program
from tunix_rt.db.session import Database
from tunix_rt.samples.loading import load_samples
from tunix_rt.settings import Settings

PAGE = DOCS / "guides" / "training.md"
COMMAND = re.compile(r"tunix-rt (run start .*--eval-dataset .*--mode train .*)")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """A database of one kind: what is shown is the same on both."""
    return sqlite_url


async def test_the_training_shown_has_records_to_train_on(
    graphql: Execute, database: Database, database_url: str, tmp_path: Path
):
    await load_samples(database, Settings().trace_max_bytes)
    for example in examples_of(PAGE):
        if "createDataset(" in example.query:
            await graphql(example.query)
    texts = [command.text.replace("\\\n", " ") for command in commands_in(PAGE)]
    (words,) = [shlex.split(found[1]) for text in texts if (found := COMMAND.search(text))]
    words.remove("--mode")
    words.remove("train")

    status, output, messages = Program(database_url, tmp_path).run_alone(*words)

    assert status == 0, output + messages
    assert re.search("Tokens: .* 0 are longer .* left out", output)
    assert re.search("Evaluation: .* 0 are longer .* left out", output)
