"""Help is quick, in complete sentences, with an example; what is misspelt is answered with what is similar."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.support.commands import Commands
from tests.support.documentation import COMMANDS
from tests.support.program import Program
from tests.support.servers import clean_environment
from tunix_rt.cli import COMMANDS as NAMES
from tunix_rt.cli import group
from tunix_rt.cli.output.values import bytes_of, text_of

HEAVY = ("sqlalchemy", "strawberry", "starlette", "httpx", "rich", "pygments", "numpy", "jax")
UNUSED = (
    *("tunix_rt.api.mutations", "tunix_rt.api.subscriptions", "tunix_rt.api.queries"),
    *("tunix_rt.api.runs.types", "tunix_rt.app", "tunix_rt.http"),
    *("tunix_rt.services", "tunix_rt.api.services", "tunix_rt.jobs", "tunix_rt.domain.scorers.service"),
    *("tunix_rt.api.traces.agreement", "tunix_rt.api.traces.distributions", "tunix_rt.domain.answers.comparison"),
)
"""Modules that a list of traces needs nothing of."""
IMPORTED = f"""
import sys
from tunix_rt.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*(name for name in {(*HEAVY, *UNUSED)} if name in sys.modules), file=sys.stderr)
"""
COLLECTED = """
import gc, sys
from tunix_rt.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(sum(one["collections"] for one in gc.get_stats()), gc.get_freeze_count(), gc.isenabled(), file=sys.stderr)
"""


def everything() -> dict[str, click.Command]:
    """Returns all commands and groups by their words."""
    context = click.Context(group)
    groups = {name: group.get_command(context, name) for name in NAMES}
    return {**{name: found for name, found in groups.items() if found is not None}, **COMMANDS}


@pytest.mark.parametrize("name", sorted(everything()))
def test_help_is_a_sentence_with_an_example(name: str):
    text = inspect.cleandoc(everything()[name].help or "")

    assert text.split("\n\n")[0].rstrip().endswith((".", ":")), text
    assert "Example: " in text


def test_the_help_of_a_group_has_the_whole_first_sentence_of_each_command():
    for name in NAMES:
        shown = Commands().succeed(name, "--help")
        assert not any(line.endswith("...") for line in shown.splitlines()[2:]), shown


@pytest.mark.parametrize(
    "words", [[], *([name] for name in NAMES), ["run", "start"], ["dataset", "create"], ["trace", "list"]], ids=" ".join
)
def test_help_imports_nothing_heavy(words: list[str]):
    command = [sys.executable, "-c", IMPORTED, *words, "--help"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)

    assert done.stdout.startswith("Usage: tunix-rt")
    assert done.stderr.split() == []


def test_a_list_of_traces_imports_neither_mutations_nor_other_nouns_nor_the_server(embedded: Program):
    command = [sys.executable, "-c", IMPORTED, "trace", "list"]
    done = subprocess.run(command, env=embedded.environment, capture_output=True, text=True, check=True)

    assert "No traces found." in done.stderr
    assert {"sqlalchemy", "strawberry"} <= set(done.stderr.splitlines()[-1].split())
    assert not set(UNUSED) & set(done.stderr.splitlines()[-1].split())


def test_a_list_on_a_server_imports_neither_the_database_nor_the_command_line_of_httpx():
    command = [sys.executable, "-c", IMPORTED, "trace", "list", "--server", "http://127.0.0.1:1"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)

    assert "cannot be reached" in done.stderr
    assert done.stderr.splitlines()[-1].split() == ["httpx"]


def test_no_garbage_is_collected_while_a_schema_is_built(embedded: Program):
    command = [sys.executable, "-c", COLLECTED, "trace", "list"]
    done = subprocess.run(command, env=embedded.environment, capture_output=True, text=True, check=True)

    collections, frozen, is_enabled = done.stderr.splitlines()[-1].split()
    assert int(collections) < 100
    assert int(frozen) > 100_000
    assert is_enabled == "True"


def test_the_usage_of_a_default_command_is_that_of_its_group():
    messages = Commands().refusal("export", "a", "b", status=2)

    assert messages.startswith("Usage: tunix-rt export [OPTIONS] DATASET\nTry 'tunix-rt export --help' for help.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trce"], "No such command 'trce'. Did you mean 'trace'?"),
        (["run", "strat"], "No such command 'strat'. Did you mean 'start'?"),
        (["trace", "list", "--limt", "3"], "No such option '--limt'. Did you mean '--limit'?"),
        (["run", "list", "--status", "complete"], "Did you mean 'COMPLETED'?"),
        (["import", "gsm8", "x"], "Did you mean 'gsm8k'?"),
    ],
)
def test_a_misspelt_word_is_answered_with_a_similar_one(words: list[str], message: str):
    status, _, messages = Commands().run(*words)

    assert status == 2
    assert message in messages


def test_a_model_that_is_similar_to_a_known_one_is_hinted_at(sqlite_url: str, tmp_path: Path):
    commands = Commands.on(sqlite_url, tmp_path)
    messages = commands.run("generate", "tiny-random/qwen", "--dataset", "none")[2]

    assert "Did you mean 'tiny-random/qwen3" in messages


def test_a_misspelt_field_of_a_filter_is_answered_from_the_whole_schema(sqlite_url: str, tmp_path: Path):
    commands = Commands.on(sqlite_url, tmp_path)

    assert "Did you mean 'source', 'or', or 'search'?" in commands.refusal("trace", "list", "--where", '{"sourc": 1}')


def test_the_data_folder_and_the_server_exclude_each_other(tmp_path: Path):
    status, _, messages = Commands().run("run", "list", "--data-dir", str(tmp_path), "--server", "http://127.0.0.1:1")

    assert status == 2
    assert "--data-dir and --server exclude each other." in messages


def test_a_given_data_folder_goes_before_the_server_of_the_environment(tmp_path: Path):
    commands = Commands({"TUNIX_RT_SERVER": "http://127.0.0.1:1"})

    assert "There is no database" in commands.run("run", "list", "--data-dir", str(tmp_path))[2]
    assert commands.run("run", "list")[0] == 3


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_a_malformed_url_is_refused(url: str):
    assert "--server must be an http or https URL" in Commands().refusal("run", "list", "--server", url)


def test_values_are_printed_in_one_way():
    assert text_of("2026-01-31T12:00:00.123456Z") == "2026-01-31 12:00:00Z"
    assert [text_of(value) for value in (None, True, 12345, 0.123456, "a")] == ["", "yes", "12,345", "0.1235", "a"]
    numbers = (12204.0, 12345.6, 1.0, 9999.5, 2e-05, 1e18, float("inf"), float("nan"), -20000.0)
    texts = ["12,204", "12,346", "1", "10,000", "2e-05", "1e+18", "inf", "nan", "-20,000"]
    assert [text_of(value) for value in numbers] == texts
    assert [bytes_of(size) for size in (None, 999, 12_345, 5_000_000_000)] == ["", "999 bytes", "12.3 kB", "5 GB"]
