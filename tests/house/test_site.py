"""The documentation's site: it builds without the network, has every page, and its links lead somewhere."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

import tunix_rt_client
from tests.support.documentation import DOCS, PAGES, anchors_of, name_of
from tests.support.repository import ROOT
from tests.tools.site.building import CONFIG, build_site
from tests.tools.site.links import problems_of
from tests.tools.site.pages import path_in_site, site_page, with_site_links
from tests.tools.site.picture import FILE, picture

TUTORIAL = DOCS / "tutorial.md"
GENERATED = ("reference/schema/", "reference/python-client.md")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build."""
    folder = tmp_path_factory.mktemp("docs")
    assert not build_site(folder)
    return folder


def paths_in(entries: list[Any]) -> Iterator[str]:
    """Yields the pages of a navigation."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from paths_in(value) if isinstance(value, list) else [value]


def test_the_navigation_has_each_page_once(site: Path):
    listed = list(paths_in(tomllib.loads((site / CONFIG).read_text())["project"]["nav"]))
    written = {path.relative_to(site / "source").as_posix() for path in (site / "source").rglob("*.md")}

    assert set(listed) == written
    assert len(listed) == len(written)
    assert written == {path_in_site(page).as_posix() for page in PAGES} | {
        path for path in written if path.startswith(GENERATED)
    }


def test_every_page_has_its_headings(site: Path):
    for page in PAGES:
        built = (site / "site" / path_in_site(page).with_suffix(".html")).read_text()
        missing = [anchor for anchor in anchors_of(page) if f'id="{anchor}"' not in built]
        assert not missing, f"{name_of(page)}: {missing}"


def test_the_reference_has_the_whole_schema(site: Path):
    schema = build_schema((ROOT / "schema.graphql").read_text())
    folder = site / "source" / "reference" / "schema"
    text = "".join(path.read_text() for path in sorted(folder.glob("*.md")))
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    described = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType

    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        if kind in roots:
            assert isinstance(kind, GraphQLObjectType)
            assert not [field for field in kind.fields if f"## {field}\n" not in text]
        else:
            section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
            fields = kind.fields if isinstance(kind, described) else getattr(kind, "values", {})
            assert not [field for field in fields if f"| `{field}` |" not in section], name


def test_the_reference_has_the_whole_python_client(site: Path):
    text = (site / "source" / "reference" / "python-client.md").read_text()
    names = [name for name in tunix_rt_client.__all__ if not name.startswith(("_", "Async"))]

    assert not [name for name in names if f"\n## {name}\n" not in text]
    assert "\n### Run.watch\n" in text
    assert "Raises" in text.partition("### Client.execute\n")[2].partition("\n### ")[0]


def test_the_picture_of_the_loop_is_the_scripts():
    assert FILE.read_text() == picture()


def test_links_lead_to_the_paths_in_the_site():
    text = "[a](docs/conventions.md#ids) ![b](docs/images/graphiql.png) [c](https://example.org/x.md) [d](#start)"
    expected = "[a](conventions.md#ids) ![b](images/graphiql.png) [c](https://example.org/x.md) [d](#start)"

    assert with_site_links(text, ROOT / "README.md") == expected
    assert with_site_links("[f](../client/x.ipynb)", TUTORIAL) == "[f](files/client/x.ipynb)"
    assert with_site_links("[e](../README.md)", TUTORIAL) == "[e](index.md)"


def test_links_and_words_of_blocks_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = tmp_path / "page.md"
    page.write_text("[a](README.md)\n\n```text output\n[b](README.md)\n```\n")
    monkeypatch.setattr(
        "tests.tools.site.pages.path_in_site", lambda file: Path("sub" if file == page else "", file.name)
    )

    assert site_page(page) == "[a](../README.md)\n\n```text\n[b](README.md)\n```\n"


def test_ways_to_do_the_same_become_tabs():
    page = DOCS / "guides" / "datasets.md"

    assert '=== "Command line"\n\n    ```sh\n    tunix-rt dataset create' in site_page(page)
    assert "**Command line**" not in site_page(page)


def test_tabs_are_shown_as_such(site: Path):
    assert 'class="tabbed-set' in (site / "site" / "guides" / "datasets.html").read_text()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<a href="other.html#there">', []),
        ('<a href="other.html">', []),
        ('<a href="./">', []),
        ('<a href="https://example.org">', []),
        ('<a href="missing.html">', ["index.html: missing.html does not exist"]),
        ('<a href="other.html#missing">', ["index.html: other.html#missing does not exist"]),
        ('<a href="#missing">', ["index.html: #missing does not exist"]),
        ('<img src="missing.png">', ["index.html: missing.png does not exist"]),
        ('<script src="https://cdn.example/a.js">', ["index.html loads https://cdn.example/a.js"]),
        ('<link href="//fonts.example/a.css">', ["index.html loads //fonts.example/a.css"]),
    ],
)
def test_links_of_built_pages_are_checked(tmp_path: Path, body: str, found: list[str]):
    (tmp_path / "index.html").write_text(body)
    (tmp_path / "other.html").write_text('<h2 id="there">There</h2>')

    assert list(problems_of(tmp_path)) == found
