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

COLOURS = re.compile(r"\x1b\[[\d;]*m")


def build_site(folder: Path) -> list[str]:
    """Builds the site in a folder, and returns what is wrong with it."""
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    write_pages(source)
    write_schema_pages(source / "reference" / "schema")
    write_client_page(source / "reference")
    shutil.copy(DOCS / "zensical.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "zensical.toml")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [COLOURS.sub("", done.stdout + done.stderr)]
    return list(problems_of(folder / "site"))
