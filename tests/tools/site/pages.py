"""The repository's Markdown as sources of the site: pages at new paths, with their links rewritten."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from textwrap import indent

from tests.support.documentation import BLOCK, DOCS, LINK, PAGES
from tests.support.repository import ROOT

FENCE = re.compile(r"^```(?P<language>[\w-]+)[^\n`]*$", re.MULTILINE)
"""The first line of a block. Words after the language are for the tests that run the blocks."""

TAB = re.compile(
    r"^\*\*(?P<title>GraphQL|Command line|Python|curl)\*\*\n\n(?P<blocks>(?:^```.*?^```\n\n?)+)",
    re.MULTILINE | re.DOTALL,
)
"""One way to do something: a title in bold on a separate line, and the blocks that follow directly."""

ELSEWHERE = {
    ROOT / "README.md": "index.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "LICENSE": "LICENSE.txt",
    DOCS / "decisions" / "README.md": "decisions/index.md",
}
"""Files whose path in the site is not their path in ``docs``."""


def path_in_site(file: Path) -> Path:
    """Returns the path of a file of the repository among the site's sources."""
    if file in ELSEWHERE:
        return Path(ELSEWHERE[file])
    return file.relative_to(DOCS) if file.is_relative_to(DOCS) else Path("files") / file.relative_to(ROOT)


def write_pages(folder: Path) -> None:
    """Writes all pages, pictures and other linked files into the folder of the site's sources."""
    for page in PAGES:
        target = folder / path_in_site(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(site_page(page))
        for file in files_linked_by(page):
            copy = folder / path_in_site(file)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)


def files_linked_by(page: Path) -> set[Path]:
    """Returns the pictures and other files that a page links to, without pages."""
    targets = (found["target"].partition("#")[0] for found in LINK.finditer(BLOCK.sub("", page.read_text())))
    return {(page.parent / target).resolve() for target in targets if target and "://" not in target} - set(PAGES)


def site_page(page: Path) -> str:
    """Returns a page's text for the site: links lead to the paths there, and blocks name only their language."""
    text = page.read_text()
    parts, end = [], 0
    for block in BLOCK.finditer(text):
        parts += [with_site_links(text[end : block.start()], page), FENCE.sub(r"```\g<language>", block[0], count=1)]
        end = block.end()
    return TAB.sub(as_tab, "".join([*parts, with_site_links(text[end:], page)]))


def as_tab(way: re.Match[str]) -> str:
    """Returns the blocks below a title as a tab; adjacent tabs are shown side by side."""
    return f'=== "{way["title"]}"\n\n{indent(way["blocks"], "    ")}'


def with_site_links(text: str, page: Path) -> str:
    """Returns Markdown of a page with each relative link rewritten for the page's path in the site."""
    here = path_in_site(page).parent

    def rewritten(link: re.Match[str]) -> str:
        target, mark, anchor = link["target"].partition("#")
        if not target or "://" in target:
            return link[0]
        there = path_in_site((page.parent / target).resolve())
        return link[0].replace(link["target"], os.path.relpath(there, here) + mark + anchor)

    return LINK.sub(rewritten, text)
