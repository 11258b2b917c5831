"""The files of the web client's source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.support.repository import ROOT

WEB = ROOT / "client" / "web"
FOLDERS = ("src", "graphiql", "bundling", "codegen")
SUFFIXES = {".ts", ".tsx", ".mjs", ".css", ".graphql", ".html"}


def web_files() -> Iterator[Path]:
    """Yields the web client's source and tests, without the code that is generated from the schema."""
    found = [path for folder in FOLDERS for path in sorted((WEB / folder).rglob("*"))]
    yield from (
        path for path in (*found, *sorted(WEB.glob("*.ts"))) if path.suffix in SUFFIXES and "gql" not in path.parts
    )
