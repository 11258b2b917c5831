"""Hints of a command: a likely mistake, what was meant, and how to go on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.factories import trace, trace_row
from tests.support.program import Program
from tests.support.stored_dataset import KEY, store_dataset
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

GSM8K = json.dumps({"question": "1 + 1?", "answer": "One and one.\n#### 2"})


async def stored_dataset(settings: Settings) -> None:
    """Stores a dataset of one trace."""
    database = Database(settings)
    await store_dataset(database, [trace_row(trace("prompt"))])
    await database.close()


@pytest.fixture
def commands(database_url: str, tmp_path: Path) -> Commands:
    """Commands on a database with a dataset."""
    asyncio.run(stored_dataset(Settings(data_dir=tmp_path / "data", database_url=database_url)))
    return Commands.on(database_url, tmp_path / "data")


@pytest.mark.parametrize(
    ("name", "similar"), [("a.parqet", ".parquet"), ("a.json", ".jsonl"), ("a.jsnl.gz", ".jsonl.gz"), ("a.CVS", ".csv")]
)
def test_a_misspelt_suffix_is_refused_with_the_similar_one(commands: Commands, tmp_path: Path, name: str, similar: str):
    file = tmp_path / name
    messages = commands.refusal("export", KEY, "-o", str(file), status=2)

    assert f"Did you mean '{similar}'" in messages
    assert not file.exists()
    commands.succeed("export", KEY, "-o", str(file), "--container", "csv")
    assert file.read_bytes().startswith(b"id")


def test_another_suffix_is_jsonl_with_a_note(commands: Commands, tmp_path: Path):
    noted = commands.run("export", KEY, "-o", str(tmp_path / "a.txt"))
    silent = commands.run("export", KEY, "-o", str(tmp_path / "a"))

    assert (noted[0], silent[0]) == (0, 0)
    assert "a.txt is written as jsonl; --container names another container." in noted[2]
    assert "written as" not in silent[2]
    assert (tmp_path / "a.txt").read_bytes() == (tmp_path / "a").read_bytes()


def test_a_file_of_an_unknown_dataset_is_answered_with_the_similar_key(commands: Commands, tmp_path: Path):
    output = ("-o", str(tmp_path / "a.jsonl"))

    assert "There is no dataset 'mth-v1'. Did you mean 'math-v1'?" in commands.refusal("export", "mth-v1", *output)
    assert commands.refusal("export", "zzz", *output).endswith("There is no dataset 'zzz'.\n")


def test_a_name_is_suggested_once_by_the_api_or_the_command(commands: Commands):
    by_api = commands.refusal("run", "start", "mth-v1", "--model", "tiny-random/qwen3")
    by_command = commands.refusal("dataset", "show", "mth-v1")

    for messages in (by_api, by_command):
        assert messages.count("There is no dataset 'mth-v1'. Did you mean 'math-v1'?") == 1
        assert messages.count("Did you mean") == 1


def test_a_name_in_place_of_the_id_of_a_trace_is_explained(commands: Commands):
    messages = commands.refusal("trace", "show", "prime-91")

    assert "'prime-91' is neither the id of a Trace nor a UUID." in messages
    assert "For an external id, give its source, too: --source SOURCE." in messages


def test_errors_in_filters_and_orders_name_the_option_and_the_place_in_it(commands: Commands):
    unknown = commands.refusal("trace", "list", "--where", '{"sorce": {"eq": "a"}}')
    plain = commands.refusal("score", "list", "--where", '{"and": [{"scorer": "baseline"}]}')
    order = commands.refusal("trace", "list", "--order", "nope")

    assert "tunix-rt: --where: Expected value of type 'TraceWhere' not to include unknown field 'sorce'." in unknown
    assert "tunix-rt: --where at and[0].scorer: Expected value of type 'StringFilter' to be an object" in plain
    assert "tunix-rt: --order: Value 'NOPE' does not exist in 'TraceOrderField' enum. It has CREATED_AT, STEP" in order


def test_an_empty_selection_names_the_options_that_were_given(commands: Commands):
    create = ("dataset", "create", "none", "v1", "--source")
    one, two = commands.refusal(*create, "nowhere"), commands.refusal(*create, "nowhere", "--search", "x")

    assert one.endswith("The selection is empty: no trace satisfies --source.\n")
    assert two.endswith("The selection is empty: no trace satisfies --source and --search.\n")


def test_an_error_in_a_search_names_the_option_or_the_argument(commands: Commands):
    needs = "needs at least one word of letters or digits."
    alone = commands.refusal("dataset", "create", "none", "v1", "--search", "!!")
    second = commands.refusal("trace", "list", "--source", "a", "--search", "!!")
    within = commands.refusal("trace", "list", "--where", '{"search": "!!"}')

    assert f"tunix-rt: --search {needs}" in alone
    assert f"tunix-rt: --search {needs}" in second
    assert f"tunix-rt: search {needs}" in within
    assert f"tunix-rt: WORDS {needs}" in commands.refusal("trace", "search", "!!")


def test_records_of_another_format_are_one_error(embedded: Program):
    file = embedded.file("train.jsonl", [GSM8K] * 3)
    status, output, messages = embedded.run("import", "jsonl", file)

    assert status == 1
    shown = messages.splitlines()
    assert shown[0].endswith("This looks like gsm8k: import it in that format.")
    assert shown[1].startswith("… and ")
    assert "3 lines refused" in output


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (
            ("run", "start", KEY, "--model", "tiny-random/qwen3"),
            "The dry run is queued. To follow it: tunix-rt run logs",
        ),
        (
            ("generate", "tiny-random/qwen3", "--dataset", KEY),
            "The generation is queued. To follow it: tunix-rt generation",
        ),
        (("export", "create", KEY), "The export is queued. To follow it: tunix-rt export list"),
    ],
)
def test_a_started_job_is_reported_with_the_command_that_follows_it(
    commands: Commands, words: tuple[str, ...], hint: str
):
    status, output, messages = commands.run(*words)

    assert status == 0, messages
    assert hint in messages
    assert len(output.split()) == 1


def test_a_scorer_in_place_of_traces_is_answered_with_its_option(commands: Commands):
    assert commands.refusal("score", "run", "baseline").endswith(" The scorer is given as --scorer baseline.\n")
    assert commands.refusal("score", "run", "basline").endswith("'basline' is neither the id of a Trace nor a UUID.\n")


def test_a_recipe_is_shown_by_its_kind(commands: Commands):
    commands.succeed("dataset", "create", "all", "v1", "--where", '{"promptPreview": {"ne": "élan"}}')
    shown = commands.succeed("dataset", "show", "all-v1")

    assert 'selection {"where": {"promptPreview": {"ne": "élan"}}, ' in shown
