"""Checks of the built site: links lead somewhere, and pages load nothing from other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
"""Elements that a browser loads without being asked, and the attribute that names what."""

MISSING = "404.html"
"""The page for wrong addresses. It is shown at any depth, so that its links are those of a server's root."""


@dataclass
class Links(HTMLParser):
    """The anchors of one page, its links, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    followed: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects an element's anchor and target."""
        values = {name: value for name, value in attrs if value is not None}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if LOADED.get(tag) in values:
            self.loaded.append(values[LOADED[tag]])
        elif tag == "a" and "href" in values:
            self.followed.append(values["href"])


@cache
def links_of(page: Path) -> Links:
    """Returns the links of a page."""
    links = Links()
    links.feed(page.read_text())
    return links


def problems_of(site: Path) -> Iterator[str]:
    """Yields each link of the site that leads nowhere, and each address of another host that a page loads."""
    links_of.cache_clear()
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        links = links_of(page)
        for target in links.loaded:
            if urlsplit(target).netloc:
                yield f"{name} loads {target}"
        if name != MISSING:
            targets = filter(is_internal, [*links.loaded, *links.followed])
            yield from (f"{name}: {target} does not exist" for target in targets if not exists(page, target))


def is_internal(target: str) -> bool:
    """Returns whether a target is part of the site."""
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def exists(page: Path, target: str) -> bool:
    """Returns whether a relative link of a page leads to a file, and to an anchor if it names one."""
    parts = urlsplit(target)
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if file.is_dir():
        file = file / "index.html"
    if not file.exists():
        return False
    return not parts.fragment or file.suffix != ".html" or unquote(parts.fragment) in links_of(file).anchors
