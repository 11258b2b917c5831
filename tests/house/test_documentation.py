"""The documentation is true: settings, commands, codes and links exist, and GraphQL returns the responses shown.

In a page, a block marked ``json`` right after a block marked ``graphql`` is the answer, one marked ``json variables``
its variables. The blocks of a page are run in order on the sample traces. In a response ``…`` matches anything; in
variables ``<id of NAME>`` is replaced by the id of the trace with that external id, which the page must
have shown before, ``<endCursor>`` by the last cursor that it has shown. Shell and Python
blocks are run in ``test_documentation_walk.py``, all pages one after the other.
"""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from graphql import parse, validate
from starlette.routing import Route, WebSocketRoute

from tests.conftest import Execute
from tests.support.documentation import (
    BLOCK,
    COMMANDS,
    DOCS,
    EXAMPLES,
    LINK,
    PAGES,
    PAGES_THAT_RUN,
    SAMPLES,
    Example,
    Seen,
    anchor_of,
    anchors_of,
    check,
    examples_of,
    matches,
    name_of,
)
from tests.support.repository import ROOT
from tests.support.waiting import until_nothing
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import TunixSchema, build_schema
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import import_formats
from tunix_rt.domain.scorers import Scorer, Verdict, scorers
from tunix_rt.domain.traces.trace import StoredStep, StoredSteps
from tunix_rt.errors import ErrorCode
from tunix_rt.samples.loading import load_samples
from tunix_rt.setting_values import PREFIX
from tunix_rt.settings import Settings
from tunix_rt.trainer.manifest.manifest import read_manifest

SETTING_ROW = re.compile(rf"^\| `(?P<name>{PREFIX}\w+)` \| (?P<default>[^|]*) \| (?P<bounds>[^|]*) \|", re.MULTILINE)
CODE_ROW = re.compile(r"^\| `(?P<code>[A-Z_]+)` \|", re.MULTILINE)
METRIC_ROW = re.compile(r"^\| (`tunix_rt_[^|]+) \|", re.MULTILINE)
SETTING = re.compile(rf"\b{PREFIX}[A-Z0-9_]*\w")
OPTION_ROW = re.compile(r"^\| (`--[^|]+) \|", re.MULTILINE)
COMMAND_HEADING = re.compile(r"^## tunix-rt (?P<command>[a-z ]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def schema() -> TunixSchema:
    """The schema as it is served."""
    return build_schema(Limits.of(Settings()))


def test_the_pages_have_examples():
    assert {"README.md", "docs/tutorial.md", "docs/conventions.md"} <= {name_of(page) for page in PAGES_THAT_RUN}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_graphql_is_valid(example: Example, schema: TunixSchema):
    assert not validate(schema._schema, parse(example.query))


@pytest.mark.parametrize("page", PAGES_THAT_RUN, ids=name_of)
async def test_graphql_answers_as_shown(page: Path, graphql: Execute, database: Database):
    await load_samples(database, Settings().trace_max_bytes)
    seen = Seen()
    for example in examples_of(page):
        if example.subscribes:
            continue
        answer = await graphql(example.query, seen.variables_of(example))
        check(example, answer)
        seen.see(answer)
        await until_nothing(lambda: evaluations_in_progress(graphql), "an evaluation did not end")


async def evaluations_in_progress(graphql: Execute) -> int:
    """Returns the number of evaluations that have not ended, whose results the next examples may show."""
    unfinished = "{ evaluations(where: {status: {in: [PENDING, RUNNING]}}) { totalCount } }"
    count: int = (await graphql(unfinished))["data"]["evaluations"]["totalCount"]
    return count


@pytest.mark.parametrize(
    ("shown", "given", "same"),
    [
        ({"a": [1, "…"]}, {"a": [1, 2, 3]}, True),
        ({"a": "…"}, {"a": {"b": None}}, True),
        ({"a": [2, "…"]}, {"a": [1, 2]}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [1, 2, 3], False),
        ([], [1], False),
    ],
)
def test_answers_are_compared(shown: Any, given: Any, same: bool):
    assert matches(shown, given) is same


def test_every_setting_is_documented_as_it_is():
    rows = SETTING_ROW.finditer((DOCS / "reference" / "settings.md").read_text())
    documented = {row["name"]: (row["default"].strip("` "), row["bounds"].strip()) for row in rows}

    assert documented == {
        PREFIX + spec.name.upper(): (shown(spec.default), bounds(spec.metadata)) for spec in fields(Settings)
    }


def shown(default: Any) -> str:
    """A setting's default as the environment would give it."""
    if default == "":
        return "empty"
    return (
        str(default).lower()
        if isinstance(default, bool)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default)
    )


def bounds(metadata: Any) -> str:
    """A setting's range as people write it."""
    low, high = metadata["low"], metadata["high"]
    return "" if low is None else f"{low:,} to {high:,}"


def test_every_command_is_documented():
    text = (DOCS / "reference" / "cli.md").read_text()
    sections = {found["command"]: text[found.end() :].partition("\n## ")[0] for found in COMMAND_HEADING.finditer(text)}

    assert sections.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        for parameter in command.params:
            names = (
                parameter.opts
                if isinstance(parameter, click.Option)
                else [parameter.make_metavar(click.Context(command))]
            )
            choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
            shown_choices = [str(getattr(choice, "name", choice)).lower() for choice in choices]
            wanted_words = [*(wanted.strip("[].") for wanted in names), *shown_choices]
            missing = [word for word in wanted_words if word.lower() not in sections[name].lower()]
            assert not missing, f"tunix-rt {name}: {missing}"


def test_every_option_in_the_table_of_a_command_is_one_of_it():
    text = (DOCS / "reference" / "cli.md").read_text()
    for found in COMMAND_HEADING.finditer(text):
        section = text[found.end() :].partition("\n## ")[0]
        rows = "".join(row[1] for row in OPTION_ROW.finditer(section))
        options = {
            name
            for parameter in COMMANDS[found["command"]].params
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"--[\w-]+", rows)) <= options, found["command"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_shown_exist(page: Path):
    lines = [
        line
        for block in BLOCK.finditer(page.read_text())
        if block["info"].split()[:1] == ["sh"]
        for line in block["text"].splitlines()
    ]
    tasks = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in lines:
        if found := re.search(r"(?:^|[ |/])tunix-rt ([a-z]+)(?: ([a-z]+))?", line):
            words = [word for word in found.groups() if word]
            assert " ".join(words) in COMMANDS or words[0] in COMMANDS, line
        if found := re.match(r"make ([a-z]+)", line):
            assert found[1] in tasks, line


def test_every_error_code_is_documented():
    assert {row["code"] for row in CODE_ROW.finditer((DOCS / "conventions.md").read_text())} == set(
        ErrorCode.__members__
    )


async def test_every_metric_is_documented(app_client: httpx.AsyncClient):
    text = (DOCS / "guides" / "operating.md").read_text()
    rows = METRIC_ROW.findall(text)
    metrics = (await app_client.get("/metrics")).text

    assert {name for row in rows for name in re.findall(r"`(tunix_rt_\w+)`", row)} == {
        name for name in re.findall(r"^# TYPE (tunix_rt_\w+)", metrics, re.MULTILINE) if not name.endswith("_created")
    }


def test_every_route_is_documented(tmp_path: Path):
    text = (DOCS / "guides" / "running.md").read_text()
    routes = create_app(Settings(data_dir=tmp_path / "data")).routes
    paths = {route.path for route in routes if isinstance(route, Route | WebSocketRoute)}

    programs = {path for path in paths if path.startswith(("/v1/", "/graph", "/healthz", "/readyz", "/metrics"))}
    assert {"/graphql", "/v1/scores", "/metrics"} <= programs
    assert not [path for path in programs if f"`{path}`" not in text]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_table_has_a_header(page: Path):
    rows = BLOCK.sub("", page.read_text()).split("\n\n")
    tables = [part.strip("\n").splitlines() for part in rows if re.search(r"^\|", part, re.MULTILINE)]

    assert not [lines for lines in tables if not (lines[0].startswith("|") and re.fullmatch(r"[| :-]+", lines[1]))]
    assert not [line for lines in tables for line in lines if not line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_list_of_contents_names_every_section(page: Path):
    text = BLOCK.sub("", page.read_text())
    introduction = text.partition("\n## ")[0]
    contents = re.findall(r"\(#([\w-]+)\)", introduction) if "\n- [" in introduction else []
    sections = [anchor_of(title) for title in re.findall(r"^## (.+)$", text, re.MULTILINE)]

    assert not contents or not set(sections) - set(contents)


@pytest.mark.parametrize("root", ["query", "mutation", "subscription"])
def test_every_root_field_is_in_a_guide(root: str, schema: TunixSchema):
    text = "".join(page.read_text() for page in PAGES if page.name != "CHANGELOG.md")
    found = getattr(schema._schema, f"{root}_type")

    assert not [name for name in found.fields if not re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_in_blocks_exist(page: Path):
    shown = {name for block in BLOCK.finditer(page.read_text()) for name in SETTING.findall(block["text"])}

    assert shown <= {PREFIX + spec.name.upper() for spec in fields(Settings)}


def test_manifests_shown_are_valid(tmp_path: Path):
    shown = [
        found["text"]
        for page in PAGES
        for found in BLOCK.finditer(page.read_text())
        if found["info"].split()[:1] == ["yaml"] and "training:" in found["text"]
    ]
    file = tmp_path / "manifest.yaml"
    assert len(shown) == 2
    for text in shown:
        file.write_text(text)
        read_manifest(file)


def test_every_import_format_is_documented():
    text = (DOCS / "guides" / "importing.md").read_text()

    assert not [name for name in import_formats() if f"### {name}\n" not in text]


def test_every_scorer_is_documented():
    text = (DOCS / "guides" / "scoring.md").read_text()

    assert not [name for name in scorers() if f"`{name}`" not in text]


def test_the_example_scorer_scores(tmp_path: Path):
    (example,) = [
        found["text"]
        for found in BLOCK.finditer((DOCS / "guides" / "scoring.md").read_text())
        if found["info"] == "python scorer"
    ]
    file = tmp_path / "checks.py"
    file.write_text(example)
    scorer, trace = (
        runpy.run_path(str(file))["SCORER"],
        StoredSteps("p", "a", [StoredStep(0, "thought", "c"), StoredStep(1, "check", "c")]),
    )

    assert isinstance(scorer, Scorer)
    assert scorer.score(trace) == Verdict(50.0, {"checks": 1, "steps": 2})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path):
    for found in LINK.finditer(BLOCK.sub("", page.read_text())):
        target, _, anchor = found["target"].partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.is_relative_to(ROOT), f"{name_of(page)}: {found['target']}"
        assert file.exists(), f"{name_of(page)}: {found['target']}"
        assert not anchor or anchor in anchors_of(file), f"{name_of(page)}: {found['target']}"


def test_every_page_can_be_reached():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = [found["target"].partition("#")[0] for found in LINK.finditer(page.read_text())]
        waiting.extend((page.parent / target).resolve() for target in targets if target and "://" not in target)

    assert set(PAGES) <= reached


def test_the_samples_are_many_and_each_is_named():
    traces = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
    names = {(trace["meta"]["source"], trace["external_id"]) for trace in traces}

    assert len(traces) >= 50
    assert len(names) == len(traces)


async def test_the_samples_load_once(database: Database, app_client: httpx.AsyncClient):
    lines = SAMPLES.read_text().count("\n")

    assert (await load_samples(database, Settings().trace_max_bytes)).added == lines
    assert (await load_samples(database, Settings().trace_max_bytes)).added == 0
