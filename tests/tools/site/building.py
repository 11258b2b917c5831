"""The build of the site: sources, Zensical, and checks of what it wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.documentation import DOCS
from tests.tools.site.client import write_client_page
from tests.tools.site.links import problems_of
from tests.tools.site.pages import write_pages
from tests.tools.site.schema import write_schema_pages

CONFIG = "zensical.toml"
PATTERN = re.compile(r'"([^"\n]*\*[^"\n]*\.md)"')
COLOURS = re.compile(r"\x1b\[[\d;]*m")


def build_site(folder: Path) -> list[str]:
    """Builds the site in a folder, and returns what is wrong with it."""
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    write_pages(source)
    write_schema_pages(source / "reference" / "schema")
    write_client_page(source / "reference")
    (folder / CONFIG).write_text(with_every_page((DOCS / CONFIG).read_text(), source))
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / CONFIG)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [COLOURS.sub("", done.stdout + done.stderr)]
    return list(problems_of(folder / "site"))


def with_every_page(config: str, source: Path) -> str:
    """Returns the configuration with each pattern of the navigation replaced by the pages that it matches."""

    def matching(pattern: re.Match[str]) -> str:
        return ", ".join(f'"{path.relative_to(source).as_posix()}"' for path in sorted(source.glob(pattern[1])))

    return PATTERN.sub(matching, config)
