"""The documentation's pages, their examples, and how an answer is compared with the one shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from graphql import OperationDefinitionNode, parse

from tests.support.repository import ROOT
from tunix_rt.cli import group
from tunix_rt.cli.groups import DefaultGroup

DOCS = ROOT / "docs"


PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


SAMPLES = ROOT / "server" / "tunix_rt" / "samples" / "traces.jsonl"


BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def name_of(page: Path) -> str:
    """A page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Example:
    """A GraphQL document of a page, with its variables and the answer shown."""

    page: Path
    line: int
    query: str
    variables: str | None
    answer: str | None

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"

    @property
    def subscribes(self) -> bool:
        """Returns whether it is a subscription, whose answer never ends."""
        operations = [node for node in parse(self.query).definitions if isinstance(node, OperationDefinitionNode)]
        return any(node.operation.value == "subscription" for node in operations)


def examples_of(page: Path) -> Iterator[Example]:
    """The GraphQL documents of a page, in order."""
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    for position, block in enumerate(blocks):
        if block["info"] != "graphql":
            continue
        following = [(later["info"], later["text"]) for later in blocks[position + 1 : position + 3]]
        variables = following.pop(0)[1] if following and following[0][0] == "json variables" else None
        answer = following[0][1] if following and following[0][0] == "json" else None
        yield Example(page, text[: block.start()].count("\n") + 1, block["text"], variables, answer)


EXAMPLES = [example for page in PAGES for example in examples_of(page)]


PAGES_THAT_RUN = sorted({example.page for example in EXAMPLES})


def anchors_of(page: Path) -> set[str]:
    """The names by which links reach a page's headings."""
    return {anchor_of(heading["title"]) for heading in HEADING.finditer(BLOCK.sub("", page.read_text()))}


def anchor_of(title: str) -> str:
    """The name by which links reach a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def commands_of(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command below one, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(words), command
        return
    if isinstance(command, DefaultGroup):
        yield " ".join(words), command.default
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands_of(found, (*words, name))


COMMANDS = dict(commands_of(group))


def matches(shown: Any, given: Any) -> bool:
    """Returns whether a response is as shown; ``…`` matches anything, at a list's end the rest of it."""
    if shown == "…":
        return True
    if isinstance(shown, dict) and isinstance(given, dict):
        return shown.keys() == given.keys() and all(matches(shown[key], given[key]) for key in shown)
    if isinstance(shown, list) and isinstance(given, list):
        if shown and shown[-1] == "…":
            shown, given = shown[:-1], given[: len(shown) - 1]
        return len(shown) == len(given) and all(map(matches, shown, given))
    return bool(shown == given)


def cursors_in(value: Any) -> Iterator[str]:
    """Each ``endCursor`` inside an answer."""
    if isinstance(value, dict):
        if isinstance(value.get("endCursor"), str):
            yield value["endCursor"]
        for inner in value.values():
            yield from cursors_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from cursors_in(inner)


def named_in(value: Any) -> Iterator[tuple[str, str]]:
    """Each external id inside an answer, and the id that is shown with it."""
    if isinstance(value, dict):
        if "id" in value and "externalId" in value:
            yield value["externalId"], value["id"]
        for inner in value.values():
            yield from named_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_in(inner)


class Seen:
    """The values that the responses of a page have shown so far."""

    def __init__(self) -> None:
        self.cursor = ""
        self.ids: dict[str, str] = {}

    def see(self, answer: Any) -> None:
        """Takes note of an answer."""
        self.cursor = next(cursors_in(answer), self.cursor)
        self.ids.update(named_in(answer))

    def variables_of(self, example: Example) -> dict[str, Any] | None:
        """An example's variables, with the ids and the cursor that it speaks of put in."""
        if example.variables is None:
            return None
        text = example.variables.replace("<endCursor>", self.cursor)
        for name in set(re.findall(r"<id of ([^>]+)>", text)):
            assert name in self.ids, f"{example}: no answer before it shows the id of {name}"
            text = text.replace(f"<id of {name}>", self.ids[name])
        variables: dict[str, Any] = json.loads(text)
        return variables


def check(example: Example, answer: Any) -> None:
    """Makes sure that an answer is as shown, or without errors where none is shown."""
    if example.answer is None:
        assert "errors" not in answer, f"{example}: {answer}"
    else:
        assert matches(json.loads(example.answer), answer), f"{example}: {json.dumps(answer, ensure_ascii=False)}"
