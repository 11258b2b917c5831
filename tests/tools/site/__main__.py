"""Builds the site of the documentation.

    python -m tests.tools.site [FOLDER]

writes the sources of all pages to FOLDER/source and the site to FOLDER/site; FOLDER is build/docs by default. It ends
with an error if a link or an anchor leads nowhere, or if a page loads something from another host.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.repository import ROOT
from tests.tools.site.building import build_site

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "docs"
    problems = build_site(folder.resolve())
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    if not problems:
        print(f"Built {folder / 'site' / 'index.html'}")
    sys.exit(1 if problems else 0)
