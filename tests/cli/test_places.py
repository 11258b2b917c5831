"""Commands answer the same from a data folder and from a server, on both databases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.background import background_server
from tests.support.commands import Commands
from tests.support.postgres import PostgresServer
from tunix_rt.settings import Settings

CANDIDATES = ["--candidate", "source:sample/logic", "--candidate", "source:sample/code"]
NUMBER = ["trace", "list", "--search", "number", "--limit", "3"]

READING = [
    ["trace", "list"],
    NUMBER,
    ["trace", "list", "--source", "sample/logic", "--order", "step_count:desc", "--limit", "500"],
    ["trace", "search", "odd number"],
    ["trace", "show", "two-knaves", "--source", "sample/logic"],
    ["trace", "delete", "--search", "number", "--dry-run"],
    ["score", "list", "--scorer", "baseline", "--order", "score:asc"],
    ["score", "scorers"],
    ["score", "delete", "01890a5d-ac96-774b-bcce-b302099a8057", "--yes"],
    ["dataset", "list"],
    ["dataset", "list", "--name", "maths"],
    ["dataset", "show", "maths-v1"],
    ["dataset", "verify", "maths-train-v1"],
    ["dataset", "overlap", "maths-train-v1", "maths-test-v1"],
    ["model", "list"],
    ["run", "list"],
    ["run", "list", "--status", "completed", "--where", '{"modelId": {"startsWith": "tiny"}}'],
    ["run", "show", "first"],
    ["run", "compare", "first", "second"],
    ["generation", "list"],
    ["evaluation", "list"],
    ["evaluation", "show", "compared"],
    ["evaluation", "leaderboard", "maths-v1", "--scorer", "length"],
]
"""Commands that read, on a database with the samples, their scores and datasets of them."""

LISTING = {"list", "search", "scorers", "leaderboard"}
"""Verbs that print an array."""

REFUSED = [
    ["run", "show", "frist"],
    ["run", "metrics", "none"],
    ["run", "start", "maths-v1", "--model", "tiny-random/qwen3", "--learning-rate", "2", "--lora-rank", "4"],
    ["run", "retry", "second"],
    ["generate", "tiny-random/qwen3", "--dataset", "maths-v1", "--samples-per-prompt", "65", "--template", "x"],
    ["evaluation", "show", "none"],
    ["evaluate", "maths-v1", "--candidate", "source:x", "--name", "compared", "--scorer", "nobody"],
    ["trace", "show", "01900000-0000-7000-8000-000000000000"],
    ["trace", "list", "--order", "colour"],
    ["trace", "list", "--where", '{"colour": {"eq": "red"}}'],
    ["score", "run", "--scorer", "basline"],
    ["dataset", "show", "math-v1"],
    ["dataset", "split", "maths-v1", "--part", "train=2.5", "--part", "test=0.1"],
    ["dataset", "create", "", "v1"],
]


@dataclass(frozen=True)
class Place:
    """A database with something in it, and a server on it."""

    local: Commands
    url: str

    def run_remotely(self, *arguments: str) -> tuple[int, str, str]:
        """Returns what a command does with the server, without any database in its environment."""
        return Commands().run(*arguments, "--server", self.url)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A database with samples, scores and datasets, and a server on it."""
    folder = tmp_path_factory.mktemp("place")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "tunix_rt.db")
        url = f"sqlite+aiosqlite:///{folder / 'tunix_rt.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        server.create_database(folder.name, request.getfixturevalue("postgres_template"))
        url = server.url(folder.name)
    local = Commands.on(url, folder / "data")
    for words in (
        ["samples", "load"],
        ["score", "run"],
        ["dataset", "create", "maths", "v1", "--search", "number"],
        ["dataset", "split", "maths-v1", "--part", "train=0.8", "--part", "test=0.2"],
        ["run", "start", "maths-train-v1", "--model", "tiny-random/qwen3", "--output-name", "first", "--wait"],
        ["run", "start", "maths-v1", "--model", "tiny-random/qwen3", "--output-name", "second"],
        ["generate", "tiny-random/qwen3", "--dataset", "maths-v1"],
        ["evaluate", "maths-v1", *CANDIDATES, "--scorer", "length", "--name", "compared"],
    ):
        local.succeed(*words)
    settings = Settings(data_dir=folder / "data", database_url=url, worker=False)
    with background_server(settings) as address:
        yield Place(local, address)
    if request.param == "postgresql":
        server.drop_database(folder.name)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_answers_the_same_from_the_database_and_from_the_server(place: Place, words: list[str]):
    status, output, messages = place.local.run(*words)

    assert (status, output != "") == (0, True), messages
    assert messages.startswith("tunix-rt: using the database ")
    found = place.run_remotely(*words)
    assert found[:2] == (status, output)
    assert found[2].splitlines()[0] == f"tunix-rt: using the server {place.url}"
    assert found[2].splitlines()[1:] == messages.splitlines()[1:]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_prints_one_json_document(place: Place, words: list[str]):
    status, output, _ = place.run_remotely(*words, "--json")

    assert status == 0
    assert isinstance(json.loads(output), list if words[1] in LISTING else dict)


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_refusal_is_the_same_from_the_database_and_from_the_server(place: Place, words: list[str]):
    status, output, messages = place.local.run(*words)

    assert (status, output) == (1, "")
    found = place.run_remotely(*words)
    assert (found[0], found[1], found[2].splitlines()[1:]) == (status, output, messages.splitlines()[1:])
